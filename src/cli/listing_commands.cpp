#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "base/file.hpp"
#include "claim/check_page.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/rules_audit.hpp"
#include "report/escape.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::cli {

namespace {

// One entry under a hanging indent, wrapped to the terminal.
void print_entry(const std::string& head, std::string text, const Terminal& terminal) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  constexpr std::size_t kIndent = 4;
  std::string line = head;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() + 1 + end - begin > std::size_t(terminal.width) && line.size() > kIndent) {
      std::printf("%s\n", line.c_str());
      line.assign(kIndent, ' ');
    } else if (line.size() > kIndent || line == head) {
      line += ' ';
    }
    line.append(text, begin, end - begin);
    begin = end + 1;
  }
  std::printf("%s\n", line.c_str());
}

int list_rules(const Terminal& terminal) {
  for (const auto& name : rule::shipped_rulesets()) {
    const auto rules = rule::load_ruleset(name);
    if (!rules) return usage_error(rules.error());
    print_entry(name + " (" + rules->dialect + ")", rules->source, terminal);
  }
  return 0;
}

base::Status check_report(const std::string& path) {
  if (path.empty()) return base::fine();
  if (path.size() < 5 || path.substr(path.size() - 5) != ".json")
    return base::Diagnostic{"usage.report", path, "is no format for laws of rules", "a .json file"};
  return base::check_writable(path);
}

struct AuditArguments {
  std::vector<std::string> names;
  bool smt = false;
  std::string dump_smt, report;
};

int audit_rules(const AuditArguments& arguments, const Terminal& terminal) {
  if (const auto fine = check_report(arguments.report); !fine) return usage_error(fine.error());
  const auto rules = job::audit_rules(arguments.names, arguments.smt, arguments.dump_smt);
  if (!rules) return usage_error(rules.error());
  const std::string json = job::rules_audit_json(*rules);
  if (const std::string bug = job::rules_audit_bug(json); !bug.empty()) {
    std::fprintf(stderr,
                 "lrproof: internal error: the replay rejects a law's witness: %s\n"
                 "This is a bug of lrproof; please report it. Nothing was written.\n",
                 report::clean(bug).c_str());
    return 70;
  }
  if (!arguments.report.empty())
    if (const auto written = base::write_file(arguments.report, json); !written) return usage_error(written.error());
  if (terminal.json)
    std::fputs(json.c_str(), stdout);
  else if (!terminal.quiet)
    std::fputs(job::rules_audit_text(*rules, terminal.verbose).c_str(), stdout);
  return job::any_unknown(*rules) && !terminal.allow_unknown ? 3 : 0;
}

int show_check(const std::string& id) {
  if (const auto* check = claim::find_check(id)) {
    std::fputs(claim::check_page(*check).c_str(), stdout);
    return 0;
  }
  return usage_error(known_checks({id}, Checks::all).error());
}

}  // namespace

Run declare_rules(CLI::App& app) {
  auto name = std::make_shared<std::string>();
  app.require_subcommand(1);
  app.add_subcommand("list", "the shipped rule sets");
  CLI::App* show = app.add_subcommand("show", "a rule set, normalised; reading that gives the same value");
  show->add_option("name", *name, "shipped name or rule file")->required();
  auto arguments = std::make_shared<AuditArguments>();
  CLI::App* audit = app.add_subcommand("audit", "the laws of rules, for all weights, inputs and biases");
  audit->fallthrough();  // --format, --quiet and the like may follow the names
  audit->add_option("names", arguments->names, "rules by name, rule sets or rule files; none: every rule by name");
  audit->add_flag("--smt", arguments->smt, "ask Z3 as well, at fan-in 1 to 3");
  audit->add_option("--dump-smt", arguments->dump_smt, "folder: the questions to Z3 as SMT-LIB 2");
  audit->add_option("--report", arguments->report, "FILE.json: the answers, with what refutes as exact fractions");
  app.footer("Example: lrproof rules show dtd-z-plus");
  return [name, arguments, show, audit](const Terminal& terminal) {
    if (audit->parsed()) return audit_rules(*arguments, terminal);
    if (!show->parsed()) return list_rules(terminal);
    const auto rules = rule::load_ruleset(*name);
    if (!rules) return usage_error(rules.error());
    std::fputs(rule::print_ruleset(*rules).c_str(), stdout);
    return 0;
  };
}

Run declare_checks(CLI::App& app) {
  auto id = std::make_shared<std::string>();
  app.require_subcommand(1);
  app.add_subcommand("list", "every check with its question");
  CLI::App* show = app.add_subcommand("show", "what a check asks, what proved means, an example that fails");
  show->add_option("id", *id, "check id")->required();
  app.footer("Example: lrproof checks show root.inside");
  return [id, show](const Terminal& terminal) {
    if (show->parsed()) return show_check(*id);
    for (const auto& check : claim::checks()) {
      std::string head = std::string(check.id) + " (" + std::string(check.law);
      if (claim::is_lint(check))
        head += check.level == claim::Level::none ? ", lint, not decidable from ONNX"
                                                  : ", lint, " + claim::to_string(check.level);
      print_entry(head + ")", std::string(check.question), terminal);
    }
    return 0;
  };
}

}  // namespace lrproof::cli
