#include "prove/canonization.hpp"

#include <doctest/doctest.h>

#include "../canon/rewritten.hpp"
#include "prove/instance.hpp"
#include "prove/polynomial.hpp"
#include "prove/smt/identity.hpp"

using namespace lrproof;
using claim::Verdict;
using lrproof::canon::testing::read;

namespace {

claim::Step step_of(std::vector<std::string> nodes) {
  claim::Step step;
  step.rewrite = "batchnorm-into-affine";
  step.nodes = std::move(nodes);
  return step;
}

Verdict judged(const std::string& before, const std::string& after) {
  return prove::prove_step(read(before), read(after), step_of({"a", "n"})).verdict;
}

// gamma 2, -3 with variance + epsilon 4 and 9: s = 1, -1; beta 1, 2; mean 3, 4: shift -2, 6
constexpr const char* kBefore =
    "input x[1, 2]\na = dense(x)  weight [[1, 2], [3, 4]]  bias [5, 6]\n"
    "n = batch-norm(a)  gamma [2, -3]  beta [1, 2]  mean [3, 4]  variance [3, 8]  epsilon 1\ny = relu(n)\noutput y";
constexpr const char* kConv =
    "input x[1, 2, 2, 2]\na = conv(x)  weight [[[[1]], [[2]]], [[[3]], [[4]]]]  bias [5, 6]  pads [1, 1, 1, 1]\n"
    "n = batch-norm(a)  gamma [2, -3]  beta [1, 2]  mean [3, 4]  variance [3, 8]  epsilon 1\noutput n";

std::string dense_after(const char* weight, const char* bias) {
  return std::string("input x[1, 2]\na = dense(x)  weight ") + weight + "  bias " + bias + "\ny = relu(a)\noutput y";
}
std::string conv_after(const char* weight, const char* bias, const char* pads) {
  return std::string("input x[1, 2, 2, 2]\na = conv(x)  weight ") + weight + "  bias " + bias + "  pads " + pads +
         "\noutput a";
}

}  // namespace

TEST_CASE("polynomials are equal exactly when their normal forms are") {
  const auto same = [](const char* a, const char* b) {
    const auto left = prove::Formula::parse(a), right = prove::Formula::parse(b);
    REQUIRE(left);
    REQUIRE(right);
    return prove::Polynomial(*left - *right).is_zero();
  };
  CHECK(same("(x + y)*(x - y)", "x*x - y*y"));
  CHECK(same("2*x - x - x", "0"));
  CHECK(same("-(x - 0.5)", "0.5 - x"));
  CHECK_FALSE(same("x*y", "x + y"));
  CHECK_FALSE(prove::Formula::parse("x +"));
  CHECK_FALSE(prove::Formula::parse("(x"));
  CHECK_FALSE(prove::Formula::parse("x y"));
  CHECK_FALSE(prove::Formula::parse(std::string(1000, '(')));
}

TEST_CASE("the fold's identity holds symbolically for every fan-in") {
  for (const int fan_in : {1, 2, 3, 4608})
    for (const bool has_bias : {false, true}) {
      const auto proof = prove::prove_fold_identity({fan_in, has_bias});
      CHECK(proof.verdict == Verdict::proved);
      CHECK(proof.how.find("algebra") == 0);
    }
}

TEST_CASE("mutants of the fold are refuted with values that differ") {
  const auto refuted = [](const char* weight, const char* bias) {
    const auto proof = prove::prove_fold_identity({2, true, weight, bias});
    CHECK(proof.counterexample.find("before = ") != std::string::npos);
    return proof.verdict == Verdict::refuted;
  };
  CHECK(refuted("gamma*r0*w", "s*b + beta - s*mu"));  // epsilon forgotten in the weight
  CHECK(refuted("s*w", "s*b + beta - gamma*r0*mu"));  // ... in the shift
  CHECK(refuted("s*w", "s*b + beta + s*mu"));         // sign flipped
  CHECK(refuted("s*w", "b + beta - s*mu"));           // bias not scaled
  CHECK(refuted("s*w", "s*b - s*mu"));                // beta dropped
  CHECK(refuted("r*w", "s*b + beta - s*mu"));         // gamma dropped
  CHECK(refuted("w", "s*b + beta - s*mu"));           // weight not scaled
  CHECK(prove::prove_fold_identity({2, true, "s*", "b"}).verdict == Verdict::rejected);
}

TEST_CASE("an instance is proved number by number, and every wrong fold is refuted") {
  CHECK(judged(kBefore, dense_after("[[1, 2], [-3, -4]]", "[3, 0]")) == Verdict::proved);
  CHECK(judged(kBefore, dense_after("[[1, 2], [3, 4]]", "[3, 0]")) == Verdict::refuted);     // weight kept
  CHECK(judged(kBefore, dense_after("[[1, -2], [3, -4]]", "[3, 0]")) == Verdict::refuted);   // wrong axis
  CHECK(judged(kBefore, dense_after("[[1, 2], [-3, -4]]", "[3, 12]")) == Verdict::refuted);  // bias not scaled
  CHECK(judged(kBefore, dense_after("[[1, 2], [-3, -4]]", "[9, 0]")) == Verdict::refuted);   // sign of the mean
  CHECK(judged(kBefore, "input x[1, 2]\na = dense(x)  weight [[1, 2], [-3, -4]]  bias [3, 0]\ny = abs(a)\noutput y") ==
        Verdict::refuted);  // something else changed
  const char* weight = "[[[[1]], [[2]]], [[[-3]], [[-4]]]]";
  CHECK(judged(kConv, conv_after(weight, "[3, 0]", "[1, 1, 1, 1]")) == Verdict::proved);
  CHECK(judged(kConv, conv_after(weight, "[3, 0]", "[2, 0, 0, 2]")) == Verdict::refuted);  // padding moved
  CHECK(judged(kConv, conv_after("[[[[1]], [[-2]]], [[[3]], [[-4]]]]", "[3, 0]", "[1, 1, 1, 1]")) == Verdict::refuted);
}

TEST_CASE("a step says how it was proved or where it fails") {
  const auto before = read(kBefore);
  const auto good = prove::prove_step(before, read(dense_after("[[1, 2], [-3, -4]]", "[3, 0]")), step_of({"a", "n"}));
  CHECK(good.verdict == Verdict::proved);
  CHECK(good.trust == claim::Trust::evaluated);
  CHECK(good.note == "6 numbers recomputed exactly, 2 output values compared");
  const auto bad = prove::prove_step(before, read(dense_after("[[1, 2], [-3, 4]]", "[3, 0]")), step_of({"a", "n"}));
  CHECK(bad.note == "node 'a': weight 3 is 4, not -4");
  CHECK(prove::prove_step(before, before, step_of({"q", "n"})).verdict == Verdict::refuted);
  auto other = step_of({"a", "n"});
  other.rewrite = "no-such-rewrite";
  CHECK(prove::prove_step(before, before, other).verdict == Verdict::unknown);
}

TEST_CASE("a fold is of one norm and of a layer with one row") {
  const std::string head = "input x[1, 2]\na = dense(x)  weight ",
                    norm = "  gamma [2]  beta [1]  mean [3]  variance [3]  ";
  const auto two = read(head + "[[1, 2]]  bias [5]\nn = batch-norm(a)" + norm + "epsilon 1\nm = batch-norm(n)" + norm +
                        "epsilon 1\ny = relu(m)\noutput y");
  const auto both = read(head + "[[1, 2]]  bias [1]\ny = relu(a)\noutput y");
  CHECK(prove::prove_step(two, both, step_of({"a", "n", "m"})).note == "a folded node is missing");
  // The channels of a norm are the rows: a row has its own scale, a weight none.
  const std::string rows = "input x[1, 2, 2]\na = dense(x)  weight [[1, 2], [3, 4]]  bias [5, 6]\n";
  const auto before = read(rows +
                           "n = batch-norm(a)  gamma [2, -3]  beta [1, 2]  mean [3, 4]  variance [3, 8]  epsilon 1\n"
                           "y = relu(n)\noutput y");
  const auto after =
      read("input x[1, 2, 2]\na = dense(x)  weight [[1, 2], [-3, -4]]  bias [3, 0]\ny = relu(a)\noutput y");
  const auto step = prove::prove_step(before, after, step_of({"a", "n"}));
  CHECK(step.verdict == Verdict::refuted);
  CHECK(step.note == "the outputs of 'a' are not the channels of a norm");
}
