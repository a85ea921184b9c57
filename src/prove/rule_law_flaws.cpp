#include "prove/rule_law_flaws.hpp"

#include <algorithm>

#include "prove/rule_law_proofs.hpp"
#include "prove/tap_form.hpp"

namespace lrproof::prove {

using num::Rational;
using rule::AffineRule;

namespace {

std::string shares_text(const std::vector<Rational>& shares) { return "shares " + list_text(shares); }
Rational sum_of(const std::vector<Rational>& values) {
  Rational sum;
  for (const auto& v : values) sum += v;
  return sum;
}
bool all_z_off_zero(const Layer& layer) {
  const auto z = layer.z();
  return std::none_of(z.begin(), z.end(), [](const Rational& v) { return v.is_zero(); });
}
bool within(const AffineRule& rule, const Layer& layer) {
  return !has_premise(rule, rule::Premise::inputs_in_domain) ||
         std::all_of(layer.a.begin(), layer.a.end(), [&](const auto& a) { return a >= layer.low && a <= layer.high; });
}

Flaw flaw_at(const Layer& layer, const Shares& shares, const std::string& text) {
  Flaw flaw;
  flaw.witness.layer = layer, flaw.witness.shares = shares.of;
  flaw.text = layer.text() + ": " + text;
  return flaw;
}

MaybeFlaw differs_at(const AffineRule& rule, const Layer& layer, const Shares& shares, const Layer& other,
                     const std::string& word) {
  const auto there = shares_of(rule, other);
  if (!there || shares.vanishes || there->vanishes || shares.of == there->of) return {};
  Flaw flaw = flaw_at(layer, shares, shares_text(shares.of) + ", but " + list_text(there->of) + " " + word);
  flaw.witness.changed = Changed{other, there->of};
  return flaw;
}

// The parts of every unit, each as a fraction of the unit's whole, against the shares.
template <class Part, class Whole>
MaybeFlaw differs_from(const Layer& layer, const Shares& shares, const Part& part, const Whole& whole,
                       const std::string& word) {
  if (!is_asked(layer, shares)) return {};
  std::vector<Rational> want(layer.a.size());
  for (std::size_t j = 0; j < layer.units(); ++j) {
    const Rational all = whole(j);
    if (all.is_zero()) return {};
    for (std::size_t i = 0; i < want.size(); ++i)
      if (const auto k = layer.tap(j, i)) want[i] += part(layer.a[i], layer.w[*k]) / all;
  }
  if (shares.of == want) return {};
  return flaw_at(layer, shares, shares_text(shares.of) + ", " + word + " gives " + list_text(want));
}

// May the inputs move from a along v?
bool has_room(const AffineRule& rule, const Layer& layer, const std::vector<Rational>& v) {
  for (std::size_t i = 0; i < v.size(); ++i) {
    const Rational &a = layer.a[i], &step = v[i];
    if (has_premise(rule, rule::Premise::inputs_nonnegative) && a.is_zero() && step.sign() < 0) return false;
    if (!has_premise(rule, rule::Premise::inputs_in_domain)) continue;
    if ((a == layer.low && step.sign() < 0) || (a == layer.high && step.sign() > 0)) return false;
  }
  return true;
}

// Along one input first, then along several.
std::vector<std::vector<Rational>> directions(std::size_t n) {
  std::vector<std::vector<Rational>> all;
  long count = 1;
  for (std::size_t i = 0; i < n; ++i) count *= 3;
  for (long code = 1; code < count; ++code) {
    std::vector<Rational> v;
    for (long rest = code, i = 0; i < long(n); ++i, rest /= 3) v.push_back(Rational(rest % 3 == 2 ? -1L : rest % 3));
    all.push_back(std::move(v));
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& x, const auto& y) {
    const auto moved = [](const auto& v) { return std::count_if(v.begin(), v.end(), [](auto& s) { return s != 0; }); };
    return moved(x) < moved(y);
  });
  return all;
}

std::string side_text(const OneSided& side) { return list_text(side.limit) + " along " + list_text(side.v); }

Flaw apart(const Layer& layer, std::vector<OneSided> sides, Start start) {
  Flaw flaw;
  flaw.text = layer.text() + ": " + (start == Start::one ? "shares" : "relevance") + " tend" +
              (start == Start::one ? "" : "s") + " to " + side_text(sides[0]);
  for (std::size_t k = 1; k < sides.size(); ++k) flaw.text += ", to " + side_text(sides[k]);
  flaw.witness.layer = layer, flaw.witness.sides = std::move(sides);
  return flaw;
}

MaybeFlaw tends_apart(const AffineRule& rule, const Layer& layer, Start start) {
  std::optional<OneSided> first;
  for (const auto& v : directions(layer.a.size())) {
    if (!has_room(rule, layer, v)) continue;
    const auto limit = limit_along(rule, layer, v, start);
    if (!limit) continue;
    if (!first)
      first = OneSided{v, *limit};
    else if (first->limit != *limit)
      return apart(layer, {*first, {v, *limit}}, start);
  }
  const auto far = [](const Limit& limit) { return limit.infinite != 0; };
  if (!first || std::none_of(first->limit.begin(), first->limit.end(), far)) return {};
  return apart(layer, {*first}, start);
}

}  // namespace

bool allowed(const AffineRule& rule, const Layer& layer) {
  const bool nonnegative = has_premise(rule, rule::Premise::inputs_nonnegative);
  return within(rule, layer) &&
         (!nonnegative || std::all_of(layer.a.begin(), layer.a.end(), [](const auto& a) { return a.sign() >= 0; }));
}
bool is_asked(const Layer& layer, const Shares& shares) { return !shares.vanishes && all_z_off_zero(layer); }

MaybeFlaw leaks(const AffineRule&, const Layer& layer, const Shares& shares) {
  if (!is_asked(layer, shares) || sum_of(shares.of) == Rational(long(layer.units()))) return {};
  return flaw_at(layer, shares, shares_text(shares.of) + " sum to " + sum_of(shares.of).to_string());
}
MaybeFlaw leaks_without_bias(const AffineRule& rule, const Layer& layer, const Shares& shares) {
  return layer.b.is_zero() ? leaks(rule, layer, shares) : MaybeFlaw{};
}
MaybeFlaw is_negative(const AffineRule&, const Layer& layer, const Shares& shares) {
  if (std::none_of(shares.of.begin(), shares.of.end(), [](const auto& s) { return s.sign() < 0; })) return {};
  return flaw_at(layer, shares, shares_text(shares.of));
}
MaybeFlaw divides_by_zero(const AffineRule&, const Layer& layer, const Shares& shares) {
  if (!shares.nonzero_over_zero) return {};
  return flaw_at(layer, shares, "a denominator is 0 and a numerator over it is not");
}
MaybeFlaw is_not_homogeneous(const AffineRule& rule, const Layer& layer, const Shares& shares) {
  Layer other = layer;
  for (auto& a : other.a) a = a * Rational(2);
  other.b = other.b * Rational(2);
  return within(rule, other) ? differs_at(rule, layer, shares, other, "for 2a and 2b") : MaybeFlaw{};
}
MaybeFlaw feels_its_scale(const AffineRule& rule, const Layer& layer, const Shares& shares) {
  Layer other = layer;
  for (auto& w : other.w) w = w * Rational(2);
  other.b = other.b * Rational(2);
  return differs_at(rule, layer, shares, other, "for 2w and 2b");
}
// The inputs of the convolution are one channel: its weights go down together.
MaybeFlaw feels_input_scale(const AffineRule& rule, const Layer& layer, const Shares& shares) {
  Layer other = layer;
  const bool dense = layer.shape == Shape::dense;
  for (std::size_t i = 0; i < (dense ? 1 : other.a.size()); ++i) other.a[i] = other.a[i] * Rational(2);
  for (std::size_t k = 0; k < (dense ? 1 : other.w.size()); ++k) other.w[k] = other.w[k] / Rational(2);
  if (!within(rule, other)) return {};
  return differs_at(rule, layer, shares, other, dense ? "for 2 a_1 and w_1 / 2" : "for 2a and w / 2");
}
MaybeFlaw feeds_dead_inputs(const AffineRule&, const Layer& layer, const Shares& shares) {
  for (std::size_t i = 0; i < layer.a.size(); ++i)
    if (layer.a[i].is_zero() && !shares.of[i].is_zero()) return flaw_at(layer, shares, shares_text(shares.of));
  return {};
}
MaybeFlaw feeds_zero_weights(const AffineRule&, const Layer& layer, const Shares& shares) {
  for (std::size_t i = 0; i < layer.a.size(); ++i) {
    bool dead = true;
    for (std::size_t j = 0; j < layer.units(); ++j)
      if (const auto k = layer.tap(j, i)) dead = dead && layer.w[*k].is_zero();
    if (dead && !shares.of[i].is_zero()) return flaw_at(layer, shares, shares_text(shares.of));
  }
  return {};
}
MaybeFlaw is_not_gradient_x_input(const AffineRule&, const Layer& layer, const Shares& shares) {
  const auto z = layer.z();
  return differs_from(
      layer, shares, [](const Rational& a, const Rational& w) { return a * w; }, [&](std::size_t j) { return z[j]; },
      "gradient x input");
}
MaybeFlaw is_not_its_root(const AffineRule& rule, const Layer& layer, const Shares& shares) {
  if (rule.root->zero) return is_not_gradient_x_input(rule, layer, shares);
  const auto drop = [&](const Rational& a, const Rational& w) {
    return value(drop_on(*rule.root, {int(a.sign()), int(w.sign())}), a, w, layer.low, layer.high);
  };
  const auto whole = [&](std::size_t j) {
    Rational sum;
    for (std::size_t i = 0; i < layer.a.size(); ++i)
      if (const auto k = layer.tap(j, i)) sum += drop(layer.a[i], layer.w[*k]);
    return sum;
  };
  return differs_from(layer, shares, drop, whole, "the root");
}
MaybeFlaw has_jumping_shares(const AffineRule& rule, const Layer& layer, const Shares&) {
  return tends_apart(rule, layer, Start::one);
}
MaybeFlaw jumps_behind_relu(const AffineRule& rule, const Layer& layer, const Shares&) {
  return tends_apart(rule, layer, Start::relu);
}

MaybeFlaw does_not_merge(const AffineRule& rule, const TwoLayers& layers) {
  const auto two = shares_of(rule, layers), one = shares_of(rule, layers.merged());
  if (!allowed(rule, layers.merged()) || !two || !one || two->vanishes || one->vanishes || two->of == one->of)
    return {};
  if (has_premise(rule, rule::Premise::inputs_nonnegative))
    for (std::size_t k = 0; k < layers.w2.size(); ++k)
      if (layers.hidden(k).z()[0].sign() < 0) return {};
  Flaw flaw;
  flaw.witness.layers = layers, flaw.witness.shares = two->of, flaw.witness.merged = one->of;
  flaw.text = layers.text() + ": " + shares_text(two->of) + ", merged " + list_text(one->of);
  return flaw;
}

}  // namespace lrproof::prove
