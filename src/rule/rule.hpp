#pragma once
// The rule language (RUL-1..6): a rule is a value, not a procedure.
//
// Affine layer z_j = sum_i w_ij a_i + b_j. A rule is a sum of terms T:
//     R_i = sum_T k_T sum_j g_T(z_j) n_ij / S(d_j) R_j,   n_ij = sum of c phi(a_i) psi(w_ij),
//     d_j = sum_i n_ij + chi(b_j),   chi(b) = sum of c * {b, pos(b), neg(b), b^2, pos(b)^2, neg(b)^2}
// pos(t) = max(t, 0), neg(t) = min(t, 0). Where S(d_j) = 0 the share is 0 (RUL-2).
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "net/network.hpp"
#include "num/rational.hpp"

namespace lrproof::rule {

enum class Phi { one, a, pos, neg, low, high };                            ///< factor read from the input
enum class Psi { one, w, pos, neg, square, pos_square, neg_square, abs };  ///< factor read from the weight
enum class Chi { b, pos, neg, square, pos_square, neg_square };            ///< factor read from the bias
enum class Gate { always, positive, negative, non_negative, non_positive };

/// coefficient * phi(a_i) * psi(w_ij)
struct Product {
  num::Rational coefficient;
  Phi phi = Phi::a;
  Psi psi = Psi::w;
  friend bool operator==(const Product&, const Product&) = default;
};
struct BiasPart {
  num::Rational coefficient;
  Chi chi = Chi::b;
  friend bool operator==(const BiasPart&, const BiasPart&) = default;
};

/// RUL-2. none: d; signed: d + s(d) eps with s(0) = zero_sign; unsigned: d + eps; clip: s(d) max(|d|, eps);
/// zero_only: d, but eps where d = 0. rms: eps is scaled by the layer's root mean square of d.
struct Stabilizer {
  enum class Kind { none, signed_, unsigned_, clip, zero_only };
  Kind kind = Kind::none;
  num::Rational epsilon;
  int zero_sign = 1;
  bool rms = false;
  friend bool operator==(const Stabilizer&, const Stabilizer&) = default;
};

struct Term {
  num::Rational share = 1;  ///< k_T
  Gate gate = Gate::always;
  std::vector<Product> numerator;  ///< normal form: sorted, no zero coefficients, one entry per (phi, psi)
  std::vector<BiasPart> bias;      ///< likewise
  Stabilizer stabilizer;
  friend bool operator==(const Term&, const Term&) = default;
};

/// ROO-1. v_ij = sum of coefficient * phi(a_i) * side(w_ij); empty sum with zero = true: the root is 0 itself.
struct Direction {
  enum class Side { one, w, w_nonneg, w_neg };  ///< 1, w, [w >= 0], [w < 0]
  struct Part {
    num::Rational coefficient;
    Phi phi = Phi::a;
    Side side = Side::one;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts;
  bool zero = false;
  friend bool operator==(const Direction&, const Direction&) = default;
};

/// PRE-1: what a rule needs, checked and never assumed.
enum class Premise { inputs_nonnegative, inputs_in_domain, output_positive };

/// A rule for affine layers (dense, conv, and on request batch-norm, average-pool, add, scale).
struct AffineRule {
  std::vector<Term> terms;
  std::optional<Direction> root;  ///< the DTD root direction it claims to come from
  std::vector<Premise> premises;
  friend bool operator==(const AffineRule&, const AffineRule&) = default;
};

/// Rules by name for everything else (RUL-3, RUL-4). Any node: gradient. Activation: pass, ratio (f(z)/S(z)),
/// guided-backprop, deconvnet, rectgrad, beta-smooth. Max: winner (ties split equally), proportional. Any node with one
/// operand of its own size: pass, too (batch norm, scale, smooth activations). Any node: zero (no relevance passes).
struct NamedRule {
  enum class Kind {
    gradient,
    pass,
    ratio,
    winner,
    proportional,
    guided_backprop,
    deconvnet,
    rectgrad,
    beta_smooth,
    zero
  };
  Kind kind = Kind::gradient;
  num::Rational parameter;  ///< rectgrad: percentile; beta-smooth: beta; ratio: epsilon (signed)
  friend bool operator==(const NamedRule&, const NamedRule&) = default;
};

struct Rule {
  std::string name;  ///< as written: "z-plus", "epsilon"
  std::variant<AffineRule, NamedRule> body;
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// Which nodes an [[assign]] speaks about; absent fields match everything. op "linear" is dense or conv; others are
/// op_word()s, "affine", an activation's kind or an opaque operator's name ("tanh"). index counts, in execution order,
/// the nodes that the other fields match.
struct Selector {
  std::optional<std::string> op, name;
  std::optional<long> index, fan_in;
  bool first = false, last = false;
  friend bool operator==(const Selector&, const Selector&) = default;
};
struct Assign {
  Selector to;
  Rule rule;
  int line = 0;  ///< where it stands in its file, for diagnostics; not part of the value
};

/// "# lrproof: allow A010 REASON" in a rule file: findings of that lint rule are meant to be, under the [[assign]] in
/// which the comment stands, or in the whole file where it stands in none. Not part of the value.
struct Allowance {
  std::string check, reason;
  int line = 0, assign = 0;  ///< where it stands; line of its [[assign]], 0: of the whole file
};

enum class Start { value, one, contrast };
enum class Unmatched { error, gradient, pass };

/// RUL-5. First matching assign wins. Structural operations (concat, select, reshape) move relevance with their
/// elements and need no rule; fan-out adds.
struct RuleSet {
  std::string name, dialect, source;
  Start start = Start::value;
  Unmatched unmatched = Unmatched::error;
  std::vector<std::string> canonize;
  std::vector<Assign> assigns;
  std::vector<Allowance> allowances;
  std::optional<num::Rational> low, high;  ///< defaults for box rules; --domain overrides
};

/// One rule per node that needs one (affine, activation, max-pool, max, opaque) and on which the explained output
/// depends; others are empty.
struct Assignment {
  std::vector<std::optional<Rule>> of;  ///< by NodeId
  std::vector<bool> unmatched;          ///< by NodeId: fell through to RuleSet::unmatched
};

/// What one assign speaks about, in execution order, and what it decides: the rest had a rule already.
struct Reach {
  std::vector<net::NodeId> selected, decided;
};

/// Why a node has no rule, or an assign no node: what `assign` stops at.
struct Complaint {
  enum class Kind { selector, misfit, unmatched };
  Kind kind = Kind::selector;
  std::size_t assign = 0;  ///< selector, misfit: its number
  net::NodeId node = -1;   ///< misfit, unmatched
  base::Diagnostic error;
};

/// Resolves selectors on a network as far as that goes, and tells what is in the way.
struct Survey {
  Assignment assignment;
  std::vector<Reach> reach;                    ///< by assign
  std::vector<std::optional<std::size_t>> by;  ///< by NodeId: the assign that decided it
  std::vector<Complaint> complaints;
};
Survey survey(const RuleSet& rules, const net::Network& network);

/// Resolves selectors on a network. Errors: a node without a rule under unmatched = error; a selector that matches
/// nothing ("did you mean"); a rule that does not fit the operation it is given to.
base::Result<Assignment> assign(const RuleSet& rules, const net::Network& network);

/// Does the gate let a unit of that pre-activation through (z = 0 and the sign as given)?
bool opens(Gate gate, num::Sign z);

/// The c != 0 with n_ij = c a_i w_ij and chi = c b_j, as formulas, so that d_j = c z_j; nothing where there is none.
std::optional<num::Rational> share_of_z(const Term& term);
/// Is this rule, as a formula, LRP-0 with the bias in the denominator (GXI-2)?
bool is_lrp0(const AffineRule& rule);
bool is_linear_in_relevance(const Rule& rule);  ///< RUL-4
/// Does it speak of low and high, which RuleSet::low/high or --domain must then give?
bool needs_bounds(const Rule& rule);
bool needs_bounds(const RuleSet& rules);

}  // namespace lrproof::rule
