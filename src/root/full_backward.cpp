#include "root/full_backward.hpp"

#include <algorithm>

#include "base/result.hpp"
#include "region/rows.hpp"

namespace lrproof::root {

using net::NodeId;
using num::Interval;
using num::Rational;
using Numbers = std::vector<Rational>;
using Per = GivenRoot::Per;

namespace {

constexpr std::int64_t kEnclosures = 6'000'000;  // at a time

Numbers rational(const std::vector<double>& from, std::size_t begin, std::size_t count) {
  if (from.empty()) return Numbers(count);
  return {from.begin() + std::ptrdiff_t(begin), from.begin() + std::ptrdiff_t(begin + count)};
}

// A tensor of the chain with its root function, at the point.
struct Link {
  const GivenRoot* given = nullptr;
  region::Suffix suffix;
  region::Edges edges;
  Numbers value, slope;    // T(x); M, empty: 0
  std::int64_t units = 1;  // roots: one, or one per unit of the tensor above

  bool per_unit() const { return given->per == Per::unit; }
  std::size_t size() const { return value.size(); }
  Numbers constant(std::int64_t unit, long input) const {
    const std::int64_t row = per_unit() ? unit : given->per == Per::input ? input : 0;
    return rational(given->constant, std::size_t(row) * size(), size());
  }
};

// A root, and where the way up to it began.
struct Placed {
  Numbers at;
  NodeId from = -1;
  std::int64_t unit = -1;
};

class FullBackward {
 public:
  FullBackward(const region::Point& point, std::int64_t target, const GivenRoots& roots, long input,
               const Domain& domain, std::int64_t budget)
      : point_(point), network_(point.network()), target_(target), input_(input), domain_(domain), budget_(budget) {
    for (const GivenRoot& given : roots) {
      LRPROOF_INVARIANT(given.per != Per::input || input >= 0,
                        "roots per input at a point that is no input of the file");
      Link& link = links_.emplace_back();
      link.given = &given;
      link.suffix = region::make_suffix(network_, given.node);
    }
  }

  Decomposition run() {
    open();
    if (out_.unknown.empty()) place();
    if (!out_.unknown.empty() || out_.leaving) return std::move(out_);
    descend();
    compare();
    return std::move(out_);
  }

 private:
  // Edges, values and costs; what cannot be asked is said.
  void open() {
    std::int64_t passes = 2;
    for (std::size_t l = 0; l < links_.size(); ++l) {
      const bool top = l + 1 == links_.size();
      if (links_[l].per_unit()) links_[l].units = top ? 1 : network_.node(links_[l + 1].given->node).size();
      passes += 1 + links_[l].units;
    }
    const std::int64_t cost = region::suffix_cost(point_.ready(), links_[0].suffix);
    if (cost > budget_ / passes) return give_up("budget: the exact decomposition needs too many multiplications");
    for (Link& link : links_) {
      link.edges = region::find_edges(point_, link.suffix);
      if (!link.edges.none()) {
        const bool known = !link.edges.ties.empty();
        const std::string unit =
            known ? network_.node(link.edges.ties[0].node).name + ":" + std::to_string(link.edges.ties[0].element)
                  : std::string("more units than are enumerated");
        const bool input = link.given->node == 0;
        return give_up("edge: at the input, " + unit + " is on a kink" +
                       (input ? "" : " as a function of " + network_.node(link.given->node).name));
      }
      const std::int64_t size = network_.node(link.given->node).size();
      for (std::int64_t k = 0; k < size; ++k) link.value.push_back(point_.exact(link.given->node, k));
      if (std::any_of(link.given->slope.begin(), link.given->slope.end(), [](double v) { return v != 0; }))
        link.slope = rational(link.given->slope, 0, link.given->slope.size()), out_.moving = true;
    }
    out_.output = point_.exact(network_.output(), target_);
  }
  void give_up(const std::string& why) { out_.unknown = why; }

  Numbers root_at(const Link& link, std::int64_t unit, const Numbers& a) const {
    Numbers root = link.constant(unit, input_);
    if (link.slope.empty()) return root;
    for (std::size_t i = 0; i < root.size(); ++i)
      for (std::size_t k = 0; k < root.size(); ++k) root[i].add_product(link.slope[i * root.size() + k], a[k]);
    return root;
  }

  // Every root that the recursion differentiates at, from the input up.
  void place() {
    std::vector<Placed> risen;
    for (std::size_t l = 0; l < links_.size() && out_.unknown.empty() && !out_.leaving; ++l) {
      const Link& link = links_[l];
      std::vector<Placed> all;
      for (std::int64_t k = 0; k < link.units; ++k) {
        all.push_back({root_at(link, k, link.value), link.given->node, link.per_unit() ? k : -1});
        count_bounds(link, all.back().at);
      }
      std::move(risen.begin(), risen.end(), std::back_inserter(all));
      judge(link, all);
      risen = l + 1 < links_.size() ? rise(link, links_[l + 1], all) : std::vector<Placed>();
    }
  }

  void count_bounds(const Link& link, const Numbers& root) {
    for (std::size_t k = 0; k < root.size(); ++k) {
      const auto bound =
          region::producer_bound(point_.ready(), link.given->node, std::int64_t(k), {domain_.low, domain_.high});
      out_.beyond_bounds += (bound.low && root[k] < *bound.low) || (bound.high && root[k] > *bound.high);
    }
  }

  void judge(const Link& link, const std::vector<Placed>& all) {
    std::int64_t elements = std::int64_t(link.size());
    for (const NodeId id : link.suffix.nodes) elements += network_.node(id).size();
    const std::size_t chunk = std::size_t(std::clamp<std::int64_t>(kEnclosures / elements, 1, 1024));
    for (std::size_t begin = 0; begin < all.size(); begin += chunk) {
      region::Candidates candidates;
      for (std::size_t c = begin; c < std::min(begin + chunk, all.size()); ++c, ++candidates.count)
        for (const Rational& v : all[c].at) candidates.values.emplace_back(v);
      const auto values = region::evaluate_suffix(point_, link.suffix, candidates);
      const region::Question question{point_,     link.suffix,
                                      link.edges, candidates,
                                      values,     [&](std::int64_t c) { return &all[begin + std::size_t(c)].at; },
                                      target_,    budget_};
      const auto found = region::in_cell(question);
      for (std::size_t c = 0; c < found.size(); ++c) {
        using Answer = region::Membership::Answer;
        if (found[c].answer == Answer::unknown) return give_up(found[c].reason);
        if (found[c].answer == Answer::inside) continue;
        const Placed& placed = all[begin + c];
        out_.leaving = LeavingRoot{link.given->node, placed.from, placed.unit, found[c]};
        return;
      }
    }
  }

  // The root function above with a slope, at what the roots here are sent to; a constant one has nothing new.
  std::vector<Placed> rise(const Link& link, const Link& above, const std::vector<Placed>& all) {
    std::vector<Placed> risen;
    if (above.slope.empty() || out_.leaving || !out_.unknown.empty()) return risen;
    const std::int64_t cost = region::suffix_cost(point_.ready(), link.suffix);
    if (cost > budget_ / std::int64_t(all.size())) {
      give_up("budget: the roots are too many to be followed upwards");
      return risen;
    }
    for (const Placed& placed : all) {
      region::ExactCone cone(
          point_.ready(), link.given->node, [&](std::int64_t k) { return placed.at[std::size_t(k)]; },
          link.suffix.moves, point_.cone());
      Numbers sent;
      for (std::size_t k = 0; k < above.size(); ++k) sent.push_back(cone.value(above.given->node, std::int64_t(k)));
      risen.push_back({root_at(above, 0, sent), placed.from, placed.unit});
    }
    return risen;
  }

  void descend() {
    Rational above = out_.output;
    for (std::size_t l = links_.size(); l-- > 0;) {
      const Link& link = links_[l];
      const Link* upper = l + 1 < links_.size() ? &links_[l + 1] : nullptr;
      const Numbers upper_s = std::move(s_);
      s_ = region::exact_gradient(point_, link.suffix, sum_of_rows(upper, upper_s));
      offset_.assign(link.size(), Rational());
      taking_part_.clear();
      for (std::int64_t k = 0; k < link.units; ++k) {
        const Numbers row =
            link.units == 1 ? s_ : region::exact_gradient(point_, link.suffix, row_of(*upper, upper_s, std::size_t(k)));
        if (std::none_of(row.begin(), row.end(), [](const Rational& v) { return !v.is_zero(); })) continue;
        taking_part_.push_back(k);
        const Numbers constant = link.constant(k, input_);
        for (std::size_t i = 0; i < row.size(); ++i) offset_[i].add_product(row[i], constant[i]);
      }
      relevance_ = relevance_at(link);
      Rational sum;
      for (const Rational& r : relevance_) sum += r;
      out_.tensors.push_back(link.given->node);
      out_.unresolved.push_back(above - sum);  // Taylor of an affine function: exact
      above = sum;
    }
    out_.sum = above;
  }

  // R^l at T_l(x).
  Numbers relevance_at(const Link& link) const {
    Numbers out;
    const Numbers moved = moved_by_slope(link);
    for (std::size_t i = 0; i < link.size(); ++i) {
      Rational r = link.value[i];
      if (!moved.empty()) r -= moved[i];
      out.push_back(s_[i] * r - offset_[i]);
    }
    return out;
  }
  Numbers moved_by_slope(const Link& link) const {
    Numbers moved;
    if (link.slope.empty()) return moved;
    const std::size_t n = link.size();
    for (std::size_t i = 0; i < n; ++i) {
      moved.emplace_back();
      for (std::size_t k = 0; k < n; ++k) moved[i].add_product(link.slope[i * n + k], link.value[k]);
    }
    return moved;
  }

  // Row k of R^l+1 as a sum of elements of T_l+1: s_k (e_k - M_k).
  std::vector<region::Weighted> row_of(const Link& upper, const Numbers& s, std::size_t k) const {
    std::vector<region::Weighted> row{{{upper.given->node, std::int64_t(k)}, s[k]}};
    const std::size_t n = upper.size();
    for (std::size_t j = 0; !upper.slope.empty() && j < n; ++j)
      row.push_back({{upper.given->node, std::int64_t(j)}, -(s[k] * upper.slope[k * n + j])});
    return row;
  }
  std::vector<region::Weighted> sum_of_rows(const Link* upper, const Numbers& s) const {
    if (!upper) return {{{network_.output(), target_}, Rational(1)}};
    const std::size_t n = upper->size();
    std::vector<region::Weighted> sum;
    for (std::size_t j = 0; j < n; ++j) {
      Rational u = s[j];
      for (std::size_t k = 0; !upper->slope.empty() && k < n; ++k) u -= s[k] * upper->slope[k * n + j];
      sum.push_back({{upper->given->node, std::int64_t(j)}, std::move(u)});
    }
    return sum;
  }

  // R^0 with grad f_c (*) (x - root), for the root of every unit that takes part.
  void compare() {
    const Link& link = links_[0];
    const Numbers g = region::exact_gradient(point_, link.suffix, {{{network_.output(), target_}, Rational(1)}});
    const std::int64_t first = taking_part_.empty() ? 0 : taking_part_[0];
    if (taking_part_.empty()) taking_part_.push_back(0);  // every root has weight 0: R = 0, and so must be the other
    out_.same_function = !out_.moving;
    for (const auto k : taking_part_) {
      const Numbers root = root_at(link, k, link.value), constant = link.constant(k, input_);
      for (std::size_t i = 0; i < g.size(); ++i) {
        Rational wanted = g[i] * (link.value[i] - root[i]);
        if (k == first) out_.at_root -= wanted;
        out_.same_function = out_.same_function && s_[i] == g[i] && offset_[i] == g[i] * constant[i];
        if (!out_.other && relevance_[i] != wanted)
          out_.other = OtherMap{std::int64_t(i), link.per_unit() ? k : -1, relevance_[i], std::move(wanted)};
      }
    }
    out_.at_root += out_.output;
    out_.relevance = std::move(relevance_);
  }

  const region::Point& point_;
  const net::Network& network_;
  std::int64_t target_;
  long input_;
  const Domain& domain_;
  std::int64_t budget_;
  std::vector<Link> links_;
  Decomposition out_;
  Numbers s_, offset_, relevance_;         // of the tensor reached
  std::vector<std::int64_t> taking_part_;  // its units whose root has a weight
};

}  // namespace

Decomposition decompose(const region::Point& point, std::int64_t target, const GivenRoots& roots, long input,
                        const Domain& domain, std::int64_t budget) {
  return FullBackward(point, target, roots, input, domain, budget).run();
}

}  // namespace lrproof::root
