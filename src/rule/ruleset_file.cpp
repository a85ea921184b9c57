// Rule files. A file says a value; this door reads it with line and column, and prints it back in one normal form in
// which every affine rule stands as its formula. The printed text therefore means the same to a reader that knows no
// built-in rule at all, which is what a second opinion on a report reads (RUL-1, RUL-5, RUL-6).
#include "rule/ruleset_file.hpp"

#include <algorithm>
#include <map>

#include "base/words.hpp"
#include "rule/allowance.hpp"
#include "rule/builtin.hpp"
#include "rule/reader.hpp"

namespace lrproof::rule {
namespace {

using base::Result;
using base::Status;
using num::Rational;
using text::Toml;
using text::TomlEntry;

constexpr std::size_t kMaxAssigns = 4096;

std::string stem(const std::string& file) {
  const auto slash = file.find_last_of('/');
  std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  if (name.ends_with(".toml")) name.resize(name.size() - 5);
  return name.empty() ? "unnamed" : name;
}

/// The definition of a built-in rule with its parameters in place.
Rule build(const AffineRow& row, const std::map<std::string, Rational>& values) {
  std::string definition = row.definition;
  for (const auto& parameter : row.parameters) {
    const std::string mark = std::string("$") + parameter.name;
    const std::string value = values.at(parameter.name).to_string();
    for (auto at = definition.find(mark); at != std::string::npos; at = definition.find(mark, at + value.size()))
      definition.replace(at, mark.size(), value);
  }
  auto table = text::parse_toml(definition, row.name);
  LRPROOF_INVARIANT(table.ok(), table.ok() ? "" : table.error().text());
  auto rule = Reader(row.name).affine_rule(*table, row.name);
  LRPROOF_INVARIANT(rule.ok(), rule.ok() ? "" : rule.error().text());
  return *rule;
}

/// Reads one rule file from top to bottom; the members are what later parts need from earlier ones.
class File {
 public:
  explicit File(const std::string& file) : read_(file) { out_.name = stem(file); }

  Result<RuleSet> ruleset(const Toml& root) {
    LRPROOF_CHECK(read_.keys(root, "a rule file", {"ruleset", "assign", "rule"}));
    if (const auto* header = root.find("ruleset")) LRPROOF_CHECK(head(header->value));
    if (const auto* rules = root.find("rule")) LRPROOF_CHECK(definitions(rules->value));
    if (const auto* assigns = root.find("assign")) {
      LRPROOF_CHECK(read_.expect(assigns->value, Toml::Kind::array, "assign"));
      const auto& items = assigns->value.items;
      if (items.size() > kMaxAssigns)
        return read_.error(items[kMaxAssigns].mark, "value",
                           "the file has " + std::to_string(items.size()) + " assigns",
                           "at most " + std::to_string(kMaxAssigns) + " are read");
      for (const auto& item : items) LRPROOF_CHECK(assign(item));
    }
    add_activations();
    return out_;
  }

 private:
  /// What every publication of these rules leaves unsaid becomes part of the value, so that its print says it.
  void add_activations() {
    const Selector activations{.op = "activation"};
    const bool said = std::any_of(out_.assigns.begin(), out_.assigns.end(), [&](const Assign& entry) {
      return entry.to == activations || entry.to == Selector{};
    });
    if (out_.unmatched != Unmatched::error || said) return;
    out_.assigns.push_back({activations, Rule{"pass", NamedRule{NamedRule::Kind::pass, {}}}, 0});
  }

  Status head(const Toml& table) {
    LRPROOF_CHECK(read_.expect(table, Toml::Kind::table, "ruleset"));
    LRPROOF_CHECK(
        read_.keys(table, "[ruleset]", {"name", "dialect", "source", "start", "unmatched", "canonize", "low", "high"}));
    for (const auto& [key, mark, value] : table.entries) {
      if (key == "name" || key == "source") {
        LRPROOF_TRY(words, read_.string(value, key));
        (key == "name" ? out_.name : out_.source) = words;
      } else if (key == "dialect") {
        const std::vector<std::string> dialects{"reference", "zennit", "captum",  "innvestigate",
                                                "julia",     "lxt",    "torchlrp"};
        LRPROOF_TRY(index, read_.word(value, "dialect", dialects));
        out_.dialect = dialects[std::size_t(index)];
      } else if (key == "start") {
        LRPROOF_TRY(index, read_.word(value, "start", start_words()));
        out_.start = Start(index);
      } else if (key == "unmatched") {
        LRPROOF_TRY(index, read_.word(value, "unmatched", unmatched_words()));
        out_.unmatched = Unmatched(index);
      } else if (key == "canonize") {
        LRPROOF_CHECK(read_.expect(value, Toml::Kind::array, "canonize"));
        for (const auto& item : value.items) {
          LRPROOF_TRY(pass, read_.string(item, "a pass of canonize"));
          out_.canonize.push_back(pass);
        }
      } else {
        LRPROOF_CHECK(bound(key, value));
      }
    }
    return base::fine();
  }

  /// low and high stand in [ruleset] or at a box rule; a file has one of each.
  Status bound(const std::string& key, const Toml& value) {
    LRPROOF_TRY(number, read_.number(value, key));
    auto& kept = key == "low" ? out_.low : out_.high;
    if (kept && !(*kept == number))
      return read_.error(value.mark, "value",
                         key + " is " + number.to_string() + " here and " + kept->to_string() + " before",
                         "a rule set has one domain");
    kept = number;
    if (out_.low && out_.high && *out_.high < *out_.low)
      return read_.error(value.mark, "value",
                         "low = " + out_.low->to_string() + " is above high = " + out_.high->to_string(),
                         "low <= high");
    return base::fine();
  }

  Status definitions(const Toml& table) {
    LRPROOF_CHECK(read_.expect(table, Toml::Kind::table, "rule"));
    for (const auto& entry : table.entries) {
      if (find_named_row(entry.key))
        return read_.error(entry.mark, "value", "'" + entry.key + "' is the name of a built-in rule that is no formula",
                           "give your rule another name");
      LRPROOF_TRY(rule, read_.affine_rule(entry.value, entry.key));
      defined_.emplace(entry.key, rule);
    }
    return base::fine();
  }

  Status assign(const Toml& table) {
    LRPROOF_CHECK(read_.expect(table, Toml::Kind::table, "an assign"));
    LRPROOF_CHECK(read_.keys(table, "[[assign]]", {"to", "rule"}));
    const auto* to = table.find("to");
    const auto* rule = table.find("rule");
    if (!to)
      return read_.error(table.mark, "missing", "the assign has no 'to'", "to = { op = \"dense\" }; to = {} is all");
    if (!rule) return read_.error(table.mark, "missing", "the assign has no 'rule'", "for instance rule = \"lrp-0\"");
    LRPROOF_TRY(selector, read_.selector(to->value));
    LRPROOF_TRY(chosen, choose(rule->value));
    out_.assigns.push_back({selector, chosen, table.mark.line});
    return base::fine();
  }

  Result<Rule> choose(const Toml& value) {
    if (value.kind == Toml::Kind::text) return lookup(value, Toml{.mark = value.mark});
    if (value.kind != Toml::Kind::table)
      return read_.error(value.mark, "type", "rule is " + text::kind_word(value.kind),
                         "it must be a name, or { name = \"epsilon\", epsilon = 1e-6 }");
    const auto* name = value.find("name");
    if (!name)
      return read_.error(value.mark, "missing", "the rule has no name", "{ name = \"epsilon\", epsilon = 1e-6 }");
    LRPROOF_CHECK(read_.expect(name->value, Toml::Kind::text, "the rule's name"));
    return lookup(name->value, value);
  }

  Result<Rule> lookup(const Toml& name, const Toml& table) {
    if (const auto found = defined_.find(name.text); found != defined_.end()) {
      LRPROOF_CHECK(read_.keys(table, "a rule of this file", {"name"}));
      return found->second;
    }
    if (const auto* row = find_affine_row(name.text)) return affine(*row, table);
    if (const auto* row = find_named_row(name.text)) return named(*row, table);
    std::vector<std::string> known;
    for (const auto& [key, rule] : defined_) known.push_back(key);
    for (const auto& row : affine_rows()) known.push_back(row.name);
    for (const auto& row : named_rows()) known.push_back(row.name);
    return read_.error(name.mark, "unknown-rule", "unknown rule '" + name.text + "'",
                       base::did_you_mean(name.text, known));
  }

  Result<Rational> parameter(const std::string& name, const char* standard, const Toml& table) {
    const auto* entry = table.find(name);
    if (!entry) return *Rational::parse(standard);
    LRPROOF_TRY(value, read_.number(entry->value, name));
    if (value.sign() < 0) return read_.error(entry->value.mark, "value", name + " is negative", "it is at least 0");
    return value;
  }

  Result<Rule> affine(const AffineRow& row, const Toml& table) {
    std::vector<std::string> known{"name"};
    for (const auto& parameter : row.parameters) known.push_back(parameter.name);
    const bool box = std::string_view(row.definition).find("low") != std::string_view::npos;
    if (box) known.insert(known.end(), {"low", "high"});
    LRPROOF_CHECK(read_.keys(table, std::string("rule ") + row.name, known));
    std::map<std::string, Rational> values;
    for (const auto& p : row.parameters) {
      LRPROOF_TRY(value, parameter(p.name, p.standard, table));
      values.emplace(p.name, value);
    }
    if (box) {
      for (const char* key : {"low", "high"})
        if (const auto* entry = table.find(key)) LRPROOF_CHECK(bound(key, entry->value));
    }
    if (values.count("alpha") && !(values.at("alpha") - values.at("beta") == Rational(1)))
      return read_.error(table.mark, "value", "alpha - beta is " + (values.at("alpha") - values.at("beta")).to_string(),
                         "alpha - beta = 1");
    return build(row, values);
  }

  Result<Rule> named(const NamedRow& row, const Toml& table) {
    std::vector<std::string> known{"name"};
    if (row.parameter) known.push_back(row.parameter);
    LRPROOF_CHECK(read_.keys(table, std::string("rule ") + row.name, known));
    NamedRule rule{row.kind, {}};
    if (row.parameter) {
      LRPROOF_TRY(value, parameter(row.parameter, row.standard, table));
      if (row.kind == NamedRule::Kind::rectgrad && value > Rational(100))
        return read_.error(table.find(row.parameter)->value.mark, "value", "percentile is above 100");
      rule.parameter = value;
    }
    return Rule{row.name, rule};
  }

  Reader read_;
  RuleSet out_{.dialect = "reference"};
  std::map<std::string, Rule> defined_;
};

}  // namespace

Result<RuleSet> parse_ruleset(std::string_view text, const std::string& file) {
  LRPROOF_TRY(root, text::parse_toml(text, file, {.bytes = std::size_t(1) << 20}));
  LRPROOF_TRY(rules, File(file).ruleset(root));
  LRPROOF_TRY(allowances, read_allowances(text, file));
  rules.allowances = std::move(allowances);
  return rules;
}

}  // namespace lrproof::rule
