#include "attr/affine_step.hpp"

#include <algorithm>
#include <map>

#include "attr/divide.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {
namespace {

using num::Interval;
using num::Sign;
using rule::Phi;
using rule::Psi;

// A shortcut, which a symbol must not buy with a condition.
template <class S>
bool surely_nonnegative(const S& v) {
  if constexpr (std::same_as<S, Interval>)
    return v.lo >= 0;
  else if constexpr (std::same_as<S, num::Symbol>)
    return v.is_constant() && v.value().sign() >= 0;
  else
    return num::sign_of(v) != Sign::negative;
}

template <class S>
S psi_of(Psi psi, const S& w) {
  switch (psi) {
    case Psi::one:
      return S(1);
    case Psi::w:
      return w;
    case Psi::pos:
      return num::positive_part(w);
    case Psi::neg:
      return num::negative_part(w);
    case Psi::square:
      return w * w;
    case Psi::pos_square:
      return num::positive_part(w) * num::positive_part(w);
    case Psi::neg_square:
      return num::negative_part(w) * num::negative_part(w);
    case Psi::abs:
      return num::positive_part(w) - num::negative_part(w);
  }
  return S(0);
}

bool is_fixed(Phi phi) { return phi == Phi::one || phi == Phi::low || phi == Phi::high; }

// +1, -1, or 0 where the factor's sign depends on the value.
int sign_of_psi(Psi psi) { return psi == Psi::w ? 0 : psi == Psi::neg ? -1 : 1; }
int sign_of_phi(Phi phi) { return phi == Phi::pos || phi == Phi::one ? 1 : phi == Phi::neg ? -1 : 0; }
int sign_of_chi(rule::Chi chi) { return chi == rule::Chi::b ? 0 : chi == rule::Chi::neg ? -1 : 1; }

int definite_sign(const rule::Term& term) {
  bool up = true, down = true;
  auto see = [&](int sign) { up = up && sign > 0, down = down && sign < 0; };
  for (const auto& p : term.numerator) see(sign_of_phi(p.phi) * sign_of_psi(p.psi) * p.coefficient.sign());
  for (const auto& p : term.bias) see(sign_of_chi(p.chi) * p.coefficient.sign());
  return up ? 1 : down ? -1 : 0;
}

template <class S>
std::vector<S> bounds_for(const std::vector<num::Rational>& given, std::int64_t size) {
  std::vector<S> out;
  if (given.empty()) return out;
  for (std::int64_t k = 0; k < size; ++k)
    out.push_back(num::from_rational<S>(given[given.size() == 1 ? 0 : std::size_t(k)]));
  return out;
}

}  // namespace

template <num::Scalar S>
const std::vector<S>& PsiSum<S>::value() const {
  if (parts_.size() == 1 && parts_[0].first == Psi::w && parts_[0].second == num::Rational(1)) return weight_;
  std::call_once(once_, [&] {
    std::vector<S> coefficients;
    for (const auto& part : parts_) coefficients.push_back(num::from_rational<S>(part.second));
    value_.reserve(weight_.size());
    for (const S& w : weight_) {
      S sum(0);
      for (std::size_t k = 0; k < parts_.size(); ++k)
        num::add_product(sum, coefficients[k], psi_of(parts_[k].first, w));
      value_.push_back(std::move(sum));
    }
  });
  return value_;
}

// The operands' values one after the other, and their positive and negative parts where a group reads them.
template <num::Scalar S>
struct AffineStep<S>::Operands {
  std::vector<S> joined, pos, neg;
  const std::vector<S>* a = nullptr;
  bool nonnegative = true, nonpositive = true;

  explicit Operands(const Step<S>& step) {
    const std::size_t count = step.self().inputs.size();
    a = &step.operand_values(0);
    if (count > 1) {
      for (std::int64_t n = 0; n < step.values.batch; ++n)
        for (std::size_t o = 0; o < count; ++o) {
          const auto part = step.values.at(step.self().inputs[o], n, step.operand(o).size());
          joined.insert(joined.end(), part.begin(), part.end());
        }
      a = &joined;
    }
    for (const S& v : *a) {
      nonnegative = nonnegative && surely_nonnegative(v);
      nonpositive = nonpositive && surely_nonnegative(S(-v));
    }
  }
  void split() {
    if (nonnegative || !pos.empty()) return;
    pos.reserve(a->size()), neg.reserve(a->size());
    for (const S& v : *a) pos.push_back(num::positive_part(v)), neg.push_back(num::negative_part(v));
  }
  const std::vector<S>& of(Phi phi) const { return phi == Phi::pos ? pos : phi == Phi::neg ? neg : *a; }
  bool is_zero_factor(Phi phi) const { return (phi == Phi::pos && nonpositive) || (phi == Phi::neg && nonnegative); }
};

template <num::Scalar S>
AffineStep<S>::AffineStep(const net::Evaluator<S>& evaluator, net::NodeId node, const rule::AffineRule& rule,
                          const Options& options)
    : evaluator_(evaluator), node_(node), linear_(evaluator.linear(node)) {
  low_ = bounds_for<S>(options.low, linear_.in_size());
  high_ = bounds_for<S>(options.high, linear_.in_size());
  for (const rule::Term& term : rule.terms) terms_.push_back(make_term(term));
}

template <num::Scalar S>
const PsiSum<S>* AffineStep<S>::psi_sum(typename PsiSum<S>::Parts parts) {
  for (const auto& known : sums_)
    if (known->parts() == parts) return known.get();
  sums_.push_back(std::make_unique<PsiSum<S>>(evaluator_.weight(node_), std::move(parts)));
  return sums_.back().get();
}

template <num::Scalar S>
auto AffineStep<S>::groups(const std::vector<rule::Product>& numerator, bool nonnegative, bool fixed)
    -> std::vector<Group> {
  std::map<Phi, std::map<Psi, num::Rational>> by_phi;
  for (const rule::Product& p : numerator) {
    if (is_fixed(p.phi) != fixed || (nonnegative && p.phi == Phi::neg)) continue;
    by_phi[nonnegative && p.phi == Phi::pos ? Phi::a : p.phi][p.psi] += p.coefficient;
  }
  std::vector<Group> out;
  for (const auto& [phi, parts] : by_phi) {
    typename PsiSum<S>::Parts kept;
    for (const auto& part : parts)
      if (!part.second.is_zero()) kept.push_back(part);
    if (!kept.empty()) out.push_back({phi, psi_sum(std::move(kept))});
  }
  return out;
}

template <num::Scalar S>
std::vector<S> AffineStep<S>::factor(Phi phi) const {
  if (phi == Phi::one) return std::vector<S>(std::size_t(linear_.in_size()), S(1));
  return phi == Phi::low ? low_ : high_;
}

template <num::Scalar S>
std::vector<S> AffineStep<S>::chi_of(const std::vector<rule::BiasPart>& parts) const {
  const std::vector<S>& bias = evaluator_.bias(node_);
  std::vector<S> out;
  if (bias.empty() || parts.empty()) return out;
  for (std::int64_t j = 0; j < linear_.out_size(); ++j) {
    const S& b = bias[std::size_t(linear_.bias_of(j))];
    S sum(0);
    for (const rule::BiasPart& part : parts) {
      const S c = num::from_rational<S>(part.coefficient);
      switch (part.chi) {
        case rule::Chi::b:
          num::add_product(sum, c, b);
          break;
        case rule::Chi::pos:
          num::add_product(sum, c, num::positive_part(b));
          break;
        case rule::Chi::neg:
          num::add_product(sum, c, num::negative_part(b));
          break;
        case rule::Chi::square:
          num::add_product(sum, c, S(b * b));
          break;
        case rule::Chi::pos_square:
          num::add_product(sum, c, S(num::positive_part(b) * num::positive_part(b)));
          break;
        case rule::Chi::neg_square:
          num::add_product(sum, c, S(num::negative_part(b) * num::negative_part(b)));
          break;
      }
    }
    out.push_back(std::move(sum));
  }
  return out;
}

template <num::Scalar S>
auto AffineStep<S>::make_term(const rule::Term& term) -> Term {
  Term out{num::from_rational<S>(term.share), term.gate, term.stabilizer, {}, {}, {}, {}, {}};
  out.general = groups(term.numerator, false, false);
  out.nonnegative = groups(term.numerator, true, false);
  for (const Group& group : out.general) reads_parts_ = reads_parts_ || group.phi == Phi::pos || group.phi == Phi::neg;
  out.fixed = groups(term.numerator, false, true);
  out.chi = out.offset = chi_of(term.bias);
  out.definite = definite_sign(term);
  for (const Group& group : out.fixed) {
    const std::vector<S> x = factor(group.phi);
    LRPROOF_INVARIANT(std::int64_t(x.size()) == linear_.in_size(), "a box rule without bounds reached the engine");
    std::vector<S> part(std::size_t(linear_.out_size()));
    linear_.template apply<S>(group.psi->value(), x, part, 1);
    if (out.offset.empty()) out.offset.resize(part.size());
    for (std::size_t j = 0; j < part.size(); ++j) out.offset[j] += part[j];
  }
  const bool plain_bias = evaluator_.bias(node_).empty() ||
                          (term.bias.size() == 1 && term.bias[0] == rule::BiasPart{num::Rational(1), rule::Chi::b});
  out.is_z =
      plain_bias && term.numerator.size() == 1 && term.numerator[0] == rule::Product{num::Rational(1), Phi::a, Psi::w};
  return out;
}

template <num::Scalar S>
std::vector<S> AffineStep<S>::denominators(const Step<S>& step, const Term& term, const Operands& operands) const {
  if (term.is_z) return step.values.of[std::size_t(node_)];
  std::vector<S> d, part;
  for (const Group& group : operands.nonnegative ? term.nonnegative : term.general) {
    if (operands.is_zero_factor(group.phi)) continue;
    std::vector<S>& to = d.empty() ? d : part;
    to.resize(step.incoming.size());
    linear_.template apply<S>(group.psi->value(), operands.of(group.phi), to, step.values.batch);
    for (std::size_t k = 0; k < part.size(); ++k) d[k] += part[k];
  }
  d.resize(step.incoming.size());
  const std::size_t size = std::size_t(step.size());
  if (!term.offset.empty())
    for (std::size_t k = 0; k < d.size(); ++k) d[k] += term.offset[k % size];
  if constexpr (std::same_as<S, Interval>)
    for (Interval& v : d)
      if (term.definite) v = term.definite > 0 ? positive_part(v) : negative_part(v);
  return d;
}

template <num::Scalar S>
S AffineStep<S>::gate_value(const Step<S>& step, rule::Gate gate, std::size_t k) const {
  if (gate == rule::Gate::always) return S(1);
  const auto size = std::size_t(step.size());
  const Sign sign =
      step.signs.sign(node_, std::int64_t(k % size), std::int64_t(k / size), step.values.of[std::size_t(node_)][k]);
  if constexpr (std::same_as<S, Interval>)
    if (sign == Sign::unknown) return Interval(0.0, 1.0);
  return S(rule::opens(gate, sign) ? 1 : 0);
}

template <num::Scalar S>
std::vector<S> AffineStep<S>::multipliers(const Step<S>& step, int index, const Term& term,
                                          const std::vector<S>& d) const {
  const auto size = std::size_t(step.size());
  std::vector<S> m(d.size()), divisor(step.trace ? d.size() : 0);
  const bool unit_share = num::sign_of(S(term.share - S(1))) == Sign::zero;
  for (std::size_t first = 0; first < d.size(); first += size) {
    const S epsilon = epsilon_for<S>(term.stabilizer, std::span<const S>(d).subspan(first, size));
    for (std::size_t k = first; k < first + size; ++k) {
      S r = unit_share ? step.incoming[k] : S(term.share * step.incoming[k]);
      if (term.gate != rule::Gate::always) r = r * gate_value(step, term.gate, k);
      if constexpr (std::same_as<S, num::Symbol>)
        if (num::is_nothing(r)) continue;
      Sign sign = sign_for(term.stabilizer, d[k]);
      if constexpr (std::same_as<S, Interval>)
        sign = step.signs.denominator(node_, index, std::int64_t(k - first), std::int64_t(first / size), d[k]);
      Quotient<S> q = divide(r, d[k], sign, term.stabilizer, epsilon);
      m[k] = std::move(q.value);
      if (!step.trace) continue;
      if (q.vanished) step.book(&Causes<S>::vanished, k, r);
      if (q.unknown) step.book(&Causes<S>::vanished, k, some_of(r));
      if (!term.chi.empty()) step.book(&Causes<S>::bias, k, S(m[k] * term.chi[k % size]));
      if (term.stabilizer.kind != rule::Stabilizer::Kind::none)
        step.book(&Causes<S>::stabilizer, k, S(m[k] * (q.divisor - d[k])));
      divisor[k] = std::move(q.divisor);
    }
  }
  if (step.trace) step.trace->terms.push_back({d, std::move(divisor), m});
  return m;
}

template <num::Scalar S>
std::vector<S> adjoint(const net::Linear& linear, const std::vector<S>& weight, const std::vector<S>& m,
                       std::int64_t batch) {
  std::vector<S> x(std::size_t(linear.in_size() * batch));
  if constexpr (std::same_as<S, Interval>) {
    std::vector<Interval> bounded = m;
    for (Interval& v : bounded)
      if (!v.is_bounded()) v = Interval();
    linear.apply_adjoint<S>(weight, bounded, x, batch);
    for (std::size_t k = 0; k < m.size(); ++k) {
      if (m[k].is_bounded()) continue;
      const std::int64_t sample = std::int64_t(k) / linear.out_size(), j = std::int64_t(k) % linear.out_size();
      linear.taps(j, [&](std::int64_t i, std::int64_t w) {
        x[std::size_t(sample * linear.in_size() + i)] += m[k] * weight[std::size_t(w)];
      });
    }
  } else {
    linear.template apply_adjoint<S>(weight, m, x, batch);
  }
  return x;
}

template <num::Scalar S>
void AffineStep<S>::add_shares(const Step<S>& step, const Group& group, const Operands& operands,
                               const std::vector<S>& m, std::vector<S>& into) const {
  if (operands.is_zero_factor(group.phi)) return;
  const std::vector<S> back = adjoint(linear_, group.psi->value(), m, step.values.batch);
  const auto size = std::size_t(linear_.in_size());
  if (group.phi == Phi::one) {
    for (std::size_t k = 0; k < back.size(); ++k) into[k] += back[k];
  } else if (is_fixed(group.phi)) {
    const std::vector<S>& bound = group.phi == Phi::low ? low_ : high_;
    for (std::size_t k = 0; k < back.size(); ++k) num::add_product(into[k], bound[k % size], back[k]);
  } else {
    const std::vector<S>& a = operands.of(group.phi);
    for (std::size_t k = 0; k < back.size(); ++k) num::add_product(into[k], a[k], back[k]);
  }
}

// What units gave to operands that are stored tensors: the same numerators, other operands blanked out.
template <num::Scalar S>
void AffineStep<S>::book_constants(const Step<S>& step, const Term& term, const Operands& operands,
                                   const std::vector<S>& m) const {
  std::vector<char> stored;
  for (std::size_t o = 0; o < step.self().inputs.size(); ++o)
    stored.insert(stored.end(), std::size_t(step.operand(o).size()), char(step.is_constant(o)));
  if (!step.trace || std::find(stored.begin(), stored.end(), char(1)) == stored.end()) return;
  auto book_group = [&](const Group& group, const std::vector<S>& values) {
    std::vector<S> x(stored.size() * std::size_t(step.values.batch)), given(m.size());
    for (std::size_t k = 0; k < x.size(); ++k)
      if (stored[k % stored.size()]) x[k] = values[k % values.size()];
    linear_.template apply<S>(group.psi->value(), x, given, step.values.batch);
    for (std::size_t k = 0; k < m.size(); ++k) step.book(&Causes<S>::constant, k, S(given[k] * m[k]));
  };
  for (const Group& group : operands.nonnegative ? term.nonnegative : term.general)
    book_group(group, operands.of(group.phi));
  for (const Group& group : term.fixed) book_group(group, factor(group.phi));
}

template <num::Scalar S>
void AffineStep<S>::book_coefficients(const Step<S>& step) const {
  if (!step.trace) return;
  bool gated = false;
  S plain(0);
  for (const Term& term : terms_) gated = gated || term.gate != rule::Gate::always, plain += term.share;
  if (!gated && num::sign_of(S(plain - S(1))) == Sign::zero) return;
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    S sum(0);
    for (const Term& term : terms_) sum += term.share * gate_value(step, term.gate, k);
    step.book(&Causes<S>::coefficients, k, S(step.incoming[k] * (S(1) - sum)));
  }
}

template <num::Scalar S>
void deliver(const Step<S>& step, const std::vector<S>& shares) {
  std::size_t k = 0;
  for (std::int64_t n = 0; n < step.values.batch; ++n)
    for (std::size_t o = 0; o < step.sinks.size(); ++o) {
      const std::int64_t size = step.operand(o).size();
      for (std::int64_t i = 0; i < size; ++i) (*step.sinks[o])[std::size_t(n * size + i)] += shares[k++];
    }
}

template <num::Scalar S>
void AffineStep<S>::run(const Step<S>& step) const {
  Operands operands(step);
  if (reads_parts_) operands.split();
  const bool single = step.sinks.size() == 1;
  std::vector<S> own(single ? 0 : std::size_t(linear_.in_size() * step.values.batch));
  std::vector<S>& into = single ? *step.sinks[0] : own;
  for (std::size_t t = 0; t < terms_.size(); ++t) {
    const Term& term = terms_[t];
    const std::vector<S> m = multipliers(step, int(t), term, denominators(step, term, operands));
    for (const Group& group : operands.nonnegative ? term.nonnegative : term.general)
      add_shares(step, group, operands, m, into);
    for (const Group& group : term.fixed) add_shares(step, group, operands, m, into);
    book_constants(step, term, operands, m);
  }
  if (!single) deliver(step, own);
  book_coefficients(step);
}

template <num::Scalar S>
void affine_gradient_step(const Step<S>& step, const net::Evaluator<S>& evaluator) {
  const net::Linear& linear = evaluator.linear(step.node);
  const std::vector<S>& weight = evaluator.weight(step.node);
  deliver(step, adjoint(linear, weight, step.incoming, step.values.batch));
  if (!step.trace) return;
  std::vector<S> ones, sums(std::size_t(linear.out_size())), stored(sums.size());
  std::vector<S> to_stored;
  for (std::size_t o = 0; o < step.self().inputs.size(); ++o)
    to_stored.insert(to_stored.end(), std::size_t(step.operand(o).size()), S(step.is_constant(o) ? 1 : 0));
  ones.assign(std::size_t(linear.in_size()), S(1));
  linear.template apply<S>(weight, ones, sums, 1);
  linear.template apply<S>(weight, to_stored, stored, 1);
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    const S& r = step.incoming[k];
    step.book(step.rule_cause(), k, S(r - r * sums[k % sums.size()]));
    step.book(&Causes<S>::constant, k, S(r * stored[k % sums.size()]));
  }
}

template <num::Scalar S>
std::vector<TermParts<S>> AffineStep<S>::parts(const Step<S>& step) const {
  Operands operands(step);
  if (reads_parts_) operands.split();
  std::vector<TermParts<S>> out;
  for (const Term& term : terms_) out.push_back({denominators(step, term, operands), term.chi});
  return out;
}

std::vector<TermParts<Interval>> denominators(const net::Evaluator<Interval>& evaluator, net::NodeId node,
                                              const rule::AffineRule& rule, const Options& options,
                                              const net::Values<Interval>& values) {
  const std::vector<Interval> none(std::size_t(values.batch * evaluator.network().node(node).size()));
  const Signs<Interval> signs;
  const Step<Interval> step{evaluator.network(), node, values, none, signs, {}, nullptr, false};
  return AffineStep<Interval>(evaluator, node, rule, options).parts(step);
}

#define LRPROOF_INSTANTIATE(S)                                                                                     \
  template class PsiSum<S>;                                                                                        \
  template class AffineStep<S>;                                                                                    \
  template std::vector<S> adjoint(const net::Linear&, const std::vector<S>&, const std::vector<S>&, std::int64_t); \
  template void affine_gradient_step(const Step<S>&, const net::Evaluator<S>&);                                    \
  template void deliver(const Step<S>&, const std::vector<S>&)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(Interval);
LRPROOF_INSTANTIATE(num::Rational);
LRPROOF_INSTANTIATE(num::Symbol);

}  // namespace lrproof::attr
