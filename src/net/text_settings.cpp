#include "net/text_settings.hpp"

namespace lrproof::net {

base::Status Settings::flatten(const TextLiteral& literal, std::size_t depth, Shape& shape,
                               std::vector<Rational>& out) const {
  if (!literal.is_list) {
    if (depth != shape.size()) return error(literal.token, "a number stands where a list should");
    LRPROOF_TRY(value, rational(literal));
    out.push_back(std::move(value));
    return base::fine();
  }
  const auto count = std::int64_t(literal.items.size());
  if (depth == shape.size()) {
    if (!out.empty()) return error(literal.token, "lists are nested unevenly");
    shape.push_back(count);
  }
  if (shape[depth] != count)
    return error(literal.token,
                 "a list of " + std::to_string(count) + " beside lists of " + std::to_string(shape[depth]));
  for (const auto& item : literal.items) LRPROOF_CHECK(flatten(item, depth + 1, shape, out));
  return base::fine();
}

}  // namespace lrproof::net
