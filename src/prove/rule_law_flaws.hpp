#pragma once
// What breaks a law of a rule, at given numbers. A flaw is about one layer (dense unit or convolution), about two
// versions of it, about two directions into it, or about two layers and their product.
#include <optional>
#include <string>
#include <vector>

#include "prove/share_limit.hpp"
#include "prove/unit_share.hpp"

namespace lrproof::prove {

struct Changed {
  Layer layer;
  std::vector<num::Rational> shares;
};
struct OneSided {
  std::vector<num::Rational> v;
  std::vector<Limit> limit;
};
/// Numbers that break a law: with shares of the layer, of a changed layer, one-sided limits, or of two layers and
/// merged.
struct LawWitness {
  std::optional<Layer> layer;
  std::optional<TwoLayers> layers;
  std::vector<num::Rational> shares;  ///< empty with limits
  std::optional<Changed> changed;
  std::vector<num::Rational> merged;
  std::vector<OneSided> sides;  ///< two with different limits, or one without a finite limit
};
struct Flaw {
  LawWitness witness;
  std::string text;
};
using MaybeFlaw = std::optional<Flaw>;

/// Do the inputs keep the rule's premises?
bool allowed(const rule::AffineRule& rule, const Layer& layer);
/// The law speaks of the layer: every z is off 0, and so is every denominator.
bool is_asked(const Layer& layer, const Shares& shares);

// By law; `shares` are the layer's.
MaybeFlaw leaks(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw leaks_without_bias(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw is_negative(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw divides_by_zero(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw is_not_homogeneous(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw feels_its_scale(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw feels_input_scale(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw feeds_dead_inputs(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw feeds_zero_weights(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw is_not_gradient_x_input(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw is_not_its_root(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw has_jumping_shares(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw jumps_behind_relu(const rule::AffineRule& rule, const Layer& layer, const Shares& shares);
MaybeFlaw does_not_merge(const rule::AffineRule& rule, const TwoLayers& layers);

}  // namespace lrproof::prove
