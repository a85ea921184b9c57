#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <charconv>

#include "base/words.hpp"
#include "claim/check.hpp"

namespace lrproof::cli {

using base::Diagnostic;

namespace {

std::string lower_case_start(std::string sentence) {
  if (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
  if (!sentence.empty()) sentence[0] = char(std::tolower(static_cast<unsigned char>(sentence[0])));
  return sentence;
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() ? path_of(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

// Where parsing stopped: the innermost command that was named.
const CLI::App& innermost(const CLI::App& app) {
  const auto named = app.get_subcommands();
  return named.empty() ? app : innermost(*named.front());
}

// A command that falls through takes its parent's options as well.
std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  if (app.get_fallthrough() && app.get_parent()) names = options_of(*app.get_parent());
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

}  // namespace

CLI::Validator whole(std::int64_t low, std::int64_t high) {
  const std::string range = high == std::numeric_limits<std::int64_t>::max()
                                ? ">= " + std::to_string(low)
                                : "from " + std::to_string(low) + " to " + std::to_string(high);
  return CLI::Validator(
      [=](std::string& word) {
        std::int64_t number = 0;
        const auto end = word.data() + word.size();
        const auto parsed = std::from_chars(word.data(), end, number);
        const bool fine = parsed.ec == std::errc() && parsed.ptr == end && number >= low && number <= high;
        return fine ? std::string() : "'" + word + "' is no whole number " + range;
      },
      range);
}

Diagnostic parse_diagnostic(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& at = innermost(app);
  const std::string help = "see " + path_of(at) + " --help";
  const auto rest = at.get_fallthrough() ? app.remaining(true) : at.remaining();
  for (const auto& word : rest) {
    if (word.size() < 2 || word[0] != '-') continue;
    const auto option = word.substr(0, word.find('='));
    return {"usage.option", option, "is no option of " + path_of(at), base::did_you_mean(option, options_of(at))};
  }
  if (!rest.empty() && !commands_of(at).empty())
    return {"usage.command", rest[0], "is no command of " + path_of(at), base::did_you_mean(rest[0], commands_of(at))};
  if (!rest.empty()) return {"usage.argument", rest[0], "is one argument too many", help};
  return {"usage.argument", path_of(at), lower_case_start(error.what()), help};
}

base::Status one_of(const std::string& option, const std::string& word, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), word) != words.end()) return base::fine();
  return Diagnostic{"usage.word", option + " " + word, "is no word of " + option, base::did_you_mean(word, words)};
}

base::Status known_checks(const std::vector<std::string>& ids, Checks which) {
  std::vector<std::string> known;
  for (const auto& check : claim::checks())
    if (which == Checks::all || claim::is_lint(check) == (which == Checks::lint)) known.emplace_back(check.id);
  for (const auto& id : ids)
    if (std::find(known.begin(), known.end(), id) == known.end())
      return Diagnostic{"usage.check", id, "is no check", base::did_you_mean(id, known)};
  return base::fine();
}

}  // namespace lrproof::cli
