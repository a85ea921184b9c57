#pragma once
// From TOML tables to rules: inside this room only.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rule/rule.hpp"
#include "text/toml.hpp"

namespace lrproof::rule {

/// One rule file being read: makes diagnostics and takes numbers, words and formulas out of TOML values.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  base::Diagnostic error(text::Mark mark, const std::string& code, std::string sentence, std::string hint = "") const;
  /// Every key of the table is one of these, or "did you mean".
  base::Status keys(const text::Toml& table, const std::string& what, const std::vector<std::string>& known) const;
  base::Status expect(const text::Toml& value, text::Toml::Kind kind, const std::string& what) const;
  base::Result<num::Rational> number(const text::Toml& value, const std::string& what) const;
  base::Result<long> integer(const text::Toml& value, const std::string& what) const;
  base::Result<std::string> string(const text::Toml& value, const std::string& what) const;
  /// Position of a string among the words, or "did you mean".
  base::Result<std::size_t> word(const text::Toml& value, const std::string& what,
                                 const std::vector<std::string>& words) const;
  base::Result<bool> boolean(const text::Toml& value, const std::string& what) const;

  /// A [rule.NAME] table: name, term, root, premises.
  base::Result<Rule> affine_rule(const text::Toml& table, const std::string& name) const;
  base::Result<Selector> selector(const text::Toml& table) const;

 private:
  base::Result<Term> term(const text::Toml& table) const;
  base::Result<Stabilizer> stabilizer(const text::Toml& table) const;
  base::Result<Direction> root(const text::Toml& table) const;
  base::Result<std::vector<Premise>> premises(const text::Toml& array) const;
  template <class T, class Parse>
  base::Result<T> formula(const text::Toml& value, const std::string& what, Parse parse) const;

  std::string file_;
};

/// Words of the rule file for the closed sets of rule.hpp, in the order of their enumerators.
const std::vector<std::string>& gate_words();
const std::vector<std::string>& stabilizer_words();
const std::vector<std::string>& premise_words();
const std::vector<std::string>& start_words();
const std::vector<std::string>& unmatched_words();

}  // namespace lrproof::rule
