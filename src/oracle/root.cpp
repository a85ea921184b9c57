#include "oracle/root.hpp"

namespace lrproof::oracle {

Root::Root(const Explanation& explanation, int node, long unit, std::string kind)
    : explanation_(explanation), node_(node), unit_(unit), kind_(std::move(kind)) {
  const Network& network = explanation.network();
  const Node& layer = network.node(node);
  const Rule* rule = explanation.rule(node);
  if (!layer.affine() || unit < 0 || unit >= layer.size())
    throw Refused{"'" + layer.name + "' has no such affine unit"};
  if (!rule || !rule->affine() || !rule->direction)
    throw Refused{"the rule at '" + layer.name + "' has no root direction"};
  formula_ = &*rule->direction;
  if (formula_->empty() != (kind_ == "fixed")) throw Refused{"the rule's root is not of kind '" + kind_ + "'"};
  if (std::set<int>(layer.inputs.begin(), layer.inputs.end()).size() != layer.inputs.size())
    throw NotCovered{"'" + layer.name + "' reads one tensor twice"};
  taps(network, layer, unit, [&](int operand, long element, long weight) {
    tap_at_[{operand, element}] = taps_.size();
    taps_.push_back({operand, element, weight});
  });
  if (explanation.point().sign(node, unit) == 0) throw Refused{"the unit's pre-activation is 0"};
  if (kind_ == "fixed") return;
  if (kind_ != "hinge" && kind_ != "relevance") throw Refused{"unknown kind of root '" + kind_ + "'"};
  int sign = sign_of(response<Enclosure>());
  if (sign == 2) sign = sign_of(response<Exact>());
  if (sign == 0) throw Refused{"w . v = 0: the unit has no root"};
}

const Root::Tap* Root::tap_of(int operand, long e) const {
  const auto found = tap_at_.find({operand, e});
  return found == tap_at_.end() ? nullptr : &taps_[found->second];
}

template <class N>
N Root::direction(const Tap& tap) const {
  return explanation_.evaluate<N>(*formula_, explanation_.network().node(node_), tap.operand, tap.element, tap.weight);
}

template <class N>
N Root::response() const {
  const Node& layer = explanation_.network().node(node_);
  Sum<N> sum;
  for (const Tap& tap : taps_) sum.add_product(layer.weight.at<N>(tap.weight), direction<N>(tap));
  Sum<N>::charge(explanation_.point().budget(), long(taps_.size()));
  return sum.value();
}

template <>
Exact Root::t<Exact>() const {
  if (kind_ == "fixed") return 1;
  if (!exact_t_) {
    const Exact drop =
        kind_ == "hinge" ? explanation_.point().at<Exact>(node_, unit_) : explanation_.relevance<Exact>(node_, unit_);
    exact_t_ = Exact(drop / response<Exact>());
  }
  return *exact_t_;
}

template <>
Enclosure Root::t<Enclosure>() const {
  if (kind_ == "fixed") return {1, 1};
  if (!near_t_) {
    Enclosure drop = kind_ == "hinge" ? explanation_.point().at<Enclosure>(node_, unit_)
                                      : explanation_.relevance<Enclosure>(node_, unit_);
    Enclosure response = this->response<Enclosure>();
    if (sign_of(response) == 2) response = enclose(this->response<Exact>());
    near_t_ = drop / response;
  }
  return *near_t_;
}

template <class N>
N Root::at(int operand, long e, const Exact& s) const {
  const N& a = explanation_.point().at<N>(operands()[std::size_t(operand)], e);
  if (sgn(s) == 0) return a;
  if (kind_ == "fixed") return convert<N>(Exact(1 - s)) * a;
  const Tap* tap = tap_of(operand, e);
  if (!tap) return a;
  return a - convert<N>(s) * (t<N>() * direction<N>(*tap));
}
template Enclosure Root::at<Enclosure>(int, long, const Exact&) const;
template Exact Root::at<Exact>(int, long, const Exact&) const;

std::unique_ptr<Point> Root::suffix(const Exact& s) const {
  std::map<int, Replacement> replaced;
  for (int o = 0; o < int(operands().size()); ++o)
    replaced[operands()[std::size_t(o)]] = {[this, o, s](long e) { return at<Enclosure>(o, e, s); },
                                            [this, o, s](long e) { return at<Exact>(o, e, s); }};
  auto point = std::make_unique<Point>(explanation_.point(), std::move(replaced));
  if (s == 1 && kind_ == "hinge") point->pin(node_, unit_, 0);
  return point;
}

Source Root::source(long element) const {
  for (int o = 0; o < int(operands().size()); ++o) {
    const long size = explanation_.network().node(operands()[std::size_t(o)]).size();
    if (element >= 0 && element < size) return {o, element};
    element -= size;
  }
  throw Refused{"no such element of the unit's input"};
}

namespace {

Bounds hull(const Bounds& a, const Bounds& b) {
  Bounds result;
  if (a.low && b.low) result.low = std::min(*a.low, *b.low);
  if (a.high && b.high) result.high = std::max(*a.high, *b.high);
  return result;
}

Bounds range_of(const Curve& curve, const Bounds& input) {
  std::optional<Exact> least, most;
  const auto see = [&](const Exact& t) {
    std::size_t k = 0;
    while (k < curve.kinks.size() && t > curve.kinks[k]) ++k;
    const Exact y = curve.slopes[k] * t + curve.intercepts[k];
    if (!least || y < *least) least = y;
    if (!most || y > *most) most = y;
  };
  for (const Exact& kink : curve.kinks) see(kink);
  if (curve.kinks.empty() && sgn(curve.slopes[0]) == 0) return {curve.intercepts[0], curve.intercepts[0]};
  if (curve.kinks.empty()) return input;
  Bounds result{least, most};
  if (sgn(curve.slopes.front()) > 0) result.low.reset();
  if (sgn(curve.slopes.front()) < 0) result.high.reset();
  if (sgn(curve.slopes.back()) < 0) result.low.reset();
  if (sgn(curve.slopes.back()) > 0) result.high.reset();
  return result;
}

}  // namespace

Bounds bounds_of(const Network& network, int id, long e, const Bounds& domain) {
  const Node& node = network.node(id);
  std::optional<Bounds> result;
  const auto join = [&](const Bounds& b) { result = result ? hull(*result, b) : b; };
  switch (node.kind) {
    case Kind::input:
      return domain;
    case Kind::constant:
      return {node.weight.exact(e), node.weight.exact(e)};
    case Kind::activation:
      return range_of(node.curve(e), {});
    case Kind::move: {
      if (node.sources.empty()) return bounds_of(network, node.inputs[0], e, domain);
      const Source& s = node.sources[std::size_t(e)];
      if (s.operand < 0) return {node.fill, node.fill};
      return bounds_of(network, node.inputs[std::size_t(s.operand)], s.element, domain);
    }
    case Kind::max:
    case Kind::max_pool:
      rivals(network, node, e, [&](const Source& s) {
        join(bounds_of(network, node.inputs[std::size_t(s.operand)], s.element, domain));
      });
      return result.value_or(Bounds{});
    case Kind::average_pool:
      taps(network, node, e,
           [&](int, long element, long) { join(bounds_of(network, node.inputs[0], element, domain)); });
      if (node.include_pad) join({Exact(0), Exact(0)});
      return result.value_or(Bounds{});
    default:
      return {};
  }
}

}  // namespace lrproof::oracle
