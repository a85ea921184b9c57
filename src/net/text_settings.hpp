#pragma once
// A line of the text form between its tokens and its operation: the settings of a node, read by the operation that
// needs them; a setting that nobody asked for is a mistake.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/words.hpp"
#include "net/network.hpp"
#include "net/text_tree.hpp"

namespace lrproof::net {

using base::Result;
using num::Rational;

/// A node's settings: key, then literal; every key must be used by the operation.
class Settings {
 public:
  Settings(const TextTokens& tokens, TextToken op) : tokens_(tokens), op_(std::move(op)) {}
  const TextToken& op() const { return op_; }
  base::Diagnostic error(const TextToken& at, std::string sentence, std::string hint = "") const {
    return tokens_.error(at, std::move(sentence), std::move(hint));
  }
  base::Status insert(const TextToken& key, TextLiteral literal) {
    if (values_.contains(key.text)) return error(key, "'" + key.text + "' is given twice");
    values_.emplace(key.text, Entry{key, std::move(literal)});
    return base::fine();
  }
  const TextLiteral* find(const std::string& key) {
    asked_.push_back(key);
    const auto it = values_.find(key);
    return it == values_.end() ? nullptr : &it->second.literal;
  }
  Result<const TextLiteral*> need(const std::string& key) {
    const auto* literal = find(key);
    if (!literal) return error(op_, op_.text + " needs '" + key + "'");
    return literal;
  }
  /// A key that nobody asked for is a mistake.
  base::Status finish() const {
    for (const auto& [key, entry] : values_)
      if (std::ranges::find(asked_, key) == asked_.end())
        return error(entry.key, op_.text + " has no setting '" + key + "'", base::did_you_mean(key, asked_));
    return base::fine();
  }

  Result<Rational> rational(const TextLiteral& literal) const {
    if (literal.is_list) return error(literal.token, "expected one number, found a list");
    auto value = Rational::parse(literal.token.text);
    if (!value) return error(literal.token, "'" + literal.token.text + "' is no number", "-3, 0.1, 1e-6 or 2/3");
    if (!std::isfinite(value->to_double())) return error(literal.token, "the number is beyond the range of a double");
    return std::move(*value);
  }
  Result<std::int64_t> integer(const TextLiteral& literal) const {
    LRPROOF_TRY(value, rational(literal));
    const double v = value.to_double();
    if (!value.is_double() || v != std::floor(v) || std::abs(v) > 9e15)
      return error(literal.token, "expected a whole number");
    return std::int64_t(v);
  }
  Result<Shape> integers(const TextLiteral& literal) const {
    if (!literal.is_list) return error(literal.token, "expected a list of whole numbers", "[1, 2]");
    Shape out;
    for (const auto& item : literal.items) {
      LRPROOF_TRY(value, integer(item));
      out.push_back(value);
    }
    return out;
  }
  Result<std::vector<Rational>> rationals(const TextLiteral& literal) const {
    std::vector<Rational> out;
    Shape shape;
    LRPROOF_CHECK(flatten(literal, 0, shape, out));
    return out;
  }
  Result<num::Constants> constants(const TextLiteral& literal, Shape* shape = nullptr) const {
    std::vector<Rational> out;
    Shape found;
    LRPROOF_CHECK(flatten(literal, 0, found, out));
    if (shape) *shape = found;
    return num::Constants::from_rationals(std::move(out));
  }
  Result<std::int64_t> integer_or(const std::string& key, std::int64_t value) {
    const auto* literal = find(key);
    if (!literal) return value;
    return integer(*literal);
  }
  Result<Rational> rational_or(const std::string& key, const Rational& value) {
    const auto* literal = find(key);
    if (!literal) return value;
    return rational(*literal);
  }
  /// The list under the key, or `count` zeros.
  Result<num::Constants> constants_or_zeros(const std::string& key, std::int64_t count) {
    const auto* literal = find(key);
    if (!literal) return num::Constants{std::vector<double>(std::size_t(count)), {}};
    return constants(*literal);
  }

 private:
  struct Entry {
    TextToken key;
    TextLiteral literal;
  };
  base::Status flatten(const TextLiteral& literal, std::size_t depth, Shape& shape, std::vector<Rational>& out) const;

  const TextTokens& tokens_;
  TextToken op_;
  std::map<std::string, Entry> values_;
  std::vector<std::string> asked_{"type"};
};

/// What one line's operation becomes.
struct Built {
  Op op;
  Shape declared;  ///< for infer_shape
  std::string type;
};

using Operands = std::vector<Shape>;
using Builder = Result<Built> (*)(Settings&, const Operands&);

/// The operation by its word; null, and the known words in `known`, when there is none.
Builder find_builder(const std::string& word, std::vector<std::string>& known);

}  // namespace lrproof::net
