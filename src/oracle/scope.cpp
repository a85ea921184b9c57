#include "oracle/scope.hpp"

#include <algorithm>

namespace lrproof::oracle {

namespace {

std::optional<Exact> number_in(const nlohmann::json& scope, const char* key) {
  if (!scope.contains(key)) return std::nullopt;
  const auto& item = scope[key];
  const auto value = item.is_string() ? read_exact(item.get<std::string>()) : std::nullopt;
  if (!value || sgn(*value) <= 0) refuse(std::string("the scope's ") + key + " is no positive number");
  return value;
}

}  // namespace

Scope read_scope(const nlohmann::json& finding) {
  Scope scope;
  const auto it = finding.find("scope");
  if (it == finding.end() || !it->is_object() || !it->contains("kind") || !(*it)["kind"].is_string()) return scope;
  scope.kind = (*it)["kind"].get<std::string>();
  scope.radius = number_in(*it, "radius");
  if (it->contains("min_activation") && (*it)["min_activation"] != "half")
    scope.least = number_in(*it, "min_activation");
  if (scope.kind != "point" && scope.kind != "points" && scope.kind != "cell" && scope.kind != "box")
    refuse("an exemplar of a scope '" + scope.kind + "'");
  if (scope.kind == "box" && !scope.radius) refuse("a box without a radius");
  return scope;
}

Bounds feature_bounds(const Scope& scope, const Point& centre, const Bounds& domain, long feature) {
  Bounds bounds = domain;
  if (scope.kind != "box") return bounds;
  const Exact& x = centre.at<Exact>(0, feature);
  const Exact low = x - *scope.radius, high = x + *scope.radius;
  if (!bounds.low || *bounds.low < low) bounds.low = low;
  if (!bounds.high || *bounds.high > high) bounds.high = high;
  return bounds;
}

void require_same_cell(const Point& here, const Point& there) {
  const Network& network = here.network();
  for (int id = 0; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    for (long e = 0; e < node.size(); ++e) {
      if (node.kind == Kind::activation) {
        const Piece a = here.piece(id, e);
        if (a.kink && here.edge(id, e)) throw NotCovered{"edge: the input lies on a kink of '" + node.name + "'"};
        if (a.kink) continue;
        const Piece b = there.piece(id, e);
        require(b.index == a.index || (b.kink && b.index + 1 == a.index),
                "the point leaves the cell at '" + node.name + "'");
      }
      if (node.kind != Kind::max && node.kind != Kind::max_pool) continue;
      const auto& best = here.winners(id, e);
      if (best.size() > 1 && here.edge(id, e)) throw NotCovered{"edge: a max is tied at '" + node.name + "'"};
      const auto& winners = there.winners(id, e);
      require(std::find(winners.begin(), winners.end(), best.front()) != winners.end(),
              "the point leaves the cell at '" + node.name + "'");
    }
  }
}

void require_in_scope(const Scope& scope, const Point& centre, const Point& x, const Bounds& domain) {
  for (long i = 0; i < centre.network().node(0).size(); ++i) {
    const Bounds bounds = feature_bounds(scope, centre, domain, i);
    const Exact& v = x.at<Exact>(0, i);
    require((!bounds.low || v >= *bounds.low) && (!bounds.high || v <= *bounds.high),
            "the point lies outside the scope at feature " + std::to_string(i));
  }
  if (scope.kind == "cell") require_same_cell(centre, x);
}

void require_off_facets(const Point& centre, const Point& x) {
  const Network& network = x.network();
  for (int id = 0; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    for (long e = 0; node.kind == Kind::activation && e < node.size(); ++e)
      if (x.piece(id, e).kink && !centre.piece(id, e).kink)
        throw NotCovered{"edge: the witness lies on a facet, where the piece beyond has a say"};
  }
}

void require_unit_in_scope(const Scope& scope, const Point& centre, const Point& x, int node, long unit) {
  const Exact &z = centre.at<Exact>(node, unit), &there = x.at<Exact>(node, unit);
  require(sgn(z) != 0 && sgn(z) == sgn(there), "the unit does not have the sign it has at the input");
  const Exact least = scope.least ? *scope.least : Exact(abs(z) / 2);
  require(Exact(abs(there)) >= least, "the unit's activation is below the scope's");
}

}  // namespace lrproof::oracle
