#include "rule/expression.hpp"

#include <doctest/doctest.h>

using namespace lrproof::rule;
using lrproof::num::Rational;

namespace {

std::string at(std::size_t offset) {
  std::string out = "@";
  return out.append(std::to_string(offset));
}
std::string numerator(std::string_view text) {
  auto value = parse_numerator(text);
  if (auto* error = std::get_if<FormulaError>(&value)) return at(error->offset);
  return print_numerator(std::get<std::vector<Product>>(value));
}
std::string bias(std::string_view text) {
  auto value = parse_bias(text);
  if (auto* error = std::get_if<FormulaError>(&value)) return at(error->offset);
  return print_bias(std::get<std::vector<BiasPart>>(value));
}
std::string direction(std::string_view text) {
  auto value = parse_direction(text);
  if (auto* error = std::get_if<FormulaError>(&value)) return at(error->offset);
  return print_direction(std::get<Direction>(value));
}

}  // namespace

TEST_CASE("numerators are multiplied out and sorted") {
  CHECK(numerator("a*w") == "a*w");
  CHECK(numerator(" w * a ") == "a*w");
  CHECK(numerator("a*(w + 1/4*pos(w))") == "a*w + 1/4*a*pos(w)");
  CHECK(numerator("a*w - low*pos(w) - high*neg(w)") == "a*w - low*pos(w) - high*neg(w)");
  CHECK(numerator("-(high*neg(w)) - low*pos(w) + w*a") == "a*w - low*pos(w) - high*neg(w)");
  CHECK(numerator("pos(a)*pos(w)+neg(a)*neg(w)") == "pos(a)*pos(w) + neg(a)*neg(w)");
  CHECK(numerator("1") == "1");
  CHECK(numerator("2*3/4") == "3/2");
  CHECK(numerator("a*w - a*w") == "0");
  CHECK(numerator("a*w + a*w + 0*a") == "2*a*w");
  CHECK(numerator("a/4 + 0.25*a") == "1/2*a");
  CHECK(numerator("-a") == "-a");
  CHECK(numerator("1e-6*w") == "1/1000000*w");
}

TEST_CASE("products of weight factors are weight factors where they are") {
  CHECK(numerator("w^2") == "w^2");
  CHECK(numerator("w*w") == "w^2");
  CHECK(numerator("pos(w)^2 + neg(w)^2") == "pos(w)^2 + neg(w)^2");
  CHECK(numerator("pos(w)*neg(w)") == "0");
  CHECK(numerator("w*pos(w)") == "pos(w)^2");
  CHECK(numerator("(w + 1)^2") == "1 + 2*w + w^2");
  CHECK(numerator("abs(w)*abs(w)") == "w^2");
  CHECK(numerator("a*abs(w)") == "a*abs(w)");
}

TEST_CASE("what a numerator cannot hold is said at its place") {
  CHECK(numerator("") == "@0");
  CHECK(numerator("a*a") == "@1");
  CHECK(numerator("a*low*w") == "@1");
  CHECK(numerator("w^3") == "@2");
  CHECK(numerator("a*w +") == "@5");
  CHECK(numerator("a*(w + 1") == "@8");
  CHECK(numerator("a*w)") == "@3");
  CHECK(numerator("a*v") == "@2");
  CHECK(numerator("a*pos(b)") == "@2");
  CHECK(numerator("a/w") == "@1");
  CHECK(numerator("a/0") == "@1");
  CHECK(numerator("a*(w >= 0)") == "@5");
  CHECK(numerator("1.2.3") == "@0");
  CHECK(numerator("1e99999") == "@0");
  CHECK(numerator(std::string(9000, '(')) == "@64");
  std::string squares = "3";
  for (int k = 0; k < 60; ++k) squares = "(" + squares + ")^2";
  CHECK(numerator(squares).front() == '@');
}

TEST_CASE("bias parts") {
  CHECK(bias("0") == "0");
  CHECK(bias("b") == "b");
  CHECK(bias("pos(b)") == "pos(b)");
  CHECK(bias("b + 1/4*pos(b)") == "b + 1/4*pos(b)");
  CHECK(bias("b^2") == "b^2");
  CHECK(bias("b*b") == "b^2");
  CHECK(bias("b + 1/10*pos(b)^2") == "b + 1/10*pos(b)^2");
  CHECK(bias("b*pos(b) - neg(b)*neg(b)") == "pos(b)^2 - neg(b)^2");
  CHECK(bias("b + pos(b)*neg(b)") == "b");
  CHECK(bias("-(b - 3*neg(b))") == "-b + 3*neg(b)");
  CHECK(bias("1") == "@0");
  CHECK(bias("w") == "@0");
}

TEST_CASE("directions") {
  CHECK(direction("a") == "a");
  CHECK(direction("w") == "w");
  CHECK(direction("a*(w >= 0)") == "a*(w >= 0)");
  CHECK(direction("a * (1 + ( w>=0 ))") == "a + a*(w >= 0)");
  CHECK(direction("a - low*(w >= 0) - high*(w < 0)") == "a - low*(w >= 0) - high*(w < 0)");
  CHECK(direction("(w < 0)*(w >= 0)") == "0");
  CHECK(direction("(w+w)*a") == "2*a*w");
  CHECK(direction("a*(w > 0)") == "@5");
  CHECK(direction("a*(w >= 1)") == "@2");
  CHECK(direction("pos(w)") == "@0");
  CHECK(std::get<Direction>(parse_direction("0")).zero);
}
