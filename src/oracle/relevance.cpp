#include "oracle/relevance.hpp"

#include "oracle/factors.hpp"

namespace lrproof::oracle {

Explanation::Explanation(const Point& point, const Assignment& assignment, std::string start, Bounds domain,
                         long target)
    : point_(point), assignment_(assignment), start_(std::move(start)), domain_(std::move(domain)), target_(target) {}

const Rule* Explanation::rule(int node) const {
  const auto& found = assignment_.of[std::size_t(node)];
  return found ? &*found : nullptr;
}

bool Explanation::ambiguous() const {
  return tied_ || !edges_.empty() || (near_slope_ && near_slope_->tied) || (exact_slope_ && exact_slope_->tied);
}

template <class N>
N Explanation::phi(Phi phi, int node, long e) const {
  switch (phi) {
    case Phi::one:
      return oracle::one<N>();
    case Phi::a:
      return point_.at<N>(node, e);
    case Phi::pos:
      return positive_part(point_.at<N>(node, e));
    case Phi::neg:
      return negative_part(point_.at<N>(node, e));
    case Phi::low:
    case Phi::high:
      break;
  }
  const auto& bound = phi == Phi::low ? domain_.low : domain_.high;
  if (!bound) throw NotCovered{"a rule needs bounds of the domain, and none are given"};
  return convert<N>(*bound);
}

template <class N>
N Explanation::evaluate(const Formula& formula, const Node& node, int operand, long element, long weight) const {
  N sum = oracle::zero<N>();
  for (const Product& p : formula) {
    N part = psi<N>(p.psi, node.weight, weight);
    if (p.phi != Phi::one) part = part * phi<N>(p.phi, node.inputs[std::size_t(operand)], element);
    if (cmp(p.coefficient, 1) != 0) part = part * convert<N>(p.coefficient);
    sum = sum + part;
  }
  return sum;
}

template <class N>
N Explanation::numerator(const Term& term, const Node& node, int operand, long element, long weight) const {
  return evaluate<N>(term.numerator, node, operand, element, weight);
}

bool Explanation::has_numerator(int id, long unit, const Term& term) const {
  bool any = false;
  const Node& node = network().node(id);
  taps(network(), node, unit, [&](int operand, long element, long weight) {
    if (any) return;
    const int near = sign_of(numerator<Enclosure>(term, node, operand, element, weight));
    any = near == 2 ? sgn(numerator<Exact>(term, node, operand, element, weight)) != 0 : near != 0;
  });
  return any;
}

// S(d) where the sign of d is known.
template <class N>
N Explanation::stabilised(const Stabilizer& s, const N& d, int sign) const {
  if (s.kind == "none") return d;
  if (s.rms) throw NotCovered{"a stabiliser scaled by a root mean square"};
  const N epsilon = convert<N>(s.epsilon);
  if (s.kind == "unsigned") return d + epsilon;
  if (s.kind == "zero-only") return sign == 0 ? epsilon : d;
  const int side = sign == 0 ? s.zero_sign : sign;
  if (s.kind == "signed") return side > 0 ? N(d + epsilon) : N(d - epsilon);
  if (s.kind != "clip") throw NotCovered{"stabiliser '" + s.kind + "'"};
  const N size = sign < 0 ? N(-d) : d;
  const N clipped = larger(size, epsilon);
  return side > 0 ? clipped : N(-clipped);
}

template <>
Denominator<Enclosure> Explanation::denominator<Enclosure>(int id, long unit, const Term& term) const {
  auto& kept = denominators_[{id, &term}];
  if (kept.empty()) kept.resize(std::size_t(network().node(id).size()));
  auto& one = kept.at(std::size_t(unit));
  if (!one) one = compute_denominator<Enclosure>(id, unit, term);
  return *one;
}
template <>
Denominator<Exact> Explanation::denominator<Exact>(int id, long unit, const Term& term) const {
  return compute_denominator<Exact>(id, unit, term);
}

template <class N>
Denominator<N> Explanation::compute_denominator(int id, long unit, const Term& term) const {
  const Node& node = network().node(id);
  Denominator<N> result;
  result.open = term.gate == "always" || gate_open(term.gate, point_.sign(id, unit));
  if (!result.open) return result;
  Sum<N> sum;
  long count = 0;
  taps(network(), node, unit, [&](int operand, long element, long weight) {
    ++count;
    sum.add(numerator<N>(term, node, operand, element, weight));
  });
  Sum<N>::charge(point_.budget(), count * long(term.numerator.size()));
  const long b = bias_of(node, unit);
  result.chi = chi_of<N>(term.bias, b < 0 ? Exact(0) : node.bias.exact(b));
  sum.add(result.chi);
  result.d = sum.value();
  result.d_sign = sign_of(result.d);
  if constexpr (std::is_same_v<N, Enclosure>) {
    bool exactly = result.d_sign == 2;
    if (!exactly) {
      result.s = stabilised<N>(term.stabilizer, result.d, result.d_sign);
      exactly = sign_of(result.s) == 2;
    }
    if (exactly) {
      const auto known = denominator<Exact>(id, unit, term);
      return {true, enclose(known.d), enclose(known.s), result.chi, known.d_sign, known.s_zero};
    }
  } else {
    result.s = stabilised<N>(term.stabilizer, result.d, result.d_sign);
  }
  result.s_zero = sign_of(result.s) == 0;
  return result;
}

// One backward pass; every unit hands its relevance down by its node's rule.
template <class N>
struct Explanation::Flow {
  const Explanation& self;
  std::vector<std::vector<Sum<N>>> sums;

  void give(int node, long e, const N& share, const N& amount) {
    auto& sum = sums[std::size_t(node)];
    if (sum.empty()) sum.resize(std::size_t(self.network().node(node).size()));
    sum[std::size_t(e)].add_product(share, amount);
    if (const long burden = sum[std::size_t(e)].burden()) Sum<N>::charge(self.point_.budget(), burden);
  }

  void affine(int id, long unit, const Rule& rule, const N& amount) {
    const Node& node = self.network().node(id);
    for (const Term& term : rule.terms) {
      const auto denominator = self.denominator<N>(id, unit, term);
      if (!denominator.open || denominator.s_zero) continue;
      const N factor = convert<N>(term.share) * (amount / denominator.s);
      long count = 0;
      taps(self.network(), node, unit, [&](int operand, long element, long weight) {
        ++count;
        give(node.inputs[std::size_t(operand)], element, self.numerator<N>(term, node, operand, element, weight),
             factor);
      });
      Sum<N>::charge(self.point_.budget(), count * long(term.numerator.size()));
    }
  }

  void activation(int id, long e, const Rule& rule, const N& amount) {
    const Node& node = self.network().node(id);
    const int below = node.inputs[0];
    if (rule.named == "pass") return give(below, e, oracle::one<N>(), amount);
    if (rule.named == "deconvnet") return give(below, e, oracle::one<N>(), positive_part(amount));
    if (rule.named == "guided-backprop") {
      if (self.point_.sign(below, e) > 0) give(below, e, oracle::one<N>(), positive_part(amount));
      return;
    }
    if (rule.named == "gradient") {
      const Piece here = self.point_.piece(id, e);
      if (here.kink && self.point_.edge(id, e)) self.edges_.insert({id, e});
      return give(below, e, convert<N>(node.curve(e).slopes[std::size_t(here.index)]), amount);
    }
    if (rule.named != "ratio") throw NotCovered{"rule '" + rule.named + "' at '" + node.name + "'"};
    const int sign = self.point_.sign(below, e);
    const Stabilizer stabilizer{sgn(rule.parameter) == 0 ? "none" : "signed", rule.parameter, 1, false};
    N z = self.point_.at<N>(below, e);
    if (sign_of(z) == 2) z = convert<N>(self.point_.at<Exact>(below, e));
    const N s = self.stabilised<N>(stabilizer, z, sign);
    if (!is_zero(s)) give(below, e, self.point_.at<N>(id, e) / s, amount);
  }

  void maximum(int id, long e, const Rule& rule, const N& amount) {
    if (rule.named != "proportional" && self.point_.edge(id, e)) self.tied_ = true;
    const auto split = [&](const std::vector<Source>& to) {
      const N part = convert<N>(Exact(1, static_cast<unsigned long>(to.size())));
      for (const Source& s : to) give(self.point_.operand(id, s), s.element, part, amount);
    };
    if (rule.named == "winner" || rule.named == "gradient") return split(self.point_.winners(id, e));
    if (rule.named != "proportional") throw NotCovered{"rule '" + rule.named + "' at a max"};
    Sum<N> total;
    const Node& node = self.network().node(id);
    rivals(self.network(), node, e,
           [&](const Source& s) { total.add(self.point_.at<N>(self.point_.operand(id, s), s.element)); });
    const N sum = total.value();
    if (is_zero(sum)) return;
    rivals(self.network(), node, e, [&](const Source& s) {
      const int from = self.point_.operand(id, s);
      give(from, s.element, self.point_.at<N>(from, s.element) / sum, amount);
    });
  }

  void linear(int id, long e, const Rule& rule, const N& amount) {
    const Node& node = self.network().node(id);
    if (rule.affine()) return affine(id, e, rule, amount);
    if (rule.named == "pass" && node.inputs.size() == 1 && self.network().node(node.inputs[0]).size() == node.size())
      return give(node.inputs[0], e, oracle::one<N>(), amount);
    if (rule.named != "gradient") throw NotCovered{"rule '" + rule.named + "' at '" + node.name + "'"};
    taps(self.network(), node, e, [&](int operand, long element, long weight) {
      give(node.inputs[std::size_t(operand)], element, node.weight.template at<N>(weight), amount);
    });
  }

  void unit(int id, long e, const N& amount) {
    const Node& node = self.network().node(id);
    if (node.kind == Kind::input || node.kind == Kind::constant) return;
    if (node.kind == Kind::move) {
      const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
      if (s.operand >= 0) give(self.point_.operand(id, s), s.element, oracle::one<N>(), amount);
      return;
    }
    const Rule* rule = self.rule(id);
    if (!rule || node.kind == Kind::opaque) throw NotCovered{"no rule for '" + node.name + "'"};
    if (rule->named == "zero") return;
    if (node.kind == Kind::activation) return activation(id, e, *rule, amount);
    if (node.kind == Kind::max || node.kind == Kind::max_pool) return maximum(id, e, *rule, amount);
    linear(id, e, *rule, amount);
  }
};

template <class N>
N Explanation::start(long e) const {
  const bool chosen = e == target_;
  if (start_ == "one") return chosen ? oracle::one<N>() : oracle::zero<N>();
  if (start_ != "contrast" && !chosen) return oracle::zero<N>();
  const int out = network().output();
  const N value = point_.at<N>(out, e);
  if (chosen) return value;
  long next = -1;  // the runner-up, of equal ones the first
  for (long k = 0; k < network().node(out).size(); ++k)
    if (k != target_ && (next < 0 || point_.at<Exact>(out, k) > point_.at<Exact>(out, next))) next = k;
  return e == next ? N(-value) : oracle::zero<N>();
}

template <>
std::optional<Tensors<Enclosure>>& Explanation::kept<Enclosure>() const {
  return near_;
}
template <>
std::optional<Tensors<Exact>>& Explanation::kept<Exact>() const {
  return exact_;
}
template <>
std::optional<Gradient<Enclosure>>& Explanation::kept_slope<Enclosure>() const {
  return near_slope_;
}
template <>
std::optional<Gradient<Exact>>& Explanation::kept_slope<Exact>() const {
  return exact_slope_;
}

template <class N>
const Tensors<N>& Explanation::relevance() const {
  if (kept<N>()) return *kept<N>();
  const std::size_t count = network().nodes.size();
  Flow<N> flow{*this, std::vector<std::vector<Sum<N>>>(count)};
  Tensors<N> result(count);
  const int out = network().output();
  for (long e = 0; e < network().node(out).size(); ++e) flow.give(out, e, oracle::one<N>(), start<N>(e));
  for (int id = int(count); id-- > 0;) {
    auto& sums = flow.sums[std::size_t(id)];
    auto& values = result[std::size_t(id)];
    for (const auto& sum : sums) values.push_back(sum.value());
    sums.clear();
    sums.shrink_to_fit();
    for (long e = 0; e < long(values.size()); ++e)
      if (!is_zero(values[std::size_t(e)])) flow.unit(id, e, values[std::size_t(e)]);
  }
  kept<N>() = std::move(result);
  return *kept<N>();
}

template <class N>
N Explanation::relevance(int node, long e) const {
  const auto& values = relevance<N>()[std::size_t(node)];
  return values.empty() ? oracle::zero<N>() : values.at(std::size_t(e));
}

template <class N>
const Gradient<N>& Explanation::slope() const {
  if (!kept_slope<N>()) kept_slope<N>() = gradient<N>(point_, {{network().output(), target_, 1}});
  return *kept_slope<N>();
}

template <class N>
N Explanation::slope(int node, long e) const {
  const auto& values = slope<N>().of[std::size_t(node)];
  return values.empty() ? oracle::zero<N>() : values.at(std::size_t(e));
}

template <class N>
N Explanation::share(int id, long unit, int operand, long element) const {
  const Rule* rule = this->rule(id);
  if (const Node& node = network().node(id); rule && rule->affine() && node.affine()) {  // of this edge alone
    Sum<N> sum;
    for (const Term& term : rule->terms) {
      const auto denominator = this->denominator<N>(id, unit, term);
      if (!denominator.open || denominator.s_zero) continue;
      taps(network(), node, unit, [&](int o, long e, long weight) {
        if (o != operand || e != element) return;
        sum.add(convert<N>(term.share) * (numerator<N>(term, node, o, e, weight) / denominator.s));
      });
    }
    return sum.value();
  }
  Flow<N> flow{*this, std::vector<std::vector<Sum<N>>>(network().nodes.size())};
  flow.unit(id, unit, oracle::one<N>());
  const auto& sums = flow.sums[std::size_t(network().node(id).inputs[std::size_t(operand)])];
  return sums.empty() ? oracle::zero<N>() : sums.at(std::size_t(element)).value();
}

template <class N>
Causes<N> Explanation::causes(int id, long unit) const {
  const N amount = relevance<N>(id, unit), zero = oracle::zero<N>();
  Causes<N> result{zero, zero, zero, zero, zero};
  const Rule* rule = this->rule(id);
  const Node& node = network().node(id);
  if (rule && rule->affine() && node.affine()) {
    Exact open;
    for (const Term& term : rule->terms) {
      const auto denominator = this->denominator<N>(id, unit, term);
      if (!denominator.open) continue;
      open += term.share;
      const N part = convert<N>(term.share) * amount;
      if (denominator.s_zero) {
        result.vanished = result.vanished + part;
        continue;
      }
      result.bias = result.bias + part * (denominator.chi / denominator.s);
      if (term.stabilizer.kind != "none")
        result.stabilizer = result.stabilizer + part * ((denominator.s - denominator.d) / denominator.s);
      taps(network(), node, unit, [&](int operand, long element, long weight) {  // what a stored operand takes
        if (network().node(node.inputs[std::size_t(operand)]).kind != Kind::constant) return;
        const N given = numerator<N>(term, node, operand, element, weight);
        result.other = result.other + part * (given / denominator.s);
      });
    }
    result.coefficients = convert<N>(Exact(1 - open)) * amount;
    return result;
  }
  Flow<N> flow{*this, std::vector<std::vector<Sum<N>>>(network().nodes.size())};
  flow.unit(id, unit, amount);
  Sum<N> below;
  for (std::size_t k = 0; k < flow.sums.size(); ++k)
    if (network().nodes[k].kind != Kind::constant)
      for (const auto& sum : flow.sums[k]) below.add(sum.value());
  result.other = amount - below.value();
  return result;
}

#define LRPROOF_ORACLE_RELEVANCE(N)                                                      \
  template const Tensors<N>& Explanation::relevance<N>() const;                          \
  template N Explanation::relevance<N>(int, long) const;                                 \
  template const Gradient<N>& Explanation::slope<N>() const;                             \
  template N Explanation::slope<N>(int, long) const;                                     \
  template N Explanation::start<N>(long) const;                                          \
  template N Explanation::numerator<N>(const Term&, const Node&, int, long, long) const; \
  template N Explanation::share<N>(int, long, int, long) const;                          \
  template Causes<N> Explanation::causes<N>(int, long) const;                            \
  template N Explanation::evaluate<N>(const Formula&, const Node&, int, long, long) const;
LRPROOF_ORACLE_RELEVANCE(Enclosure)
LRPROOF_ORACLE_RELEVANCE(Exact)
#undef LRPROOF_ORACLE_RELEVANCE

}  // namespace lrproof::oracle
