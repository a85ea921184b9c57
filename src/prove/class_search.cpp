#include "prove/class_search.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "prove/class_slopes.hpp"
#include "prove/float_lp.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kDepth = 200;
constexpr std::int64_t kFewInputs = 12;  // inputs are halved where there are no more; units are cut otherwise
constexpr std::int64_t kHalved = 1000;   // parts that are halved after all
constexpr std::size_t kTreeWords = 400'000;

struct Found {};  // thrown and caught here: a counterexample
struct Open {
  std::string reason;
};

class Search {
 public:
  explicit Search(const ClassQuestion& q)
      : q_(q), bounds_(q.bounds), network_(q.bounds.network()), slopes_(q.bounds), out_(network_.output()) {
    for (const auto& bound : q.box) box_.emplace_back(bound.low->lower(), bound.high->upper());
    for (NodeId id = 1; id < network_.size(); ++id)
      if (std::holds_alternative<net::Activation>(network_.node(id).op)) activations_.push_back(id);
    pass_ = 4 * bounds_.cost(out_);
  }

  ClassAnswer run() {
    try {
      attempt();
      answer_.kind = ClassAnswer::Kind::greatest;
    } catch (const Found&) {
      answer_.kind = ClassAnswer::Kind::rivalled;
    } catch (const Open& open) {
      answer_.reason = open.reason;
    }
    return std::move(answer_);
  }

 private:
  struct Part {
    std::vector<Interval> box;
    TensorBounds cuts;    // what cuts at kinks say; an empty vector: nothing of that tensor
    TensorBounds bounds;  // of everything
    SlopeState state;
    int depth = 0;
  };

  void attempt() {
    Part whole;
    whole.box = box_, whole.cuts.resize(std::size_t(network_.size()));
    try_input(q_.centre);
    reframe(whole);
    const auto& outputs = whole.bounds[std::size_t(out_)];
    double scale = 0;
    for (const Interval& f : outputs) scale = std::max(scale, f.magnitude());
    if (!std::isfinite(scale)) throw Open{"the bounds of the outputs are not finite"};
    margin_ = std::max(scale * 1e-9, 1e-300);
    answer_.least = kInfinity;
    for (std::int64_t k = 0; k < network_.output_size(); ++k)
      if (k != q_.target) descend_from(k);
    for (rival_ = 0; rival_ < network_.output_size(); ++rival_) {
      if (rival_ == q_.target) continue;
      sum_ = {out_, std::vector<double>(std::size_t(network_.output_size()))};
      sum_.factor[std::size_t(q_.target)] = 1, sum_.factor[std::size_t(rival_)] = -1;
      word("r" + std::to_string(rival_));
      Part part = whole;
      part.state = SlopeState(network_);
      close(part);
    }
  }

  void spend(std::int64_t passes) {
    spent_ += passes * pass_;
    if (spent_ > q_.steps)
      throw Open{"budget: the box was cut into " + std::to_string(answer_.parts) + " parts, and some are open"};
  }

  void reframe(Part& part) {
    std::int64_t units = 1;
    for (const NodeId id : activations_) units += network_.node(id).size();
    spend(units);
    auto bounds = bounds_.over(part.box, part.cuts);
    if (!bounds) throw Open{"the box is empty"};
    part.bounds = std::move(*bounds);
  }

  void word(const std::string& text) {
    auto& all = answer_.tree.text;
    if (!all.empty()) all += ' ';
    all += text;
    if (++words_ > kTreeWords) throw Open{"budget: a proof of more than " + std::to_string(kTreeWords) + " words"};
  }
  std::string name(NodeId id, std::int64_t element) {
    auto& nodes = answer_.tree.nodes;
    const std::string& wanted = network_.node(id).name;
    const auto found = std::find(nodes.begin(), nodes.end(), wanted);
    const auto k = found - nodes.begin();
    if (found == nodes.end()) nodes.push_back(wanted);
    return std::to_string(k) + ":" + std::to_string(element);
  }

  void close(Part& part) {
    ++answer_.parts;
    if (LinearBounds::empty(part.bounds)) return word("."), void();
    spend(1);
    if (answer_.parts % 128 == 0) descend_within(part);
    if (part.depth == 0) {
      const Substituted plain = bounds_.least(part.bounds, sum_);
      if (plain.least > margin_) return word("."), lower(plain.least);
    }
    Climb best = climb(part);
    if (best.value > margin_ && leaf(part, part.state)) return;
    try_corner(part, best.at.input);
    if (part.depth >= kDepth) throw Open{"budget: a part of the box was cut " + std::to_string(kDepth) + " times"};
    if (network_.input_size() <= kFewInputs) return halve_input(part, best);
    const auto cut = best_cut(part, best);
    if (!cut) return settle(part, best);
    cut_unit(part, *cut);
  }

  void lower(double least) { answer_.least = std::min(answer_.least, least); }

  struct Climb {
    double value = -kInfinity;
    Substituted below;
    Relaxed at;
  };

  // The best bound that some steps up its gradient find; the part keeps its slopes.
  Climb climb(Part& part) {
    constexpr int kSteps = 30, kPatience = 8;
    Climb best;
    SlopeState kept = part.state;
    part.state.rest();
    int since = 0;
    for (int step = 0; step < kSteps && since < kPatience; ++step, ++since) {
      spend(1);
      Substituted below = bounds_.guess(part.bounds, sum_, slopes_.choice(part.state));
      Relaxed at = slopes_.relaxed(part.bounds, below, part.state);
      const bool better = below.least > best.value + 1e-3 * std::abs(best.value);
      if (below.least > best.value || best.at.input.empty()) {
        best.value = below.least, best.below = below, best.at = at, kept = part.state;
        if (better) since = 0;
      }
      if (best.value > 2 * margin_) break;
      slopes_.step(part.state, part.bounds, below, at, step);
    }
    part.state = std::move(kept);
    return best;
  }

  // Closes the part with slopes of few digits, as the certificate has them.
  bool leaf(const Part& part, const SlopeState& state) {
    for (const int digits : {16, 52}) {
      std::vector<SlopeUse> used;
      spend(1);
      const double least = bounds_.least(part.bounds, sum_, slopes_.rounded(state, digits, used)).least;
      if (!(least > margin_)) continue;
      std::string text = "s";
      for (const SlopeUse& use : used) {
        text += (text.size() > 1 ? "," : "") + name(use.node, use.element);
        answer_.tree.slopes.push_back(Rational(use.slope));
      }
      words_ += used.size();
      word(used.empty() ? "." : text), lower(least);
      return true;
    }
    return false;
  }

  struct Cut {
    NodeId activation = -1, tensor = -1;
    std::int64_t element = -1;
    std::size_t kink = 0;
  };

  // The unit whose line is farthest from it at the point where the bound is taken.
  std::optional<Cut> best_cut(const Part& part, const Climb& climb) const {
    std::optional<Cut> best;
    double top = -1;
    for (const NodeId id : activations_) {
      const auto& factors = climb.below.factors[std::size_t(id)];
      const auto& activation = std::get<net::Activation>(network_.node(id).op);
      const NodeId in = network_.node(id).inputs[0];
      for (std::int64_t e = 0; e < network_.node(id).size(); ++e) {
        const Interval& t = part.bounds[std::size_t(in)][std::size_t(e)];
        const auto& kinks = activation.curve(e).kinks;
        for (std::size_t k = 0; k < kinks.size(); ++k) {
          const double kink = kinks[k].to_double();
          if (!(t.lo < kink && t.hi > kink)) continue;
          const double factor = factors.empty() ? 0 : factors[std::size_t(e)];
          const double gap = std::abs(factor) * (t.hi - kink) * (kink - t.lo) / (t.hi - t.lo);
          const double score = gap + 2 * std::abs(factor) * slopes_.apart(climb.at, id, e);
          if (score > top) top = score, best = Cut{id, in, e, k};
        }
      }
    }
    return best;
  }

  void restrict(Part& part, NodeId tensor, std::int64_t element, const Interval& range) const {
    auto& cuts = part.cuts[std::size_t(tensor)];
    if (cuts.empty()) cuts.assign(std::size_t(network_.node(tensor).size()), Interval::everything());
    for (Interval* t : {&cuts[std::size_t(element)], &part.bounds[std::size_t(tensor)][std::size_t(element)]})
      *t = LinearBounds::meet(*t, range);
  }

  void cut_unit(Part& part, const Cut& cut) {
    const Rational kink =
        std::get<net::Activation>(network_.node(cut.activation).op).curve(cut.element).kinks[cut.kink];
    word("u" + name(cut.tensor, cut.element));
    answer_.tree.cuts.push_back(kink);
    for (const bool above : {false, true}) {
      Part child = part;
      ++child.depth;
      restrict(child, cut.tensor, cut.element,
               above ? Interval(kink.lower(), kInfinity) : Interval(-kInfinity, kink.upper()));
      child.state.cut(cut.activation, cut.element, kink.to_double(), above ? 1 : -1);
      close(child);
    }
  }

  // The input along which the bound falls most, cut in the middle; the bounds of everything are made anew.
  void halve_input(const Part& part, const Climb& climb) {
    std::size_t widest = 0;
    double top = -1;
    const auto& factors = climb.below.factors[0];
    for (std::size_t i = 0; i < part.box.size(); ++i) {
      const double width = part.box[i].hi - part.box[i].lo;
      const double score = width * (1e-9 + (factors.empty() ? 0 : std::abs(factors[i])));
      if (score > top) top = score, widest = i;
    }
    const Interval& side = part.box[widest];
    const double middle = double(float(side.lo / 2 + side.hi / 2));
    const double at = side.lo < middle && middle < side.hi ? middle : side.lo / 2 + side.hi / 2;
    if (!(side.lo < at && at < side.hi)) throw Open{"a part of the box has no middle in doubles, and is open"};
    word("x" + std::to_string(widest));
    answer_.tree.cuts.push_back(Rational(at));
    for (const bool above : {false, true}) {
      Part child = part;
      ++child.depth;
      (above ? child.box[widest].lo : child.box[widest].hi) = at;
      reframe(child);
      close(child);
    }
  }

  // Every unit has its piece: one linear program over the box and the cuts. It may find the cuts contradictory at a
  // price, and so always has an optimum, whose prices are the cuts' multipliers.
  void settle(Part& part, const Climb& climb) {
    const auto inputs = std::size_t(network_.input_size());
    const auto held = part.state.held();
    const double steep = 1e3 * std::max(1.0, margin_ * 1e9);
    FloatProgram p;
    p.columns = inputs + 1;
    const Substituted below = bounds_.guess(part.bounds, sum_, slopes_.choice(SlopeState(network_)));
    if (below.factors[0].empty())
      p.cost.assign(inputs, 0);
    else
      p.cost = below.factors[0];
    p.cost.push_back(steep);
    for (const Interval& x : part.box) p.low.push_back(x.lo), p.high.push_back(x.hi);
    p.low.push_back(0), p.high.push_back(kInfinity);
    for (const HeldUnit& unit : held) {
      ElementSum one{network_.node(unit.activation).inputs[0], {}};
      one.factor.resize(std::size_t(network_.node(one.node).size()));
      one.factor[std::size_t(unit.element)] = unit.side;
      spend(1);
      const Substituted form = bounds_.guess(part.bounds, one, slopes_.choice(SlopeState(network_)));
      std::vector<double> row = form.factors[0].empty() ? std::vector<double>(inputs) : form.factors[0];
      double constant = form.least;  // less what the box takes
      for (std::size_t i = 0; i < inputs; ++i)
        if (row[i] != 0) constant -= row[i] * (row[i] > 0 ? part.box[i].lo : part.box[i].hi);
      row.push_back(1);
      p.rows.insert(p.rows.end(), row.begin(), row.end());
      p.row_low.push_back(unit.side * unit.kink - constant), p.row_high.push_back(kInfinity);
    }
    const FloatOptimum found = minimise(p, 20'000);
    if (found.found) {
      SlopeState priced = part.state;
      priced.forget();
      for (std::size_t r = 0; r < held.size(); ++r) priced.price(held[r], std::max(found.price[r], 0.0));
      if (leaf(part, priced)) return;
      try_near(std::vector<double>(found.x.begin(), found.x.begin() + long(inputs)));
    }
    try_near(climb.at.input);
    // Maxima have no cuts, and a program in doubles may miss: smaller boxes make do without.
    if (++halved_ <= kHalved) return halve_input(part, climb);
    throw Open{"a part of the box was decided neither way: an output is as great up to rounding"};
  }

  // Counterexamples.
  double lead(const std::vector<double>& x, std::int64_t* rival = nullptr) const {
    const auto values = bounds_.near().run(x, 1);
    const auto& f = values.of[std::size_t(out_)];
    double least = kInfinity;
    for (std::size_t k = 0; k < f.size(); ++k) {
      const double gap = f[std::size_t(q_.target)] - f[k];
      if (std::int64_t(k) == q_.target || !(gap < least)) continue;
      least = gap;
      if (rival) *rival = std::int64_t(k);
    }
    return least;
  }

  // Ends of the box exactly where the doubles are at them.
  std::vector<Rational> exact(const std::vector<double>& x) const {
    std::vector<Rational> out;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] <= box_[i].lo)
        out.push_back(*q_.box[i].low);
      else if (x[i] >= box_[i].hi)
        out.push_back(*q_.box[i].high);
      else
        out.push_back(num::max(*q_.box[i].low, num::min(*q_.box[i].high, Rational(x[i]))));
    }
    return out;
  }
  void try_input(const std::vector<Rational>& x) {
    if (!q_.rivalled(x)) return;
    answer_.at = x;
    throw Found{};
  }
  void try_point(const std::vector<double>& x) {
    spend(1);
    if (lead(x) <= margin_ && tried_.insert(x).second) try_input(exact(x));
  }
  void try_corner(const Part& part, const std::vector<double>& x) {
    try_point(x);
    if (answer_.parts < 100 || part.depth % 4 == 0) descend(x, rival_, 4);
  }

  // A tie that no rounding hits may be one at a number of few digits.
  void try_near(const std::vector<double>& x) {
    try_point(x);
    for (const double unit : {0x1p-4, 0x1p-12, 0x1p-24}) {
      std::vector<double> brief = x;
      for (double& v : brief) v = std::round(v / unit) * unit;
      try_point(brief);
    }
  }

  // Steps against the gradient of f_c - f_k, shorter and shorter.
  void descend(std::vector<double> x, std::int64_t rival, int steps) {
    ElementSum sum{out_, std::vector<double>(std::size_t(network_.output_size()))};
    sum.factor[std::size_t(q_.target)] = 1, sum.factor[std::size_t(rival)] = -1;
    double reach = 1;
    for (int step = 0; step < steps; ++step, reach *= 0.6) {
      spend(2);
      const auto values = bounds_.near().run(x, 1);
      TensorBounds here(values.of.size());
      for (std::size_t id = 0; id < here.size(); ++id) here[id].assign(values.of[id].begin(), values.of[id].end());
      const auto factors = bounds_.guess(here, sum, slopes_.gradient()).factors[0];
      if (factors.empty()) return;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double width = box_[i].hi - box_[i].lo;
        if (factors[i] != 0) x[i] -= std::copysign(reach * width, factors[i]);
        x[i] = std::clamp(x[i], box_[i].lo, box_[i].hi);
      }
      try_point(x);
    }
  }
  // Where many parts were cut: from seeded points of the one at hand.
  void descend_within(const Part& part) {
    for (int k = 0; k < 8; ++k) {
      std::vector<double> x;
      for (const Interval& side : part.box)
        x.push_back(std::uniform_real_distribution<double>(side.lo, side.hi)(random_));
      descend(std::move(x), rival_, 12);
    }
  }
  void descend_from(std::int64_t rival) {
    std::vector<double> x;
    for (std::size_t i = 0; i < q_.centre.size(); ++i)
      x.push_back(std::clamp(q_.centre[i].to_double(), box_[i].lo, box_[i].hi));
    descend(std::move(x), rival, 12);
  }

  const ClassQuestion& q_;
  const LinearBounds& bounds_;
  const net::Network& network_;
  UnitSlopes slopes_;
  const NodeId out_;
  std::vector<Interval> box_;
  std::vector<NodeId> activations_;
  ClassAnswer answer_;
  ElementSum sum_;
  std::int64_t rival_ = 0, pass_ = 0, spent_ = 0, halved_ = 0;
  std::size_t words_ = 0;
  double margin_ = 0;
  std::set<std::vector<double>> tried_;
  std::mt19937_64 random_{1};
};

}  // namespace

ClassAnswer search_class(const ClassQuestion& question) { return Search(question).run(); }

}  // namespace lrproof::prove
