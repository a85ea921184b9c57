#pragma once
// The style sheet of the HTML report. Colours carry no meaning alone: every verdict has its sign and word as well.
#include <string_view>

namespace lrproof::report {

inline constexpr std::string_view kStyle = R"css(
:root {
  --page: #f6f7f9; --card: #ffffff; --line: #e3e6ea; --ink: #1d2229; --soft: #69727d;
  --good: #1a7f4b; --bad: #b3322a; --doubt: #8f6400; --accent: #2f5fb3;
  --bar: #dde6f4; --bar-good: #d3ecdf; --bar-bad: #f6dcd9; --bar-doubt: #f4e8c8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --card: #1c2026; --line: #2e343c; --ink: #e4e7eb; --soft: #97a1ad;
    --good: #5fce95; --bad: #f08a80; --doubt: #e3b75a; --accent: #8db4f5;
    --bar: #2b3647; --bar-good: #1f3d2e; --bar-bad: #472825; --bar-doubt: #40351a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 60px; }
header, section {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px 24px; margin: 0 0 18px;
}
h1 { font-size: 25px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 2px; }
.summary, .lead { color: var(--soft); margin: 0 0 14px; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 0 0 16px; }
.tile {
  flex: 1 1 110px; padding: 10px 14px; border: 1px solid var(--line); border-left-width: 4px; border-radius: 8px;
  color: var(--soft);
}
.tile b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile.good { border-left-color: var(--good); } .tile.good b { color: var(--good); }
.tile.bad { border-left-color: var(--bad); } .tile.bad b { color: var(--bad); }
.tile.doubt { border-left-color: var(--doubt); } .tile.doubt b { color: var(--doubt); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 0; font-size: 14px; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0 0 12px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px; vertical-align: top; }
thead th {
  color: var(--soft); font-weight: 500; font-size: 13px; vertical-align: bottom; border-bottom: 1px solid var(--line);
}
tbody { border-bottom: 1px solid var(--line); }
tbody:last-child { border-bottom: 0; }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 110px; max-width: 260px; }
td { overflow-wrap: break-word; max-width: 320px; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.good { color: var(--good); } td.bad { color: var(--bad); } td.doubt { color: var(--doubt); }
td.faint { color: var(--soft); }
td.bar {
  --fill: var(--bar); border-right: 8px solid transparent; background-clip: padding-box;
  background: linear-gradient(var(--fill), var(--fill)) no-repeat left 3px / var(--share) calc(100% - 6px);
}
td.bar.good { --fill: var(--bar-good); } td.bar.bad { --fill: var(--bar-bad); }
td.bar.doubt { --fill: var(--bar-doubt); }
details.note { border-left: 3px solid var(--line); margin: 8px 0; padding: 1px 0 1px 12px; }
details.bad { border-left-color: var(--bad); } details.doubt { border-left-color: var(--doubt); }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; white-space: pre-wrap; }
summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
ul { margin: 4px 0 8px; padding-left: 20px; }
li { overflow-wrap: anywhere; margin: 2px 0; }
pre {
  overflow-x: auto; font-size: 13px; line-height: 1.45; background: var(--page); border: 1px solid var(--line);
  border-radius: 6px; padding: 10px 12px;
}
details p { margin: 8px 0; max-width: 78ch; }
@media print {
  body { background: none; } main { max-width: none; padding: 0; }
  header, section { border: 0; padding: 0; break-inside: avoid-page; }
}
)css";

}  // namespace lrproof::report
