#pragma once
// The --- check body: what is asked, where.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "num/rational.hpp"
#include "text/npy.hpp"

namespace lrproof::cases {

struct Question {
  std::vector<std::string> properties;
  std::vector<std::vector<num::Rational>> points;
  std::string target = "argmax";  ///< argmax, argmin or an index
  std::optional<num::Rational> low, high, tau;
  std::vector<num::Rational> expect;  ///< relevance: the values of all points, one after the other
  std::vector<std::string> canonize;
  std::string scope = "point";  ///< point, cell or box
  std::optional<num::Rational> radius, min_activation;
  std::vector<std::pair<std::string, text::Array>> roots;  ///< by name, as --roots reads them
};

base::Result<Question> read_question(std::string_view text, const std::string& file);

}  // namespace lrproof::cases
