#include "prove/denominator_form.hpp"

#include "prove/region_bounds.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;

namespace {

// phi(a) as factor * a + constant, for an a that stays on one side of 0.
struct Linearised {
  Rational factor, constant;
};
std::optional<Linearised> linearise(rule::Phi phi, int side, const root::Domain& domain) {
  switch (phi) {
    case rule::Phi::one:
      return Linearised{Rational(), Rational(1)};
    case rule::Phi::a:
      return Linearised{Rational(1), Rational()};
    case rule::Phi::low:
      return Linearised{Rational(), *domain.low};
    case rule::Phi::high:
      return Linearised{Rational(), *domain.high};
    case rule::Phi::pos:
    case rule::Phi::neg:
      if (side > 0) return Linearised{Rational(phi == rule::Phi::pos ? 1 : 0), Rational()};
      if (side < 0) return Linearised{Rational(phi == rule::Phi::neg ? 1 : 0), Rational()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<AffineForm> numerator_form(Region& region, const rule::Term& term, NodeId operand, std::int64_t element,
                                         const Rational& w) {
  const AffineForm& a = region.forms->form(operand, element);
  const auto& domain = region.at->shared().subject.settings.domain;
  AffineForm sum;
  sum.slope.resize(region.polytope.bounds.size());
  for (const auto& product : term.numerator) {
    const Rational factor = product.coefficient * factor_of_weight(product.psi, w);
    if (factor.is_zero()) continue;
    const bool signs = product.phi == rule::Phi::pos || product.phi == rule::Phi::neg;
    const auto phi = linearise(product.phi, signs ? region.side_of(operand, element) : 0, domain);
    if (!phi) return std::nullopt;
    if (!phi->factor.is_zero()) sum.add(a, factor * phi->factor);
    sum.constant.add_product(factor, phi->constant);
  }
  return sum;
}

std::optional<AffineForm> denominator_form(Region& region, NodeId id, const rule::Term& term, std::int64_t element) {
  const net::Node& node = region.at->point().network().node(id);
  const net::Linear& linear = region.at->point().ready().linear(id);
  AffineForm sum;
  sum.slope.resize(region.polytope.bounds.size());
  bool known = true;
  linear.taps(element, [&](std::int64_t in, std::int64_t weight) {
    if (!known) return;
    const bool several = node.inputs.size() > 1;
    const NodeId operand = node.inputs[several ? std::size_t(in / node.size()) : 0];
    const auto product = numerator_form(region, term, operand, several ? in % node.size() : in,
                                        linear.weights().rational(std::size_t(weight)));
    known = product.has_value();
    if (known) sum.add(*product, Rational(1));
  });
  if (!known) return std::nullopt;
  if (linear.bias().empty()) return sum;
  const Rational b = linear.bias().rational(std::size_t(linear.bias_of(element)));
  for (const auto& part : term.bias) sum.constant += part.coefficient * factor_of_bias(part.chi, b);
  return sum;
}

Interval numerator_range(const rule::Term& term, const Interval& a, const Rational& w, const root::Domain& domain) {
  Interval sum;
  for (const auto& product : term.numerator) {
    const Interval factor(product.coefficient * factor_of_weight(product.psi, w));
    Interval phi = a;
    if (product.phi == rule::Phi::one) phi = Interval(1.0);
    if (product.phi == rule::Phi::pos) phi = num::positive_part(a);
    if (product.phi == rule::Phi::neg) phi = num::negative_part(a);
    if (product.phi == rule::Phi::low) phi = Interval(*domain.low);
    if (product.phi == rule::Phi::high) phi = Interval(*domain.high);
    sum += factor * phi;
  }
  return sum;
}

}  // namespace lrproof::prove
