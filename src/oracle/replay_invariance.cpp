// inv.*: the relevance of the input is computed anew on both networks. The second one is what the model's file holds
// before its rewrites, or the network with units of a layer scaled, which is made here, weight by weight.
#include <algorithm>

#include "oracle/question.hpp"

namespace lrproof::oracle {

namespace {

/// The unit of the layer that each element of a tensor belongs to.
using Units = std::vector<long>;

Units units_of(const Node& layer) {
  const bool dense = layer.kind == Kind::dense && layer.rows == 1;
  require(dense || layer.kind == Kind::conv, "a layer whose units are not scaled");
  Units units;
  for (long e = 0; e < layer.size(); ++e) units.push_back(dense ? e : unflatten(e, layer.shape)[1]);
  return units;
}

// f(c a) = c f(a) for c > 0, element by element, and each element of one unit alone.
Units behind(const Network& network, const Node& node, const Units& below) {
  Units units;
  for (long e = 0; e < node.size(); ++e) {
    long unit = -1;
    const auto take = [&](long element) {
      const long here = below[std::size_t(element)];
      require(unit < 0 || unit == here, "a node that mixes units");
      unit = here;
    };
    if (node.kind == Kind::activation) {
      const Curve& curve = node.curve(e);
      const auto zero = [](const Exact& v) { return sgn(v) == 0; };
      require(std::ranges::all_of(curve.kinks, zero) && std::ranges::all_of(curve.intercepts, zero),
              "an activation that scaling does not pass");
      take(e);
    } else if (node.kind == Kind::move) {
      const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
      require(s.operand == 0, "a node that reads something else");
      take(s.element);
    } else if (node.kind == Kind::max_pool) {
      rivals(network, node, e, [&](const Source& s) { take(s.element); });
    } else {
      require(node.kind == Kind::average_pool, "a node between that scaling does not pass");
      taps(network, node, e, [&](int, long element, long) { take(element); });
    }
    units.push_back(unit);
  }
  return units;
}

/// Weight by weight: the factor of the unit that each belongs to.
void scale_weights(const Network& before, Node& node, const std::vector<Exact>& factors,
                   const std::function<long(long out, long element)>& unit_of) {
  std::vector<int> of(std::size_t(node.weight.size()), -1);
  for (long out = 0; out < node.size(); ++out)
    taps(before, node, out, [&](int, long element, long weight) {
      int& slot = of[std::size_t(weight)];
      const long unit = unit_of(out, element);
      require(slot < 0 || slot == unit, "a weight that two units share");
      slot = int(unit);
    });
  for (int& slot : of) slot = std::max(slot, 0);  // meets padding alone
  std::vector<Exact> scaled;
  for (long w = 0; w < node.weight.size(); ++w)
    scaled.push_back(node.weight.exact(w) * factors[std::size_t(of[std::size_t(w)])]);
  node.weight = Numbers(scaled);
}

Network rescaled(const Network& network, int place, long unit) {
  Network out = network;
  Node& layer = out.nodes[std::size_t(place)];
  Units units = units_of(layer);
  const long count = *std::ranges::max_element(units) + 1;
  require(unit >= -1 && unit < count, "no such unit");
  std::vector<Exact> up, down;
  for (long u = 0; u < count; ++u) {
    const bool doubled = unit < 0 ? u % 2 == 0 : u == unit;
    up.emplace_back(doubled ? 2 : 1), down.push_back(Exact(1) / up.back());
  }
  const Units own = units;
  scale_weights(network, layer, up, [&](long e, long) { return own[std::size_t(e)]; });
  if (layer.bias.size() > 0) {
    std::vector<Exact> bias;
    for (long b = 0; b < layer.bias.size(); ++b)
      bias.push_back(layer.bias.exact(b) * up[std::size_t(b / (layer.bias.size() / count))]);
    layer.bias = Numbers(bias);
  }
  for (int at = place;;) {
    const auto readers = network.readers(at);
    const bool is_output = std::ranges::find(network.outputs, at) != network.outputs.end();
    require(readers.size() == 1 && !is_output, "units that more than one node reads");
    at = readers[0];
    Node& reader = out.nodes[std::size_t(at)];
    require(reader.inputs.size() == 1, "a reader of several operands");
    if (reader.kind == Kind::dense || reader.kind == Kind::conv) {
      scale_weights(network, reader, down, [&](long, long element) { return units[std::size_t(element)]; });
      return out;
    }
    units = behind(network, reader, units);
  }
}

struct Maps {
  const Explanation &one, &other;
  bool gradient;

  template <class N>
  N at(const Explanation& of, long e) const {
    return gradient ? of.slope<N>(0, e) : of.relevance<N>(0, e);
  }
};

bool disjoint(const Enclosure& a, const Enclosure& b) { return a.hi < b.lo || b.hi < a.lo; }

void replay_maps(const Question& q, const Maps& maps) {
  const auto unambiguous = [&] {
    if (maps.other.ambiguous() || maps.one.ambiguous()) throw NotCovered{"edge: a tie or a kink at the input"};
  };
  if (q.verdict == "proved") {
    require(q.kind == "same-map", "a proof of another kind");
    for (long e = 0; e < q.network().node(0).size(); ++e) {
      const bool same = maps.at<Exact>(maps.one, e) == maps.at<Exact>(maps.other, e);
      unambiguous();
      require(same, "the maps differ at element " + std::to_string(e));
    }
    return;
  }
  require(q.kind == "other-map", "a witness of another kind");
  const long e = q.index("element");
  require(e >= 0 && e < q.network().node(0).size(), "no such element");
  const Pair first = q.pair("first"), second = q.pair("second");
  require(first.hi < second.lo || second.hi < first.lo, "the witness' pairs meet");
  const Enclosure a = maps.at<Enclosure>(maps.one, e), b = maps.at<Enclosure>(maps.other, e);
  unambiguous();
  require(first.meets(a) && second.meets(b), "the relevance is not what the witness says");
  if (disjoint(a, b)) return;
  const Exact exact = maps.at<Exact>(maps.one, e), there = maps.at<Exact>(maps.other, e);
  require(first.holds(exact) && second.holds(there), "the relevance is not what the witness says");
  require(exact != there, "both networks give the element the same");
}

}  // namespace

void replay_invariance(const Question& q, const Beside& beside) {
  if (q.kind == "by-law") throw NotCovered{"a law of rules"};
  if (q.check == "inv.impl") {
    require(q.notion == (q.by_rules ? "" : "gradient"), "a notion that the claim does not have");
    const Explanation& other = beside.before();
    return replay_maps(q, {q.explanation, other, !q.by_rules});
  }
  require(q.check == "inv.rescale" && q.by_rules && q.verdict == "refuted", "another claim");
  const Network network = rescaled(q.network(), q.place(), q.index("unit"));
  beside.on(network, [&](const Explanation& other) { replay_maps(q, {q.explanation, other, false}); });
}

}  // namespace lrproof::oracle
