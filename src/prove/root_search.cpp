#include "prove/root_conditions.hpp"

#include <algorithm>
#include <cmath>
#include <deque>

#include "num/interval.hpp"
#include "prove/root_points.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Rational;
using Answer = Slack::Answer;

namespace {

// Linear programs per unit and region: with few inputs they are cheap; with many, as many as cost this together, in
// pivots times rows times inputs.
constexpr std::size_t kFewInputs = 16;
constexpr std::int64_t kPrograms = 400, kSteps = 40'000'000;
constexpr std::size_t kTries = 16, kHints = 6;  // points looked for, one by one

class Search {
 public:
  Search(Region& region, const RootPlace& place, const num::Interval& relevance, double share)
      : region_(region),
        place_(place),
        fixed_(place.kind == root::Kind::fixed),
        bounded_(place.kind == root::Kind::relevance),
        relevance_(relevance),
        share_(share) {}

  RootSearch run(Start start) {
    const bool sure = !bounded_ || relevance_.mignitude() > 0;
    const auto not_told = [&] { return stop("R_j is a rational function of the input, not told from 0"); };
    if (!sure && !wide()) return not_told();
    RootForms forms = root_forms(region_, place_);
    if (!forms.impossible.empty()) return stop(forms.impossible);
    z_ = std::move(forms.z), drop_ = std::move(forms.drop), conditions_ = std::move(forms.conditions);
    rounded_z_ = std::make_shared<RoundedForm>(z_);
    scope_ = region_.polytope;
    if (!enter_scope()) return std::move(found_);
    if (bounded_ && wide()) find_hints(start);
    if (!sure) return not_told();
    bool always = true, never = true;
    for (const int part : parts()) {
      Part here = make_part(part);
      const bool look_outside = start != Start::outside && always;
      const bool look_inside = start != Start::inside && never;
      if (look_outside) always = holds_everywhere(here) && always;
      if (look_inside) never = holds_nowhere(here) && never;
      if (!look_outside) always = false;
      if (!look_inside) never = false;
    }
    found_.always = always && !found_.outside;
    found_.never = never && !found_.inside && !found_.empty;
    if (!found_.always && !found_.never) found_.leaves.clear();
    return std::move(found_);
  }

 private:
  using Condition = RootCondition;
  struct Part {
    int sign;  // of D
    Polytope polytope;
    FormPtr z, drop;  // sign z_j; sign D
    std::vector<Condition> conditions;
  };
  struct Span {
    Rational from, to;
    bool ends = false;
  };

  RootSearch stop(const std::string& reason) {
    found_.reason = reason;
    return std::move(found_);
  }
  template <class What>
  Slack solve(const Polytope& polytope, const What& asked) {
    ++found_.programs;
    Slack slack = max_slack(polytope, asked);
    steps_ += slack.steps;
    return slack;
  }
  bool wide() const { return region_.polytope.bounds.size() > kFewInputs; }
  static std::vector<AskedForm> minus(const RoundedForm& form) {
    std::vector<AskedForm> asked(1);
    asked[0].add(form, Rational(-1));
    return asked;
  }

  // |z_j| >= least becomes a row, with a point strictly beyond it.
  bool enter_scope() {
    AffineForm beyond = z_;
    beyond.constant -= place_.least;
    if (beyond.at(scope_.interior).sign() <= 0) {
      const Slack slack = solve(scope_, beyond);
      if (slack.answer != Answer::positive) {
        found_.empty = slack.answer == Answer::infeasible;
        if (found_.empty) keep_leaf({"empty", 1, {}, Rational(-1), {}}, scope_, slack, {"scale"});
        if (!found_.empty) found_.reason = "the region only touches the scope, or could not be told from it";
        return false;
      }
      scope_.interior = inward(slack.point, beyond);
    }
    if (!beyond.is_constant()) scope_.rows.push_back({std::move(beyond), "scale"});
    return true;
  }
  // A little towards the interior, so that every row is strict, and still beyond.
  std::vector<Rational> inward(const std::vector<Rational>& x, const AffineForm& beyond) const {
    for (long power = -10; power > -80; power -= 10) {
      std::vector<Rational> y = x;
      for (std::size_t k = 0; k < x.size(); ++k) y[k] += Rational::power_of_two(power) * (scope_.interior[k] - x[k]);
      if (beyond.at(y).sign() > 0) return y;
    }
    return x;
  }

  // Signs of D that occur; D = 0 somewhere is noted.
  std::vector<int> parts() {
    std::vector<int> signs;
    if (drop_.is_constant()) {
      if (drop_.constant.is_zero()) {
        found_.no_root = found_.empty = true;
        return {};
      }
      return {drop_.constant.sign()};
    }
    bool vanishes = false;
    for (const int sign : {1, -1}) {
      const AffineForm side = Rational(sign) * drop_;
      const Slack slack = solve(scope_, side);
      if (slack.answer == Answer::positive || slack.answer == Answer::unknown) signs.push_back(sign);
      if (slack.answer == Answer::touching) vanishes = true;
      if (slack.answer == Answer::touching || slack.answer == Answer::infeasible)
        keep_leaf({"none", sign, {}, Rational(-1), {}}, scope_, slack, {"drop"});
    }
    found_.no_root = vanishes || signs.size() == 2;
    return signs;
  }

  Part make_part(int sign) {
    Part part{sign, scope_, rounded_z_, std::make_shared<RoundedForm>(Rational(sign) * drop_), {}};
    const AffineForm& drop = part.drop->exact();
    if (!drop_.is_constant()) {
      if (drop.at(scope_.interior).sign() <= 0) {
        const Slack slack = solve(scope_, drop);
        if (slack.answer == Answer::positive) part.polytope.interior = inward(slack.point, drop);
      }
      part.polytope.rows.push_back({drop, "drop"});
    }
    for (const RootCondition& c : conditions_) {
      const int turn = fixed_ ? 1 : sign * (bounded_ ? int(relevance_.sign()) : place_.sign);
      if (bounded_) {
        RootCondition here = c;
        here.s = turned(c.s, turn);
        part.conditions.push_back(std::move(here));
        continue;
      }
      if (!fixed_ && equal(*c.row, *part.z) && equal(*turned(c.s, turn), *part.drop)) continue;  // as the unit's own
      RootCondition here = made_affine(c, turn, part.z, part.drop, fixed_);
      if (here.affine && holds_by_constant(*here.affine)) continue;
      part.conditions.push_back(std::move(here));
    }
    return part;
  }
  static bool holds_by_constant(const RoundedForm& form) {
    const bool varies = !form.faint && std::any_of(form.approx.begin(), form.approx.end() - 1,
                                                   [&](double v) { return std::abs(v) > 2 * form.off; });
    return !varies && form.exact().is_constant() && form.exact().constant.sign() >= 0;
  }

  bool spent() const { return found_.programs >= kPrograms || (wide() && steps_ >= kSteps); }
  bool out_of_budget() {
    found_.reason = "budget: more linear programs than a unit of a network this size is given";
    return false;
  }

  void keep(const Part& part, const std::string& condition, const Span& span, const Slack& slack,
            const std::vector<std::string>& asked) {
    keep_leaf({condition, part.sign, span.from, span.ends ? span.to : Rational(-1), {}}, part.polytope, slack, asked);
  }
  void keep_leaf(RootLeaf leaf, const Polytope& polytope, const Slack& slack, const std::vector<std::string>& asked) {
    for (const auto& term : slack.combination) {
      using Of = CombinationTerm::Of;
      if (term.of == Of::low || term.of == Of::high) continue;  // what is left of the slopes says which bounds pay
      leaf.combination.emplace_back(term.of == Of::asked ? "ask:" + asked[term.index] : polytope.rows[term.index].name,
                                    term.multiplier);
    }
    found_.leaves.push_back(std::move(leaf));
  }

  // Sign of row drop - z s, exactly.
  static int sign_at(const Part& part, const Condition& c, const std::vector<Rational>& x) {
    return sign_at(part, c, x, doubles_near(x));
  }
  static int sign_at(const Part& part, const Condition& c, const std::vector<Rational>& x,
                     const std::vector<double>& near) {
    if (c.affine) {
      const int sure = value_near(*c.affine, near).sure_sign();
      return sure != 0 ? sure : int(c.affine->exact().at(x).sign());
    }
    const int sure = near_sign(part, c, near);
    if (sure != 0) return sure;
    return (c.row->exact().at(x) * part.drop->exact().at(x) - part.z->exact().at(x) * c.s->exact().at(x)).sign();
  }
  static int near_sign(const Part& part, const Condition& c, const std::vector<double>& near) {
    const auto enclosed = [&](const RoundedForm& form) {
      const Near v = value_near(form, near);
      return num::Interval(num::Interval::below(v.value - v.error), num::Interval::above(v.value + v.error));
    };
    const num::Interval all = enclosed(*c.row) * enclosed(*part.drop) - enclosed(*part.z) * enclosed(*c.s);
    return all.lo > 0 ? 1 : all.hi < 0 ? -1 : 0;
  }
  bool all_hold(const Part& part, const std::vector<Rational>& x) const {
    if (!fixed_ && part.drop->exact().at(x).sign() <= 0) return false;
    const auto near = doubles_near(x);
    return std::all_of(part.conditions.begin(), part.conditions.end(),
                       [&](const Condition& c) { return sign_at(part, c, x, near) >= 0; });
  }

  // Bounds of t = |R_j| / drop on the part; no end where drop comes near 0.
  Span bounds_of_t(const Part& part) {
    const auto least = lower_bound(part.polytope, part.drop->exact()),
               most = lower_bound(part.polytope, Rational(-1) * part.drop->exact());
    Span span;
    if (most && most->sign() < 0) span.from = Rational(relevance_.mignitude()) / -*most;
    span.ends = least && least->sign() > 0 && relevance_.is_bounded();
    if (span.ends) span.to = Rational(relevance_.magnitude()) / *least;
    return span;
  }
  // Inside for every t of its bounds: row >= 0 and row >= to s leave no t between at which row < t s.
  bool bounded_everywhere(const Part& part) {
    const Span span = bounds_of_t(part);
    if (!span.ends) return loose();
    const auto& x = part.polytope.interior;
    const auto near = doubles_near(x);
    for (const Condition& c : part.conditions)  // one look at the region's own point saves most programs
      if (broken(c, span).sign_at(x, near) > 0) return loose();
    for (const Condition& c : part.conditions) {
      if (spent()) return out_of_budget();
      const std::vector<AskedForm> asked{broken(c, span)};
      const Slack slack = solve(part.polytope, asked);
      if (slack.answer == Answer::positive) found_.hints.push_back(slack.point);
      if (slack.answer == Answer::positive || slack.answer == Answer::unknown) return loose();
      keep(part, c.name, span, slack, {c.name + "'"});
    }
    return true;
  }
  // Outside for every t of its bounds: at the least of them already.
  bool bounded_nowhere(const Part& part) {
    const Span all = bounds_of_t(part);
    if (!all.ends) return loose();
    const auto& x = part.polytope.interior;
    const auto near = doubles_near(x);
    const auto holds = [&](const Condition& c) { return met(c, all).sign_at(x, near) >= 0; };
    if (std::all_of(part.conditions.begin(), part.conditions.end(), holds)) return loose();
    std::vector<AskedForm> asked;
    std::vector<std::string> names;
    for (const Condition& c : part.conditions) asked.push_back(met(c, all)), names.push_back(c.name + "'");
    const Slack slack = solve(part.polytope, asked);
    if (slack.answer == Answer::positive) found_.hints.push_back(slack.point);
    if (slack.answer != Answer::infeasible) return loose();
    keep(part, "*", all, slack, names);
    return true;
  }
  bool loose() {
    found_.reason = "R_j is a rational function of the input, and its bounds over the region do not tell";
    return false;
  }

  // In many inputs a point is much cheaper than a program.
  bool found_outside(const Part& part) {
    if (!wide() || fixed_) return false;
    for (const auto& x : RootPoints(part.polytope, part.z, part.drop, part.conditions).outside(kTries)) {
      if (!part.polytope.contains(x) || part.drop->exact().at(x).sign() <= 0) continue;
      const auto near = doubles_near(x);
      if (std::any_of(part.conditions.begin(), part.conditions.end(),
                      [&](const Condition& c) { return sign_at(part, c, x, near) < 0; }))
        return found_.outside = x, true;
    }
    return false;
  }
  bool found_inside(const Part& part) {
    if (!wide() || fixed_) return false;
    const auto x = RootPoints(part.polytope, part.z, part.drop, part.conditions).inside();
    if (!x || !part.polytope.contains(*x) || !all_hold(part, *x)) return false;
    return found_.inside = *x, true;
  }
  // As if R_j were the share of z_j that it is at the region's point.
  void find_hints(Start start) {
    if (drop_.is_constant() && drop_.constant.is_zero()) return;
    const int side = drop_.at(scope_.interior).sign();
    if (side == 0 || !std::isfinite(share_) || share_ == 0) return;
    Polytope polytope = scope_;
    const AffineForm drop = Rational(side) * drop_;
    if (!drop.is_constant()) polytope.rows.push_back({drop, "drop"});
    std::vector<Condition> conditions = conditions_;
    for (Condition& c : conditions) c.s = turned(c.s, side * place_.sign);
    RootPoints points(polytope, rounded_z_, std::make_shared<RoundedForm>(drop), conditions, share_);
    if (start != Start::outside) found_.hints = points.outside(kHints);
    if (start == Start::inside) return;
    if (auto x = points.inside()) found_.hints.push_back(std::move(*x));
  }

  bool holds_everywhere(const Part& part) {
    if (bounded_) return bounded_everywhere(part);
    if (found_outside(part)) return false;
    for (const Condition& c : part.conditions) {
      if (spent()) return out_of_budget();
      if (!(c.affine ? affine_everywhere(part, c) : everywhere(part, c))) return false;
    }
    return true;
  }

  bool affine_everywhere(const Part& part, const Condition& c) {
    const Slack slack = solve(part.polytope, minus(*c.affine));
    if (slack.answer == Answer::positive) return found_.outside = slack.point, false;
    if (slack.answer == Answer::unknown) return undecided();
    keep(part, c.name, {}, slack, {c.name});
    return true;
  }
  bool undecided() {
    found_.reason = "a linear program was decided neither way";
    return false;
  }

  // On its row's own facet a condition that was divided by it holds whatever is left says: it excludes nothing there.
  bool breaks_everywhere(const Part& part, const Condition& c) {
    if (!c.divided) return true;
    const Slack slack = solve(part.polytope, minus(*c.row));
    if (slack.answer == Answer::infeasible) keep(part, "off:" + c.name, {}, slack, {"row"});
    return slack.answer == Answer::infeasible;
  }
  bool on_facets() {
    found_.reason = "roots lie inside on facets of the cell at most";
    return false;
  }

  bool holds_nowhere(const Part& part) {
    if (bounded_) return bounded_nowhere(part);
    if (found_inside(part)) return false;
    const bool all = std::all_of(part.conditions.begin(), part.conditions.end(),
                                 [](const Condition& c) { return c.affine != nullptr; });
    if (!all) return nowhere(part);
    std::vector<AskedForm> asked;
    std::vector<std::string> names;
    for (const Condition& c : part.conditions)
      if (breaks_everywhere(part, c)) asked.push_back(*c.affine), names.push_back(c.name);
    if (asked.empty() && all_hold(part, part.polytope.interior)) return found_.inside = part.polytope.interior, false;
    if (asked.empty()) return on_facets();
    const Slack slack = solve(part.polytope, asked);
    if (slack.answer == Answer::positive && all_hold(part, slack.point)) return found_.inside = slack.point, false;
    if (slack.answer == Answer::positive) return on_facets();
    if (slack.answer == Answer::touching) {
      found_.reason = "the conditions of an inside root only touch";
      return false;
    }
    if (slack.answer == Answer::unknown) return undecided();
    keep(part, "*", {}, slack, names);
    return true;
  }

  // t = z / drop lies in the span: two more forms that must not be negative.
  static void add_links(const Part& part, const Span& span, std::vector<AskedForm>& asked,
                        std::vector<std::string>& names) {
    if (span.from.sign() > 0) {
      asked.emplace_back(*part.z), names.push_back("from");
      asked.back().add(*part.drop, -span.from);
    }
    if (span.ends) {
      asked.push_back(minus(*part.z)[0]), names.push_back("to");
      asked.back().add(*part.drop, span.to);
    }
  }
  // Two spans that overlap around the interior point's t.
  std::deque<Span> first_spans(const Part& part) const {
    const Rational drop = part.drop->exact().at(part.polytope.interior);
    const double t = drop.sign() > 0 ? (part.z->exact().at(part.polytope.interior) / drop).to_double() : 0;
    const Rational middle = std::isfinite(t) && t > 0 ? Rational(t * (1 + 0x1p-10)) : Rational(1);
    return {{Rational(), middle, true}, {middle, Rational(), false}};
  }
  // Halves the span, or doubles one without end.
  static void split(const Span& span, std::deque<Span>& open) {
    Rational middle = span.ends ? (span.from + span.to) * Rational(1, 2) : span.from * Rational(2);
    middle = Rational(middle.to_double());
    open.push_back({span.from, middle, true}), open.push_back({middle, span.to, span.ends});
  }
  static bool tiny(const Span& span) {
    return span.ends && span.to - span.from < Rational::power_of_two(-24) * span.to;
  }

  // As row >= 0, row < t s needs s > 0; then t s <= to s.
  static AskedForm broken(const Condition& c, const Span& span) {
    if (!span.ends) return AskedForm(*c.s);
    AskedForm form = minus(*c.row)[0];
    form.add(*c.s, span.to);
    return form;
  }
  // row >= t s gives row >= from s: where s < 0, because row >= 0.
  static AskedForm met(const Condition& c, const Span& span) {
    AskedForm form(*c.row);
    form.add(*c.s, -span.from);
    return form;
  }

  // Is row drop - z s >= 0 everywhere?
  bool everywhere(const Part& part, const Condition& c) {
    const auto& x = part.polytope.interior;
    if (part.drop->exact().at(x).sign() > 0 && sign_at(part, c, x) < 0) return found_.outside = x, false;
    if (const Slack up = solve(part.polytope, std::vector<AskedForm>{*c.s});
        up.answer == Answer::touching || up.answer == Answer::infeasible) {
      keep(part, c.name, {}, up, {c.name + "'"});
      return true;  // s <= 0: the root moves away from this row
    }
    for (std::deque<Span> open = first_spans(part); !open.empty();) {
      if (spent()) return out_of_budget();
      const Span span = open.front();
      open.pop_front();
      std::vector<AskedForm> asked{broken(c, span)};
      std::vector<std::string> names{c.name + "'"};
      add_links(part, span, asked, names);
      const Slack slack = solve(part.polytope, asked);
      // At level 0 the violation must take part: links alone that touch leave the span's end open.
      const bool touches = slack.answer == Answer::touching &&
                           std::any_of(slack.combination.begin(), slack.combination.end(), [](const auto& term) {
                             return term.of == CombinationTerm::Of::asked && term.index == 0;
                           });
      if (slack.answer == Answer::infeasible || touches) {
        keep(part, c.name, span, slack, names);
        continue;
      }
      if (slack.answer == Answer::positive && sign_at(part, c, slack.point) < 0)
        return found_.outside = slack.point, false;
      if (tiny(span)) return undecided();
      split(span, open);
    }
    return true;
  }

  bool nowhere(const Part& part) {
    if (all_hold(part, part.polytope.interior)) return found_.inside = part.polytope.interior, false;
    std::vector<bool> firm;
    for (const Condition& c : part.conditions) firm.push_back(breaks_everywhere(part, c));
    for (std::deque<Span> open = first_spans(part); !open.empty();) {
      if (spent()) return out_of_budget();
      const Span span = open.front();
      open.pop_front();
      std::vector<AskedForm> asked;
      std::vector<std::string> names;
      for (std::size_t k = 0; k < part.conditions.size(); ++k) {
        const Condition& c = part.conditions[k];
        if (c.affine && firm[k]) asked.emplace_back(*c.affine), names.push_back(c.name);
        if (!c.affine) asked.push_back(met(c, span)), names.push_back(c.name + "'");
      }
      add_links(part, span, asked, names);
      if (asked.empty()) return undecided();
      const Slack slack = solve(part.polytope, asked);
      if (slack.answer == Answer::infeasible) {
        keep(part, "*", span, slack, names);
        continue;
      }
      if (slack.answer == Answer::positive && all_hold(part, slack.point)) return found_.inside = slack.point, false;
      if (tiny(span)) return undecided();
      split(span, open);
    }
    return true;
  }

  Region& region_;
  const RootPlace& place_;
  const bool fixed_, bounded_;
  const num::Interval relevance_;
  const double share_;  // R_j / z_j at the region's point
  std::int64_t steps_ = 0;
  AffineForm z_, drop_;  // sign z_j; D
  FormPtr rounded_z_;
  Polytope scope_;
  std::vector<RootCondition> conditions_;
  RootSearch found_;
};

}  // namespace

bool in_root_scope(const AtPoint& at, const RootPlace& place) {
  const auto& layer = at.shared().subject.cases[std::size_t(place.rule_case)].layers[std::size_t(place.root_layer)];
  const Rational z = Rational(place.sign) * at.point().exact(layer.node, place.unit);
  return z.sign() > 0 && z >= place.least;
}

RootSearch search_root(Region& region, const RootPlace& place, Start start, const num::Interval& relevance,
                       double share) {
  return Search(region, place, relevance, share).run(start);
}

}  // namespace lrproof::prove
