// Taps, operands and pieces are alike, so a few of them stand for any number: the difference of two sides is a sum of
// one polynomial per tap (operand, piece), the same for every one.
#include "prove/rewrites/shape_identities.hpp"

#include "prove/polynomial.hpp"

namespace lrproof::prove {

IdentityProof prove_equal(const std::vector<Sides>& cases) {
  for (const auto& sides : cases) {
    const auto before = Formula::parse(sides.before), after = Formula::parse(sides.after);
    if (!before || !after) return {claim::Verdict::rejected, "", "a side is no formula"};
    if (!Polynomial(*before - *after).is_zero())
      return {claim::Verdict::refuted, "algebra", std::string(sides.before) + " is not " + sides.after};
  }
  return {claim::Verdict::proved, "algebra", ""};
}

// 1 a + 0 = a; the mean of one number, the sum of one, the larger of one are that number.
IdentityProof neutral_identity(const std::string&) { return prove_equal({{"1*a + 0", "a"}}); }

// The inner sum p a + q b stands in the outer one with sign s, beside t c.
IdentityProof sum_identity(const std::string&) {
  return prove_equal({{"s*(p*a + q*b) + t*c", "(s*p)*a + (s*q)*b + t*c"}});
}

// V (W a + b) + c = (V W) a + (V b + c), two units between and two inputs; a diagonal W or V has one of each.
IdentityProof composed_identity(const std::string&) {
  return prove_equal({{"v1*(w11*a1 + w12*a2 + b1) + v2*(w21*a1 + w22*a2 + b2) + c",
                       "(v1*w11 + v2*w21)*a1 + (v1*w12 + v2*w22)*a2 + (v1*b1 + v2*b2 + c)"},
                      {"v*(w*a + b) + c", "(v*w)*a + (v*b + c)"}});
}

// r = 1 / count
IdentityProof average_identity(const std::string&) {
  return prove_equal({{"r*(a1 + a2 + a3)", "r*a1 + r*a2 + r*a3"}, {"r*a", "r*a"}});
}

// One kink k: p t + i below it, q t + i + (p - q) k above it by continuity; relu(t - k) is 0 below and t - k above.
IdentityProof pieces_identity(const std::string&) {
  return prove_equal({{"p*t + i", "p*t + i + (q - p)*0"}, {"q*t + i + (p - q)*k", "p*t + i + (q - p)*(t - k)"}});
}

// max(a, b) = b + relu(a - b) and min(a, b) = b - relu(b - a), a >= b and a <= b apart.
IdentityProof larger_identity(const std::string&) {
  return prove_equal({{"a", "b + (a - b)"}, {"b", "b + 0"}, {"b", "b - 0"}, {"a", "b - (b - a)"}});
}

IdentityProof same_operation_identity(const std::string&) { return {claim::Verdict::proved, "same operation", ""}; }

}  // namespace lrproof::prove
