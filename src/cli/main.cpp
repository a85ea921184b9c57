#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/words.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/version.hpp"
#include "report/escape.hpp"

// lrproof: proofs and counterexamples for attribution rules. Exit codes: 0 nothing below; 1 a required check is not
// proved, or a finding of lint at or above its level; 2 bad usage or bad input file; 3 something stayed unknown; 70 a
// bug of lrproof.
namespace lrproof::cli {

namespace {

constexpr Command kCommands[] = {
    {"audit", "every applicable check of rule sets on a model at inputs, one report", declare_audit},
    {"lint", "mistakes of rule sets on a model, found without inputs", declare_lint},
    {"attribute", "relevance maps of a rule set, one per input", declare_attribute},
    {"forge", "roots that justify any explanation, or why none do", declare_forge},
    {"canonize", "a model rewritten, each step proved; or compared with another one", declare_canonize},
    {"rules", "the shipped rule sets: list, show; the laws of rules: audit", declare_rules},
    {"checks", "the checks by their ids: list, show", declare_checks},
};

Terminal terminal_of(const std::string& color) {
  Terminal terminal;
  terminal.progress = isatty(STDERR_FILENO) != 0;
  terminal.color = color == "always" || (color == "auto" && isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR"));
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40) terminal.width = size.ws_col;
  return terminal;
}

int unknown_command(const std::string& word) {
  std::vector<std::string> names;
  for (const auto& c : kCommands) names.emplace_back(c.name);
  return usage_error({"usage.command", word, "is no command of this version", base::did_you_mean(word, names)});
}

int run(int argc, char** argv) {
  CLI::App app{"lrproof: proofs and counterexamples, in exact arithmetic, for attribution rules"};
  app.name("lrproof");
  app.set_version_flag("--version", std::string("lrproof ") + job::version_text());
  app.footer("Example: lrproof audit model.onnx --rules dtd-z-plus --rules lrp-0 --inputs X.npy --report r.json");
  app.require_subcommand(0, 1);
  std::string color = "auto", format = "text";
  bool quiet = false, verbose = false, allow_unknown = false;
  std::vector<std::pair<CLI::App*, Run>> runs;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.help);
    sub->add_option("--color", color, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}));
    sub->add_option("--format", format, "text or json on stdout")->check(CLI::IsMember({"text", "json"}));
    sub->add_flag("--quiet,-q", quiet, "no text on stdout");
    sub->add_flag("--verbose,-v", verbose, "every layer, every witness");
    sub->add_flag("--allow-unknown", allow_unknown, "unknown is not exit code 3");
    runs.emplace_back(sub, command.declare(*sub));
  }
  if (argc > 1 && argv[1][0] != '-') {
    bool known = false;
    for (const Command& command : kCommands) known = known || std::string(argv[1]) == command.name;
    if (!known) return unknown_command(argv[1]);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : usage_error(parse_diagnostic(app, error));
  }
  Terminal terminal = terminal_of(color);
  terminal.quiet = quiet, terminal.verbose = verbose, terminal.allow_unknown = allow_unknown;
  terminal.json = format == "json";
  for (const auto& [sub, what] : runs)
    if (sub->parsed()) return what(terminal);
  std::fputs(app.help().c_str(), stdout);
  return argc > 1 ? 2 : 0;
}

}  // namespace

int usage_error(const base::Diagnostic& error) {
  std::fprintf(stderr, "lrproof: %s\n", report::clean(error.text()).c_str());
  return 2;
}

}  // namespace lrproof::cli

int main(int argc, char** argv) {
  try {
    return lrproof::cli::run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("lrproof: out of memory\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lrproof: internal error: %s\nThis is a bug of lrproof; please report it.\n", error.what());
    return 70;
  }
}
