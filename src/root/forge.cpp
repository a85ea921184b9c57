#include "root/forge.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "root/row_form.hpp"

namespace lrproof::root {

using num::Rational;

const char* word(Obstacle obstacle) {
  switch (obstacle) {
    case Obstacle::zero_column:
      return "zero-column";
    case Obstacle::zero_gradient:
      return "zero-gradient";
    case Obstacle::no_room:
      return "no-room";
    case Obstacle::signs:
      return "signs";
    case Obstacle::kink:
      return "kink";
    case Obstacle::undecided:
      break;
  }
  return "undecided";
}

namespace {

using Numbers = std::vector<Rational>;

constexpr int kHalvings = 4000;      // of a step that has to become small enough
constexpr int kQuickHalvings = 200;  // of the same, as long as enclosures decide
constexpr int kBisections = 24;      // of the ends of a line

Rational dot(const Numbers& a, const Numbers& b) {
  Rational sum;
  for (std::size_t k = 0; k < a.size(); ++k) sum.add_product(a[k], b[k]);
  return sum;
}

Numbers along(const Numbers& base, const Rational& s, const Numbers& direction) {
  Numbers out = base;
  for (std::size_t k = 0; k < out.size(); ++k) out[k].add_product(s, direction[k]);
  return out;
}

Rational short_number(double v) { return Rational(double(float(v))); }

// Units of T that share one root at the input, and the features that root moves; weight = sum of g_k d_k over them.
struct Group {
  std::vector<std::int64_t> units;
  std::vector<bool> features;
  Rational weight, share;  // share: sum of e over the features
};

// A line with the part of it that is open in the cell, low < 0 < high, and the groups its direction makes.
struct Stretch {
  Line line;
  Rational low, high;
  std::vector<Group> groups;
  bool bounded = true;

  // Where c has to be able to go, from c, in units of d, for kappa = 1.
  Rational least() const {
    Rational v;
    for (const Group& g : groups) v = num::min(v, g.share / g.weight);
    return v;
  }
  Rational most() const {
    Rational v;
    for (const Group& g : groups) v = num::max(v, g.share / g.weight);
    return v;
  }
  bool enough() const { return most() - least() < high - low; }  // for kappa = 1
  // kappa that the line allows; everything when nothing has to move.
  double room() const {
    const double need = (most() - least()).to_double();
    return need > 0 ? (high - low).to_double() / need : HUGE_VAL;
  }
};

class Forge {
 public:
  Forge(const HiddenCut& cut, const Numbers& map, const ForgeSettings& settings)
      : cut_(cut), map_(map), settings_(settings), x_(cut.at().point().x()) {
    for (std::size_t i = 0; i < map.size(); ++i)
      if (!map[i].is_zero()) wanted_.push_back(std::int64_t(i)), sum_ += map[i];
  }

  Forgery run() {
    if (const std::string unit = cut_.kink(); !unit.empty()) return stopped(Obstacle::kink, {}, unit);
    if (wanted_.empty()) return nothing_to_explain();
    const auto& g = cut_.gradient();
    if (std::all_of(g.begin(), g.end(), [](const Rational& v) { return v.is_zero(); }))
      return stopped(Obstacle::zero_gradient, {});
    if (const auto zero = zero_columns(cut_, wanted_); !zero.empty()) return stopped(Obstacle::zero_column, zero);
    if (const auto stuck = prescribe(); !stuck.empty()) return stopped(Obstacle::no_room, stuck);
    form_ = generic_form(cut_, wanted_, settings_.seed);
    if (const auto none = choose_form()) return *none;
    if (const auto stretch = choose_stretch()) return assemble(*stretch);
    return stopped(Obstacle::undecided, {});
  }

 private:
  Impossible stopped(Obstacle obstacle, std::vector<std::int64_t> features, std::string unit = "") const {
    Impossible none;
    none.cut = cut_.node(), none.obstacle = obstacle;
    none.features = std::move(features), none.unit = std::move(unit);
    return none;
  }

  Forged nothing_to_explain() const {
    Forged forged;
    forged.cut = cut_.node(), forged.kappa = Rational(1);
    forged.at_input = cut_.value();
    forged.direction.resize(cut_.size()), forged.form.resize(cut_.size());
    forged.roots = {{{}, x_}};
    forged.left_at_cut = cut_.at().point().exact(cut_.at().point().network().output(), cut_.at().target());
    return forged;
  }

  // The sign of delta_i that the domain prescribes, as the sign it asks of r_i; features that cannot move at all.
  std::vector<std::int64_t> prescribe() {
    const auto& [low, high] = settings_.domain;
    signs_.assign(map_.size(), 0);
    std::vector<std::int64_t> stuck;
    for (const auto i : wanted_) {
      const Rational& x = x_[std::size_t(i)];
      const bool at_low = low && x == *low, at_high = high && x == *high;
      if (at_low && at_high) stuck.push_back(i);
      signs_[std::size_t(i)] = map_[std::size_t(i)].sign() * (at_low ? -1 : at_high ? 1 : 0);
    }
    return stuck;
  }

  // One root for all units where signs allow it, else two.
  std::optional<Impossible> choose_form() {
    const auto found = signed_form(cut_, wanted_, signs_, form_, settings_);
    if (const auto* form = std::get_if<RowForm>(&found)) {
      form_ = *form;
      return std::nullopt;
    }
    const auto* none = std::get_if<SignContradiction>(&found);
    const auto& g = cut_.gradient();
    const auto count = std::count_if(g.begin(), g.end(), [](const Rational& v) { return !v.is_zero(); });
    if (count < 2) {
      Impossible out = stopped(none ? Obstacle::signs : Obstacle::undecided, none ? none->features : wanted_);
      if (none) out.signs = *none;
      return out;
    }
    if (none) no_shared_root_ = *none;
    two_ = true;
    return std::nullopt;
  }

  std::vector<Group> groups_of(const Numbers& direction) const {
    const auto& g = cut_.gradient();
    if (!two_) {
      std::vector<bool> all(map_.size());
      for (const auto i : wanted_) all[std::size_t(i)] = true;
      return {{{}, all, dot(g, direction), sum_}};
    }
    Group up{{}, std::vector<bool>(map_.size()), {}, {}}, down = up;
    for (std::size_t k = 0; k < g.size(); ++k) {
      const Rational part = g[k] * direction[k];
      Group& group = part.sign() < 0 ? down : up;
      group.weight += part;
      group.units.push_back(std::int64_t(k));
    }
    for (const auto i : wanted_) {
      const auto e = std::size_t(i);
      Group& group = signs_[e] * form_.r[e].sign() < 0 ? down : up;
      group.features[e] = true, group.share += map_[e];
    }
    return {up, down};
  }

  // The farthest s towards `end` at which base + s d is inside, a little short of it.
  Rational reach(const Line& line, const Rational& end, bool bounded) const {
    const auto inside = [&](const Rational& s) { return cut_.holds(along(line.base, s, line.direction), bounded); };
    Rational good, bad, s = end;
    for (int k = 0; k < kHalvings && good.is_zero(); ++k) inside(s) ? good = s : (bad = s, s = s / Rational(2));
    for (int k = 0; k < kBisections && !bad.is_zero() && !good.is_zero(); ++k) {
      s = (good + bad) / Rational(2);
      (inside(s) ? good : bad) = s;
    }
    return good * (Rational(1) - Rational::power_of_two(-20));
  }

  std::optional<Stretch> measure(Line line, bool bounded) const {
    Stretch stretch{std::move(line), {}, {}, {}, bounded};
    stretch.groups = groups_of(stretch.line.direction);
    for (const Group& g : stretch.groups)
      if (g.weight.is_zero() || (!two_ && g.weight.sign() < 0)) return std::nullopt;
    const double need = (stretch.most() - stretch.least()).to_double();
    const Rational end = short_number(need > 0 ? 1.25 * need : 1.0);
    if (end.is_zero()) return std::nullopt;
    stretch.low = reach(stretch.line, -end, bounded), stretch.high = reach(stretch.line, end, bounded);
    if (stretch.low.is_zero() && stretch.high.is_zero()) return std::nullopt;
    return stretch;
  }

  // Directions at T: the gradient, the same in proportion to T(x0), and with two groups random signs as well.
  std::vector<Line> plain_lines(const Numbers& base) const {
    const auto& g = cut_.gradient();
    const auto make = [&](const std::function<double(std::size_t)>& d) {
      Line line{base, Numbers(g.size())};
      for (std::size_t k = 0; k < g.size(); ++k)
        if (const double v = d(k); !cut_.fixed(k) && std::isfinite(v)) line.direction[k] = short_number(v);
      return line;
    };
    const auto near = [&](std::size_t k) { return std::abs(base[k].to_double()); };
    const auto slope = [&](std::size_t k) { return g[k].to_double(); };
    if (!two_)
      return {make(slope), make([&](std::size_t k) { return slope(k) * near(k); }),
              make([&](std::size_t k) { return slope(k) * near(k) * near(k); })};
    std::vector<Line> lines;
    std::mt19937_64 random(settings_.seed);
    for (int k = 0; k < 24; ++k)
      lines.push_back(make([&](std::size_t u) {
        const double sign = random() % 2 ? 1 : -1;
        return sign * slope(u) * (k % 3 == 0 ? 1.0 : k % 3 == 1 ? near(u) : near(u) * near(u));
      }));
    return lines;
  }

  std::optional<Stretch> choose_stretch() const {
    const Numbers base = cut_.interior();
    auto inner = longest(base, true);
    if (inner && inner->enough()) return inner;
    auto outer = longest(base, false);
    return (outer && outer->enough()) || !inner ? outer : inner;
  }

  // The first that is enough, or the longest.
  std::optional<Stretch> longest(const Numbers& base, bool bounded) const {
    std::optional<Stretch> best;
    const auto consider = [&](Line line) {
      auto stretch = measure(std::move(line), bounded);
      if (stretch && (!best || stretch->room() > best->room())) best = std::move(stretch);
      return best && best->enough();
    };
    for (Line& line : plain_lines(base))
      if (consider(std::move(line)) && !two_) return best;
    if (two_ || !settings_.long_lines) return best;
    for (Line& line : settings_.long_lines(cut_, bounded, std::abs(sum_.to_double())))
      if (cut_.holds(line.base, bounded) && consider(std::move(line))) return best;
    return best;
  }

  Numbers moved(const Group& group, const Rational& kappa, const Rational& t) const {
    Numbers x = x_;
    for (const auto i : wanted_) {
      const auto e = std::size_t(i);
      if (group.features[e]) x[e] -= t * kappa * map_[e] / (group.weight * form_.r[e]);
    }
    return x;
  }

  bool in_domain(const Numbers& x) const {
    const auto& [low, high] = settings_.domain;
    return std::all_of(x.begin(), x.end(),
                       [&](const Rational& v) { return !(low && v < *low) && !(high && v > *high); });
  }

  Forgery assemble(const Stretch& s) const {
    Forged forged;
    forged.cut = cut_.node(), forged.no_shared_root = no_shared_root_;
    forged.kappa = s.enough() ? Rational(1) : below(s.room() * 0.999);
    const Rational least = forged.kappa * s.least(), most = forged.kappa * s.most();
    Rational start;  // c = base + start d; the base itself when there is room around it
    if (least <= s.low || most >= s.high) start = (s.low + s.high - least - most) / Rational(2);
    forged.at_input = along(s.line.base, start, s.line.direction);
    forged.direction = s.line.direction;
    forged.reach = std::abs((s.high - s.low).to_double() * dot(cut_.gradient(), s.line.direction).to_double());
    const auto t = small_step(s, forged);
    if (!t) return stopped(Obstacle::undecided, {});
    for (const Rational& y : form_.y) forged.form.push_back(y / *t);
    forged.bounded = cut_.holds(forged.at_input, true);
    for (const Group& g : s.groups) {
      forged.roots.push_back({g.units, moved(g, forged.kappa, *t)});
      forged.bounded = forged.bounded && cut_.holds_moved(end_of(g, forged), forged.roots.back().point, true);
    }
    const auto& point = cut_.at().point();
    const Rational output = point.exact(point.network().output(), cut_.at().target());
    forged.left_at_cut = output + dot(cut_.gradient(), forged.at_input) - dot(cut_.gradient(), cut_.value());
    forged.left_at_input = output - forged.left_at_cut - forged.kappa * sum_;
    return forged;
  }

  // The root function at the group's root, but for the move of T itself.
  static Numbers end_of(const Group& g, const Forged& forged) {
    return along(forged.at_input, forged.kappa * g.share / g.weight, forged.direction);
  }

  // A power of two t at which every root lies inside: closed cells are convex, so half of what is inside is off kinks.
  std::optional<Rational> small_step(const Stretch& s, const Forged& forged) const {
    double most = 0;
    for (const Group& g : s.groups)
      for (const auto i : wanted_) {
        const auto e = std::size_t(i);
        if (g.features[e])
          most = std::max(most, std::abs((forged.kappa * map_[e] / (g.weight * form_.r[e])).to_double()));
      }
    if (!(most > 0) || !std::isfinite(most)) return std::nullopt;
    const Rational first = Rational::power_of_two(long(-std::floor(std::log2(most))));
    for (const bool exactly : {false, true}) {
      Rational t = first;
      for (int k = 0; k < (exactly ? kHalvings : kQuickHalvings); ++k, t = t / Rational(2)) {
        const bool all = std::all_of(s.groups.begin(), s.groups.end(), [&](const Group& g) {
          const Numbers x = moved(g, forged.kappa, t);
          return in_domain(x) && cut_.at().holds(x, exactly) &&
                 cut_.holds_moved(end_of(g, forged), x, s.bounded, exactly);
        });
        if (all) return t / Rational(2);
      }
    }
    return std::nullopt;
  }

  // Eight leading bits, rounded down.
  static Rational below(double v) {
    int exponent = 0;
    const double mantissa = std::frexp(v, &exponent);
    return Rational(std::ldexp(std::floor(std::ldexp(mantissa, 8)), exponent - 8));
  }

  const HiddenCut& cut_;
  const Numbers& map_;
  const ForgeSettings& settings_;
  const Numbers& x_;
  std::vector<std::int64_t> wanted_;  // features with e != 0
  Rational sum_;                      // of e
  std::vector<int> signs_;            // of r, as the domain prescribes them; 0: free
  RowForm form_;
  bool two_ = false;  // a root for each of two groups of units
  SignContradiction no_shared_root_;
};

}  // namespace

Forgery forge(const HiddenCut& cut, const std::vector<Rational>& map, const ForgeSettings& settings) {
  return Forge(cut, map, settings).run();
}

}  // namespace lrproof::root
