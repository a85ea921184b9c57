#pragma once
// Rule sets as the oracle reads them from the normalised text in a report (RUL-1..6), and who gets which rule.
#include <map>
#include <string>
#include <string_view>

#include "oracle/model.hpp"

namespace lrproof::oracle {

enum class Phi { one, a, pos, neg, low, high };
enum class Psi { one, w, pos, neg, square, pos_square, neg_square, abs, nonneg, negative };
enum class Chi { one, b, pos, neg, square, pos_square, neg_square };

/// coefficient * phi(a) * psi(w) * chi(b)
struct Product {
  Exact coefficient = 1;
  Phi phi = Phi::one;
  Psi psi = Psi::one;
  Chi chi = Chi::one;
};
using Formula = std::vector<Product>;

struct Stabilizer {
  std::string kind = "none";
  Exact epsilon;
  int zero_sign = 1;
  bool rms = false;
};

struct Term {
  Exact share = 1;
  std::string gate = "always";
  Formula numerator, bias;
  Stabilizer stabilizer;
};

struct Rule {
  std::string name;
  std::string named;  ///< pass, gradient, ...; empty for an affine rule
  Exact parameter;
  std::vector<Term> terms;
  std::optional<Formula> direction;  ///< an empty sum: the root is 0
  std::vector<std::string> premises;
  bool affine() const { return named.empty(); }
};

struct Selector {
  std::optional<std::string> op, name;
  std::optional<long> index, fan_in;
  bool first = false, last = false;
};

struct Assign {
  Selector to;
  Rule rule;
};

struct RuleSet {
  std::string name, start = "value", unmatched = "error";
  std::optional<Exact> low, high;
  std::vector<Assign> assigns;
};

/// By node: its rule, or none for operations that only move elements. unmatched: it got the fallback.
struct Assignment {
  std::vector<std::optional<Rule>> of;
  std::vector<char> unmatched;
};

/// Reads "a*(w + 1/4*pos(w))", "b + pos(b)", "a - low*(w >= 0)"; multiplied out.
Read<Formula> read_formula(const std::string& text);
Read<RuleSet> read_rules(std::string_view text);
Read<Assignment> assign(const RuleSet& rules, const Network& network);
/// The published rules by name; parameters as numbers.
std::optional<Rule> builtin_rule(const std::string& name, const std::map<std::string, Exact>& parameters);

}  // namespace lrproof::oracle
