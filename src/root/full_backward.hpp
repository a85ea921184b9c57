#pragma once
// Full-backward deep Taylor decomposition with given root functions (ROO-3), at an input off kinks.
//
// With rho_l the root function at T_l (rho_lk for unit k of the tensor above), A_l the slope of T_l+1 as a function of
// T_l on the branch of x, and R^m+1 = f_c,
//     R^l_i(a) = sum_k (dR^l+1_k / da_i)(rho_lk(a)) (a - rho_lk(a))_i.
// By induction R^l_i(a) = s_i (a - M a)_i - q_i with s = A_l^T (I - M_l+1)^T s_l+1 (at the top the gradient of f_c),
// and q_i = s_i c_i, or sum_k G_ki c_ki with G_k = A_l^T (row k of R^l+1) where units have roots of their own. One
// backward pass gives s, one for each unit G. With constants M = 0, so that s is the gradient of f_c at every tensor,
// and with one of them per layer R^0 = grad f_c (*) (x - c_0) (GXI-3): what is compared here.
//
// The recursion differentiates R^l+1_k at rho_lk(a): at every point where it does, what follows has to be on the branch
// of x. So rho_l(T_l(x)) must lie in the closed cell of the suffix at T_l(x); and where the tensor above has a root
// function with a slope, so must that function's value at T_l+1(root), and so on upwards.
#include <optional>

#include "region/member.hpp"
#include "root/given.hpp"
#include "root/roots.hpp"

namespace lrproof::root {

/// A root outside its cell.
struct LeavingRoot {
  net::NodeId tensor = -1;  ///< where it leaves
  net::NodeId from = -1;    ///< the tensor whose root begins the way up to it; `tensor` itself as a rule
  std::int64_t unit = -1;   ///< of the tensor above `from`; -1: the layer's one root
  region::Membership how;
};

/// R_feature is not (grad f_c)_feature (x - root)_feature.
struct OtherMap {
  std::int64_t feature = 0, unit = -1;  ///< unit: whose root at the input; -1: the one root
  num::Rational relevance, wanted;
};

struct Decomposition {
  std::string unknown;  ///< why nothing is known; "" as a rule
  std::optional<LeavingRoot> leaving;
  std::optional<OtherMap> other;
  bool moving = false;  ///< some root function has a slope other than 0
  /// R and grad f_c (*) (x - c_0) are one affine function of x, coefficient by coefficient; not known when moving.
  bool same_function = false;
  std::vector<net::NodeId> tensors;       ///< from the uppermost down
  std::vector<num::Rational> unresolved;  ///< at each of them: sum of the relevance above, taken at its roots
  std::vector<num::Rational> relevance;   ///< R^0, and its sum
  num::Rational sum;
  num::Rational output, at_root;   ///< f_c(x), f_c(root at the input)
  std::int64_t beyond_bounds = 0;  ///< elements of roots beyond the bounds of their tensors or of the domain
};

/// input: index into the inputs file, for roots given per input. budget: multiply-adds of exact arithmetic.
Decomposition decompose(const region::Point& point, std::int64_t target, const GivenRoots& roots, long input,
                        const Domain& domain, std::int64_t budget);

}  // namespace lrproof::root
