#pragma once
// A witness that two models differ, replayed by the oracle: its own reading of both files, its own exact values.
#include <string>
#include <string_view>
#include <vector>

#include "cert/check.hpp"
#include "num/rational.hpp"

namespace lrproof::cert {

struct Side {
  std::string_view model;  ///< ONNX bytes
  std::vector<std::string> cut;
  std::vector<num::Rational> value;  ///< claimed: all elements of the first output
};
struct Replayed {
  Verdict verdict = Verdict::not_covered;
  std::string why;
};
/// Does the oracle find the same values at x?
Replayed replay_values(const std::vector<num::Rational>& x, const std::vector<Side>& sides);

}  // namespace lrproof::cert
