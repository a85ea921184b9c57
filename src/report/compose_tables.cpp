#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/compose.hpp"
#include "report/words.hpp"

namespace lrproof::report {
namespace {

using claim::Finding;
using claim::LedgerRow;
using claim::RootRow;
using claim::Verdict;

constexpr std::size_t kBriefLayers = 8;

/// Roots of one rule set, layer and kind under both notions.
struct RootPair {
  const RootRow* cell = nullptr;
  const RootRow* linear = nullptr;
  const RootRow& any() const { return cell != nullptr ? *cell : *linear; }
};

std::vector<RootPair> pairs_of(const std::vector<RootRow>& rows) {
  std::vector<RootPair> pairs;
  for (const RootRow& row : rows) {
    const auto same = std::find_if(pairs.begin(), pairs.end(), [&](const RootPair& pair) {
      const RootRow& other = pair.any();
      return other.rule_set == row.rule_set && other.node == row.node && other.kind == row.kind &&
             other.target == row.target && (row.notion == "cell" ? pair.cell : pair.linear) == nullptr;
    });
    RootPair& pair = same != pairs.end() ? *same : pairs.emplace_back();
    (row.notion == "cell" ? pair.cell : pair.linear) = &row;
  }
  return pairs;
}

/// Sums the layers of each rule set, target, kind and notion. The inputs with a root outside in some layer are at least
/// those of the worst layer.
std::vector<RootRow> summed(const std::vector<RootRow>& rows) {
  std::vector<RootRow> sums;
  std::map<std::string, std::size_t> layers;
  for (const RootRow& row : rows) {
    auto sum = std::find_if(sums.begin(), sums.end(), [&](const RootRow& other) {
      return other.rule_set == row.rule_set && other.target == row.target && other.kind == row.kind &&
             other.notion == row.notion;
    });
    if (sum == sums.end()) {
      sums.push_back(RootRow{row.rule_set, "", row.target, row.kind, row.notion});
      sum = sums.end() - 1;
    }
    sum->layer += 1;
    sum->roots += row.roots, sum->inside += row.inside, sum->outside += row.outside, sum->unknown += row.unknown;
    sum->no_root += row.no_root, sum->zero_relevance += row.zero_relevance, sum->not_asked += row.not_asked;
    sum->inputs = std::max(sum->inputs, row.inputs);
    sum->inputs_with_outside = std::max(sum->inputs_with_outside, row.inputs_with_outside);
  }
  for (RootRow& sum : sums) sum.node = plural(sum.layer + 1, "layer");
  return sums;
}

Cell inside_cell(const RootRow* row) {
  if (row == nullptr || row->roots == 0) return {"-", Tone::faint};
  const Tone tone = row->outside > 0 ? Tone::bad : row->unknown > 0 ? Tone::doubt : Tone::good;
  return {share_range(row->inside, row->unknown, row->roots), tone, double(row->inside) / double(row->roots)};
}

Cell outside_cell(const RootRow* row, bool is_sum) {
  if (row == nullptr || row->roots == 0 || row->inputs == 0) return {"-", Tone::faint};
  const bool is_bound =
      (is_sum || row->unknown > 0) && row->inputs_with_outside > 0 && row->inputs_with_outside < row->inputs;
  const bool is_open = row->unknown > 0 && row->inputs_with_outside == 0;
  const std::string share = share_text(row->inputs_with_outside, row->inputs);
  return {(is_bound  ? "\u2265 "
           : is_open ? "0% or more"
                     : "") +
              (is_open ? "" : share),
          Tone::plain, double(row->inputs_with_outside) / double(row->inputs)};
}

bool has_many_layers(const std::vector<RootRow>& rows) {
  std::map<std::string, std::size_t> count;
  std::size_t most = 0;
  for (const RootRow& row : rows)
    most = std::max(most, ++count[row.rule_set + '\n' + row.target + row.kind + row.notion]);
  return most > kBriefLayers;
}

bool has_several_targets(const std::vector<RootRow>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const RootRow& row) { return row.target != rows[0].target; });
}

Table roots_table(const std::vector<RootRow>& rows, bool is_sum) {
  Table table;
  const bool several = has_several_targets(rows);
  table.columns = {{"rule set"}, {"layer"}, {"root"}};
  if (several) table.columns.push_back({"target"});
  for (const char* title : {"roots", "inside\nthe cell", "inputs with\none outside", "inside the\nlinear region",
                            "inputs with\none outside", "no\nroot", "R = 0"})
    table.columns.push_back({title, true});
  for (const RootPair& pair : pairs_of(rows)) {
    const RootRow& row = pair.any();
    std::vector<Cell> cells = {{row.rule_set}, {row.node}, {row.kind}};
    if (several) cells.push_back({row.target});
    cells.push_back({count_text(row.roots)});
    for (const RootRow* notion : {pair.cell, pair.linear}) {
      cells.push_back(inside_cell(notion));
      cells.push_back(outside_cell(notion, is_sum));
    }
    cells.push_back({count_text(row.no_root), Tone::faint});
    cells.push_back({count_text(row.zero_relevance), Tone::faint});
    table.rows.push_back(std::move(cells));
  }
  return table;
}

/// "all 12", or who stands out: "2 of 3, refuted at fc3". The premise is den.nonzero unless another is named.
std::string premises_text(const Finding& finding) {
  std::map<std::string, std::vector<const claim::Premise*>> by_check;
  for (const claim::Premise& premise : finding.premises) by_check[premise.check].push_back(&premise);
  std::string text;
  for (const auto& [check, premises] : by_check) {
    text += text.empty() ? "" : "; ";
    if (check != "den.nonzero") text += check + " ";
    std::vector<std::string> others;
    for (const claim::Premise* premise : premises)
      if (premise->verdict != Verdict::proved) others.push_back(to_string(premise->verdict) + " at " + premise->place);
    text += others.empty() ? fmt::format("all {}", premises.size())
                           : fmt::format("{} of {}, {}", premises.size() - others.size(), premises.size(),
                                         fmt::join(others, ", "));
  }
  return text;
}

Cell count_cell(std::int64_t count, Tone tone) {
  return count == 0 ? Cell{"0", Tone::faint} : Cell{count_text(count), tone};
}

/// Causes in the order of the law, then others by name; those that are 0 everywhere are left out.
std::vector<std::string> causes_of(const std::vector<LedgerRow>& rows) {
  std::vector<std::string> causes = {"bias", "stabilizer", "vanished", "coefficients", "unmatched", "constant", "rule"};
  std::map<std::string, bool> occurs;
  for (const LedgerRow& row : rows)
    for (const auto& [cause, share] : row.causes) {
      occurs[cause] = occurs[cause] || share != 0;
      if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
    }
  std::erase_if(causes, [&](const std::string& cause) { return !occurs[cause]; });
  return causes;
}

double lost(const LedgerRow& row) {
  double sum = 0;
  for (const auto& [cause, share] : row.causes) sum += std::isfinite(share) ? std::abs(share) : 1e300;
  return sum;
}

/// Per rule set: all rows from the output down, or the ones that lose most.
std::vector<const LedgerRow*> chosen_rows(const std::vector<LedgerRow>& rows, Depth depth) {
  std::vector<std::string> names;
  for (const LedgerRow& row : rows)
    if (std::find(names.begin(), names.end(), row.rule_set) == names.end()) names.push_back(row.rule_set);
  std::vector<const LedgerRow*> chosen;
  for (const std::string& name : names) {
    std::vector<const LedgerRow*> mine;
    for (const LedgerRow& row : rows)
      if (row.rule_set == name) mine.push_back(&row);
    if (depth == Depth::brief && mine.size() > kBriefLayers) {
      std::stable_sort(mine.begin(), mine.end(), [](auto* a, auto* b) { return lost(*a) > lost(*b); });
      mine.resize(kBriefLayers);
    }
    std::stable_sort(mine.begin(), mine.end(), [](auto* a, auto* b) { return a->layer > b->layer; });
    chosen.insert(chosen.end(), mine.begin(), mine.end());
  }
  return chosen;
}

}  // namespace

namespace {

/// ROO-6: each unit's answer over its scope, counted.
Table answers_table(const claim::Report& report) {
  Table table;
  table.columns = {{"rule set"}, {"layer"}, {"root"}, {"check"}};
  for (const char* title :
       {"units", "always\ninside", "never\ninside", "sometimes\ninside", "not\nalways", "unknown", "decided"})
    table.columns.push_back({title, true});
  for (const Finding& f : report.findings) {
    if (f.place.kind.empty() || f.counts.places == f.counts.vacuous + f.counts.rejected) continue;
    const auto count = [&](const char* word) {
      const auto found = f.numbers.find(word);
      return found == f.numbers.end() ? std::int64_t(0) : std::int64_t(found->second);
    };
    const std::int64_t asked = f.counts.places - f.counts.vacuous;
    table.rows.push_back({{f.rule_set},
                          {f.place.node},
                          {f.place.kind},
                          {f.check},
                          {count_text(asked)},
                          count_cell(count("always"), Tone::good),
                          count_cell(count("never"), Tone::bad),
                          count_cell(count("sometimes"), Tone::bad),
                          count_cell(count("not-always"), Tone::bad),
                          count_cell(f.counts.unknown, Tone::doubt),
                          {share_range(count("decided"), 0, asked), Tone::plain}});
  }
  return table;
}

}  // namespace

std::optional<Section> roots_section(const claim::Report& report, Depth depth) {
  if (const auto scope = report.settings.find("scope"); scope != report.settings.end()) {
    Table table = answers_table(report);
    if (table.rows.empty()) return std::nullopt;
    const std::string around = scope->second == "box" ? "box around" : "cell of";
    const auto least = report.settings.find("min_activation");
    return Section{
        "Where do the Deep Taylor roots lie, over the whole " + around + " the input?",
        "Counted in units. A unit is asked about wherever its activation keeps its sign and is at least " +
            (least == report.settings.end() ? std::string("half of what it is at the input") : least->second) +
            " in size (--min-activation). \"Not always\": one root outside was found, the rest is open. "
            "Decided: always, never or sometimes.",
        {table},
        {}};
  }
  if (report.roots.empty()) return std::nullopt;
  const bool is_sum = depth == Depth::brief && has_many_layers(report.roots);
  Section section;
  section.title = "Do the Deep Taylor roots share a linear piece with the input?";
  section.lead =
      "Share of roots inside, and share of inputs at which at least one root is outside. A range counts what stayed "
      "unknown both ways.";
  section.tables = {roots_table(is_sum ? summed(report.roots) : report.roots, is_sum)};
  if (is_sum) section.tables[0].footnote = "Summed over layers; each layer: --verbose, or any report file.";
  return section;
}

std::optional<Section> reduction_section(const claim::Report& report) {
  Table table;
  table.columns = {{"rule set"},      {"check"},         {"verdict"},       {"proved", true},
                   {"refuted", true}, {"unknown", true}, {"vacuous", true}, {"den.nonzero\nproved at"}};
  std::vector<const Finding*> asked;
  for (const Group& group : groups_of(report))
    if (group.check.rfind("gxi.", 0) == 0) asked.insert(asked.end(), group.findings.begin(), group.findings.end());
  std::stable_sort(asked.begin(), asked.end(), [&](const Finding* a, const Finding* b) {
    const auto order = [&](const std::string& name) {
      return std::find_if(report.rule_sets.begin(), report.rule_sets.end(),
                          [&](const auto& set) { return set.name == name; });
    };
    return order(a->rule_set) < order(b->rule_set);
  });
  // Of gxi.bounded: how far the maps are apart, in units of |f|; nobody bounds it where a scope is refuted.
  const auto deviates = [](const Finding* f) {
    const bool points = f->scope.kind == "point" || f->scope.kind == "points";
    return f->numbers.count("largest_deviation") > 0 && (points || f->counts.refuted == 0);
  };
  const bool some_deviate = std::any_of(asked.begin(), asked.end(), deviates);
  if (some_deviate) table.columns.push_back({"apart by\nat most", true});
  for (const Finding* finding : asked) {
    const claim::Counts& n = finding->counts;
    table.rows.push_back({{finding->rule_set},
                          {finding->check},
                          verdict_cell(*finding),
                          count_cell(n.proved, Tone::good),
                          count_cell(n.refuted, Tone::bad),
                          count_cell(n.unknown, Tone::doubt),
                          count_cell(n.vacuous, Tone::faint),
                          {premises_text(*finding), Tone::faint}});
    if (!some_deviate) continue;
    table.rows.back().push_back(
        {deviates(finding) ? fmt::format("{:.3g} |f|", finding->numbers.at("largest_deviation")) : ""});
  }
  if (table.rows.empty()) return std::nullopt;
  return Section{
      "Is the map gradient \u00d7 input?",
      "Counted in inputs. The statement excepts inputs at which a used denominator vanishes: den.nonzero, by node.",
      {table},
      {}};
}

std::optional<Section> ledger_section(const claim::Report& report, Depth depth) {
  if (report.ledger.empty()) return std::nullopt;
  const std::vector<std::string> causes = causes_of(report.ledger);
  Table table;
  table.columns = {{"rule set"}, {"layer"}, {"op"}, {"receives", true}};
  for (const std::string& cause : causes) table.columns.push_back({cause, true});
  table.columns.push_back({"hands\ndown", true});
  table.columns.push_back({"largest loss\nat an input", true});
  for (const LedgerRow* row : chosen_rows(report.ledger, depth)) {
    std::vector<Cell> cells = {
        {row->rule_set}, {row->node}, {row->op, Tone::faint}, {fraction_text(row->relevance_out)}};
    for (const std::string& cause : causes) {
      const auto found = row->causes.find(cause);
      const double share = found == row->causes.end() ? 0 : found->second;
      cells.push_back({fraction_text(share), share == 0 ? Tone::faint : Tone::bad});
    }
    cells.push_back({fraction_text(row->relevance_in)});
    cells.push_back({fraction_text(row->largest), row->largest == 0 ? Tone::faint : Tone::plain});
    table.rows.push_back(std::move(cells));
  }
  if (table.rows.size() < report.ledger.size())
    table.footnote = "Only the layers that lose most; each layer: --verbose, or any report file.";
  return Section{
      "Where does the relevance go?",
      "From the output down, mean over the inputs, as a share of the starting relevance. Losses are positive, "
      "gains negative.",
      {table},
      {}};
}

std::optional<Section> checks_section(const claim::Report& report) {
  Table table;
  table.columns = {{"check"},          {"rule set"},      {"verdict"},
                   {"proved", true},   {"refuted", true}, {"unknown", true},
                   {"rejected", true}, {"vacuous", true}, {"places\nrefuted", true}};
  for (const Group& group : groups_of(report)) {
    if (group.check.rfind("gxi.", 0) == 0) continue;
    std::map<Verdict, std::int64_t> by_verdict;
    std::int64_t vacuous = 0, places = 0, refuted = 0;
    for (const Finding* finding : group.findings) {
      finding->vacuous ? ++vacuous : ++by_verdict[finding->verdict];
      places += finding->counts.places;
      refuted += finding->counts.refuted;
    }
    table.rows.push_back({{group.check},
                          {group.rule_set.empty() ? "(any)" : group.rule_set},
                          verdict_cell(group.findings),
                          count_cell(by_verdict[Verdict::proved], Tone::good),
                          count_cell(by_verdict[Verdict::refuted], Tone::bad),
                          count_cell(by_verdict[Verdict::unknown], Tone::doubt),
                          count_cell(by_verdict[Verdict::rejected], Tone::plain),
                          count_cell(vacuous, Tone::plain),
                          {share_text(refuted, places), refuted == 0 ? Tone::faint : Tone::plain,
                           places == 0 ? -1 : double(refuted) / double(places)}});
  }
  if (table.rows.empty()) return std::nullopt;
  return Section{
      "Every other check", "Counted in findings: one per layer, root kind and notion where these apply.", {table}, {}};
}

namespace {

const claim::Exemplar* nearest_of(const Finding& finding) {
  const claim::Exemplar* nearest = nullptr;
  for (const auto& e : finding.exemplars)
    if (e.witness.numbers.count("nearest") &&
        (!nearest || e.witness.numbers.at("value")[0] < nearest->witness.numbers.at("value")[0]))
      nearest = &e;
  return nearest;
}

/// "input 3, unit 2"
std::string nearest_text(const Finding& finding) {
  const claim::Exemplar* e = nearest_of(finding);
  if (!e) return "-";
  std::string text = "input " + std::to_string(e->input);
  for (const char* what : {"unit", "element"})
    if (const auto found = e->witness.indices.find(what); found != e->witness.indices.end())
      text += fmt::format(", {} {}", what, found->second);
  return text;
}

}  // namespace

std::optional<Section> bounds_section(const claim::Report& report, Depth depth) {
  if (!report.settings.count("scope")) return std::nullopt;
  struct Row {
    const Finding* finding;
    double least;
  };
  std::vector<Row> rows;
  for (const Group& group : groups_of(report))
    for (const Finding* f : group.findings)
      for (const char* figure : {"smallest_denominator", "least_margin"})
        if (const auto found = f->numbers.find(figure); found != f->numbers.end() && f->verdict != Verdict::refuted)
          rows.push_back({f, found->second});
  if (rows.empty()) return std::nullopt;
  Table table;
  table.columns = {{"check"},          {"rule set"},        {"layer"},  {"verdict"},
                   {"at least", true}, {"removable", true}, {"nearest"}};
  constexpr std::size_t kBrief = 24;
  if (depth == Depth::brief && rows.size() > kBrief) {
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.least < b.least; });
    rows.resize(kBrief);
    table.footnote = "Only those that come nearest; each layer: --verbose, or any report file.";
  }
  for (const auto& [f, least] : rows) {
    const auto removable = f->numbers.find("removable");
    std::string layer = f->place.node;
    if (!f->place.notion.empty()) layer += (layer.empty() ? "" : " ") + ("(" + f->place.notion + ")");
    table.rows.push_back({{f->check},
                          {f->rule_set},
                          {layer},
                          verdict_cell(*f),
                          {amount_text(least)},
                          count_cell(removable == f->numbers.end() ? 0 : std::int64_t(removable->second), Tone::plain),
                          {nearest_text(*f), Tone::faint}});
  }
  return Section{"How near does a denominator come to 0, and a premise to being broken?",
                 "\"At least\" is proved for every input of the scope; the input at which it is nearest is in the "
                 "report file. Removable: units whose denominator comes down to 0 together with their relevance, so "
                 "that the quotient stays bounded.",
                 {table},
                 {}};
}

std::optional<Section> rewrites_section(const claim::Report& report) {
  if (!report.model.canonized || report.model.steps.empty()) return std::nullopt;
  Table table;
  table.columns = {{"rewrite"}, {"nodes"}, {"before = after"}, {"trust"}, {"proved by"}, {"note"}};
  for (const claim::Step& step : report.model.steps) {
    Finding claimed;
    claimed.verdict = step.verdict;
    std::string nodes;
    for (const std::string& node : step.nodes) nodes += (nodes.empty() ? "" : " + ") + node;
    table.rows.push_back({{step.rewrite},
                          {nodes},
                          verdict_cell(claimed),
                          {step.trust == claim::Trust::none ? "-" : to_string(step.trust)},
                          {step.symbolic},
                          {step.note, Tone::faint}});
  }
  return Section{
      "What was rewritten first?", "The rules see the rewritten network; the function is the same.", {table}, {}};
}

}  // namespace lrproof::report
