#include "oracle/gradient.hpp"

namespace lrproof::oracle {

namespace {

template <class N>
struct Pass {
  const Point& point;
  const Choice& choice;
  std::vector<std::vector<Sum<N>>> sums;
  Gradient<N> result;

  void give(int node, long e, const N& weight, const N& amount) {
    auto& sum = sums[std::size_t(node)];
    if (sum.empty()) sum.resize(std::size_t(point.network().node(node).size()));
    sum[std::size_t(e)].add_product(weight, amount);
  }

  void through_activation(int id, long e, const N& amount) {
    const Node& node = point.network().node(id);
    Piece here = point.piece(id, e);
    if (here.kink && point.edge(id, e)) {
      const auto chosen = choice.find({id, e});
      if (chosen != choice.end())
        here.index = chosen->second;
      else
        result.edges.insert({id, e});
    }
    give(node.inputs[0], e, convert<N>(node.curve(e).slopes[std::size_t(here.index)]), amount);
  }

  void through_max(int id, long e, const N& amount) {
    const auto& best = point.winners(id, e);
    if (point.edge(id, e)) result.tied = true;
    const N part = convert<N>(Exact(1, static_cast<unsigned long>(best.size())));
    for (const Source& s : best) give(point.operand(id, s), s.element, part, amount);
  }

  void through(int id, long e, const N& amount) {
    const Node& node = point.network().node(id);
    switch (node.kind) {
      case Kind::input:
      case Kind::constant:
        return;
      case Kind::activation:
        return through_activation(id, e, amount);
      case Kind::max:
      case Kind::max_pool:
        return through_max(id, e, amount);
      case Kind::opaque:
        throw NotCovered{"'" + node.name + "' (" + node.type + ") is not piecewise linear"};
      case Kind::move: {
        const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
        if (s.operand >= 0) give(point.operand(id, s), s.element, one<N>(), amount);
        return;
      }
      default:
        break;
    }
    long count = 0;
    taps(point.network(), node, e, [&](int o, long element, long weight) {
      ++count;
      give(node.inputs[std::size_t(o)], element, node.weight.template at<N>(weight), amount);
    });
    Sum<N>::charge(point.budget(), count);
  }
};

}  // namespace

template <class N>
Gradient<N> gradient(const Point& point, const std::vector<Seed>& seeds, const Choice& choice,
                     const std::set<int>& stop) {
  Pass<N> pass{point, choice, std::vector<std::vector<Sum<N>>>(point.network().nodes.size()), {}};
  pass.result.of.resize(point.network().nodes.size());
  for (const Seed& seed : seeds) pass.give(seed.node, seed.element, convert<N>(seed.coefficient), one<N>());
  for (int id = int(point.network().nodes.size()); id-- > 0;) {
    auto& sums = pass.sums[std::size_t(id)];
    if (sums.empty()) continue;
    auto& values = pass.result.of[std::size_t(id)];
    for (const auto& sum : sums) values.push_back(sum.value());
    sums.clear();
    sums.shrink_to_fit();
    if (stop.count(id) || !point.moves(id)) continue;
    for (long e = 0; e < long(values.size()); ++e)
      if (!is_zero(values[std::size_t(e)])) pass.through(id, e, values[std::size_t(e)]);
  }
  return std::move(pass.result);
}

template Gradient<Enclosure> gradient(const Point&, const std::vector<Seed>&, const Choice&, const std::set<int>&);
template Gradient<Exact> gradient(const Point&, const std::vector<Seed>&, const Choice&, const std::set<int>&);

}  // namespace lrproof::oracle
