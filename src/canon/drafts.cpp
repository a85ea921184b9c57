#include "canon/drafts.hpp"

#include <algorithm>
#include <cmath>

#include "net/curve.hpp"

namespace lrproof::canon {

using num::Constants;
using num::Rational;

bool representable(const std::vector<Rational>& values) {
  return std::ranges::all_of(values, [](const Rational& v) { return std::isfinite(v.to_double()); });
}

Draft draft_of(std::string name, std::string type, net::Op op, net::Shape shape, std::vector<std::string> reads) {
  return {{std::move(name), std::move(type), std::move(op), {}, std::move(shape)}, std::move(reads)};
}

Draft scale_draft(std::string name, const net::Shape& shape, std::string of, std::vector<Rational> mul,
                  std::vector<Rational> add) {
  net::Scale op{Constants::from_rationals(std::move(mul)), Constants::from_rationals(std::move(add))};
  return draft_of(std::move(name), "Mul", std::move(op), shape, {std::move(of)});
}

Draft relu_draft(std::string name, const net::Shape& shape, std::string of) {
  return draft_of(std::move(name), "Relu", net::Activation{"relu", {net::relu_curve()}, {}}, shape, {std::move(of)});
}

Draft sum_draft(std::string name, const net::Shape& shape, std::vector<std::string> of, std::vector<int> signs) {
  const char* type = signs == std::vector<int>{1, -1} ? "Sub" : "Add";
  return draft_of(std::move(name), type, net::Add{std::move(signs)}, shape, std::move(of));
}

Draft select_draft(std::string name, const net::Shape& shape, std::string of, std::vector<std::int64_t> index) {
  return draft_of(std::move(name), "Gather", net::Select{std::move(index), Rational(0)}, shape, {std::move(of)});
}

}  // namespace lrproof::canon
