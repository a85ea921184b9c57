#pragma once
// What proves a law of a rule, for every fan-in. The share of input i is s_i = sum_T k_T g_T(z) n_T(a_i, w_i) /
// S_T(d_T), d_T = sum_i n_T(a_i, w_i) + chi_T(b). A proof speaks of one tap at a time, n_T on its sign classes, and of
// chi_T, S_T and k_T: so it holds for every fan-in, and for a convolution's receptive field as for a dense unit's. Each
// of these is sufficient; false means nothing. Their names are those of the laws in rule_laws.cpp.
#include "rule/rule.hpp"

namespace lrproof::prove {

bool has_premise(const rule::AffineRule& rule, rule::Premise premise);

bool conserves(const rule::AffineRule& rule);
bool conserves_without_bias(const rule::AffineRule& rule);
bool positive(const rule::AffineRule& rule);
bool denominators_used_only_off_zero(const rule::AffineRule& rule);
bool homogeneous(const rule::AffineRule& rule);
bool scales_with_its_unit(const rule::AffineRule& rule);
bool scales_with_its_inputs(const rule::AffineRule& rule);
bool scales_with_its_channel(const rule::AffineRule& rule);  ///< the convolution's one input channel
bool ignores_dead_inputs(const rule::AffineRule& rule);
bool ignores_zero_weights(const rule::AffineRule& rule);
bool merges(const rule::AffineRule& rule);
bool merges_after_convolution(const rule::AffineRule& rule);
bool is_gradient_x_input(const rule::AffineRule& rule);
bool is_its_root(const rule::AffineRule& rule);  ///< of a rule that names a root
bool has_continuous_shares(const rule::AffineRule& rule);
bool is_continuous_behind_relu(const rule::AffineRule& rule);

}  // namespace lrproof::prove
