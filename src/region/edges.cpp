#include "region/edges.hpp"

#include <algorithm>
#include <set>

#include "num/simplex.hpp"

namespace lrproof::region {

using net::NodeId;
using num::Rational;

namespace {

// Which elements do not depend on the suffix's tensor near the point, by structure alone: behind a flat piece, a zero
// weight, a frozen tensor. A tied activation counts only when its argument is constant.
class Constancy {
 public:
  Constancy(const Point& point, const Suffix& suffix) : point_(point), suffix_(suffix) {
    known_.resize(std::size_t(point.network().size()));
    for (const auto& tie : point.ties()) tied_.insert({tie.node, tie.element});
  }

  bool constant(NodeId id, std::int64_t k) {
    if (id == suffix_.at) return false;
    if (!suffix_.moves[std::size_t(id)]) return true;
    auto& known = known_[std::size_t(id)];
    const net::Node& node = point_.network().node(id);
    if (known.empty()) known.assign(std::size_t(node.size()), -1);
    if (known[std::size_t(k)] < 0) {
      const bool answer = decide(id, node, k);
      known_[std::size_t(id)][std::size_t(k)] = answer;
    }
    return known_[std::size_t(id)][std::size_t(k)] == 1;
  }

 private:
  bool decide(NodeId id, const net::Node& node, std::int64_t k) {
    const bool tied = tied_.count({id, k}) > 0;
    const auto& choice = point_.branch().choice[std::size_t(id)];
    if (const auto* a = std::get_if<net::Activation>(&node.op)) {
      if (!tied && a->curve(k).slopes[std::size_t(choice[std::size_t(k)])].is_zero()) return true;
      return constant(node.inputs[0], k);
    }
    if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op)) {
      const auto from = candidates(point_.ready(), id, k);
      if (!tied)
        return constant(from[std::size_t(choice[std::size_t(k)])].first,
                        from[std::size_t(choice[std::size_t(k)])].second);
      return std::all_of(from.begin(), from.end(), [&](const auto& c) { return constant(c.first, c.second); });
    }
    if (net::is_affine(node.op)) {
      const net::Linear& linear = point_.ready().linear(id);
      bool all = true;
      linear.taps(k, [&](std::int64_t in, std::int64_t w) {
        if (!all || linear.weights().rational(std::size_t(w)).is_zero()) return;
        const bool several = node.inputs.size() > 1;
        all = constant(node.inputs[several ? std::size_t(in / node.size()) : 0], several ? in % node.size() : in);
      });
      return all;
    }
    const auto [in, from] = moved_from(point_.network(), id, k);
    return in < 0 || constant(in, from);
  }

  const Point& point_;
  const Suffix& suffix_;
  std::vector<std::vector<signed char>> known_;
  std::set<std::pair<NodeId, std::int64_t>> tied_;
};

using Row = std::vector<Rational>;

// Is there a direction d with row . d > 0 for all rows?
bool open_cone(const std::vector<Row>& rows) {
  if (rows.empty()) return true;
  num::Simplex simplex(std::vector<num::Bound>(rows[0].size()));
  for (const Row& row : rows) simplex.add_row(row, {Rational(1), std::nullopt});
  const auto answer = simplex.solve(10000).answer;
  return answer != num::Feasibility::Answer::infeasible;
}

class Enumeration {
 public:
  Enumeration(const Point& point, const Suffix& suffix, Edges& edges)
      : point_(point), suffix_(suffix), edges_(edges), branch_(point.branch()) {}

  void run(std::size_t i) {
    if (i == edges_.ties.size()) {
      edges_.full.push_back(options_);
      return;
    }
    const Tie& tie = edges_.ties[i];
    const net::Node& node = point_.network().node(tie.node);
    auto& on = branch_.choice[std::size_t(tie.node)][std::size_t(tie.element)];
    const auto before = on;
    bool kink = false;
    for (std::size_t o = 0; o < tie.options.size(); ++o) {
      std::vector<Row> added;
      const bool distinct = std::holds_alternative<net::Activation>(node.op) ? activation_rows(tie, o, added)
                                                                             : maximum_rows(tie, o, added);
      if (!distinct) continue;
      kink = true;
      for (const Row& row : added) rows_.push_back(row);
      if (open_cone(rows_)) {
        on = tie.options[o];
        options_.push_back(tie.options[o]);
        run(i + 1);
        options_.pop_back();
      }
      rows_.resize(rows_.size() - added.size());
    }
    on = before;
    if (kink) return;
    options_.push_back(-1);  // the pieces coincide here
    run(i + 1);
    options_.pop_back();
  }

 private:
  Row gradient(NodeId node, std::int64_t element) const {
    return suffix_gradient_exact(point_, suffix_, node, element, choice_of(branch_));
  }
  static bool is_zero(const Row& row) {
    return std::all_of(row.begin(), row.end(), [](const Rational& v) { return v.is_zero(); });
  }
  // The lower piece lies where the pre-activation falls, the upper where it rises.
  bool activation_rows(const Tie& tie, std::size_t option, std::vector<Row>& rows) const {
    Row row = gradient(point_.network().node(tie.node).inputs[0], tie.element);
    if (is_zero(row)) return false;
    if (option == 0)
      for (auto& v : row) v = -v;
    rows.push_back(std::move(row));
    return true;
  }
  // The winner lies strictly above every tied candidate that is another function; of equal ones the first stands.
  bool maximum_rows(const Tie& tie, std::size_t option, std::vector<Row>& rows) const {
    const auto from = candidates(point_.ready(), tie.node, tie.element);
    const auto* max = std::get_if<net::Max>(&point_.network().node(tie.node).op);
    std::vector<Row> gradients;
    for (const int slot : tie.options) gradients.push_back(gradient_of(from[std::size_t(slot)]));
    for (std::size_t other = 0; other < gradients.size(); ++other) {
      if (other == option) continue;
      Row row = gradients[option];
      for (std::size_t k = 0; k < row.size(); ++k) {
        row[k] -= gradients[other][k];
        if (max && max->minimum) row[k] = -row[k];
      }
      if (!is_zero(row))
        rows.push_back(std::move(row));
      else if (other < option)
        return false;
    }
    return !rows.empty();
  }
  Row gradient_of(const std::pair<NodeId, std::int64_t>& at) const {
    const std::int64_t size = point_.network().node(suffix_.at).size();
    if (at.first == suffix_.at) {
      Row unit(static_cast<std::size_t>(size));
      unit[std::size_t(at.second)] = Rational(1);
      return unit;
    }
    if (!suffix_.moves[std::size_t(at.first)]) return Row(std::size_t(size));
    return gradient(at.first, at.second);
  }

  const Point& point_;
  const Suffix& suffix_;
  Edges& edges_;
  Branch branch_;
  std::vector<int> options_;
  std::vector<Row> rows_;
};

}  // namespace

Edges find_edges(const Point& point, const Suffix& suffix, std::size_t budget) {
  Edges edges;
  Constancy constancy(point, suffix);
  for (const Tie& tie : point.ties()) {
    if (!suffix.moves[std::size_t(tie.node)]) continue;
    Tie genuine = tie;
    const net::Node& node = point.network().node(tie.node);
    if (std::holds_alternative<net::Activation>(node.op)) {
      if (constancy.constant(node.inputs[0], tie.element)) continue;
    } else {
      const auto from = candidates(point.ready(), tie.node, tie.element);
      std::erase_if(genuine.options, [&](int slot) {
        return slot != tie.options[0] &&
               (from[std::size_t(slot)] == from[std::size_t(tie.options[0])] ||
                (constancy.constant(from[std::size_t(slot)].first, from[std::size_t(slot)].second) &&
                 constancy.constant(from[std::size_t(tie.options[0])].first,
                                    from[std::size_t(tie.options[0])].second)));
      });
      if (genuine.options.size() < 2) continue;
    }
    edges.ties.push_back(std::move(genuine));
  }
  if (edges.ties.size() > budget) {
    edges.complete = false;
    return edges;
  }
  if (edges.ties.empty()) {
    edges.full.emplace_back();
    return edges;
  }
  Enumeration(point, suffix, edges).run(0);
  return edges;
}

Branch with_options(const Point& point, const Edges& edges, const std::vector<int>& options) {
  Branch branch = point.branch();
  for (std::size_t i = 0; i < options.size(); ++i)
    if (options[i] >= 0)
      branch.choice[std::size_t(edges.ties[i].node)][std::size_t(edges.ties[i].element)] = options[i];
  return branch;
}

}  // namespace lrproof::region
