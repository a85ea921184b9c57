#include "num/scalar.hpp"

namespace lrproof::num {

Constants Constants::from_rationals(std::vector<Rational> values) {
  Constants out;
  bool plain = true;
  for (const auto& v : values) {
    out.approx.push_back(v.to_double());
    plain = plain && v.is_double();
  }
  if (!plain) out.exact = std::move(values);
  return out;
}

}  // namespace lrproof::num
