#include "cert/steps.hpp"

#include <doctest/doctest.h>

#include "../oracle/nets.hpp"
#include "net/text.hpp"

using namespace lrproof;

namespace {

net::Network read(const std::string& text) {
  auto network = net::parse_network(text, "test.net");
  REQUIRE_MESSAGE(network.ok(), (network.ok() ? "" : network.error().text()));
  return std::move(*network);
}

// gamma 2, -3 with variance + epsilon 4 and 9: s = 1, -1; beta 1, 2; mean 3, 4: shift -2, 6
std::string model() {
  oracle::test::Builder net({1, 2});
  net.gemm("x", "a", 2, 2, {1, 2, 3, 4}, {5, 6});
  net.tensor("g", {2}, {2, -3}).tensor("b", {2}, {1, 2}).tensor("m", {2}, {3, 4}).tensor("v", {2}, {3, 8});
  net.real(net.node("BatchNormalization", {"a", "g", "b", "m", "v"}, "n"), "epsilon", 1);
  net.node("Relu", {"n"}, "y");
  return net.bytes("y");
}

constexpr const char* kBefore =
    "input x[1, 2]\na = dense(x)  weight [[1, 2], [3, 4]]  bias [5, 6]\n"
    "n = batch-norm(a)  gamma [2, -3]  beta [1, 2]  mean [3, 4]  variance [3, 8]  epsilon 1\ny = relu(n)\noutput y";

cert::CheckedSteps judged(const std::string& after, const char* rewrite = "batchnorm-into-affine",
                          const std::string& before = kBefore) {
  claim::Step step;
  step.rewrite = rewrite, step.nodes = {"a", "n"};
  return cert::check_steps(model(), {}, {step}, read(before), read(after));
}

std::string folded(const char* weight, const char* bias, const char* activation = "relu", const char* of = "a") {
  return std::string("input x[1, 2]\na = dense(x)  weight ") + weight + "  bias " + bias + "\ny = " + activation + "(" +
         of + ")\noutput y";
}

}  // namespace

TEST_CASE("a rewritten network is the one that the oracle makes of the steps") {
  const auto right = judged(folded("[[1, 2], [-3, -4]]", "[3, 0]"));
  CHECK(right.verdict == cert::Verdict::accepted);
  CHECK(right.numbers == 6);
  CHECK(right.why.empty());
}

TEST_CASE("a rewritten network that is another one is rejected, with the place") {
  const auto rejected = [](const std::string& after, const char* word) {
    const auto checked = judged(after);
    CHECK_MESSAGE(checked.why.find(word) != std::string::npos, checked.why);
    return checked.verdict == cert::Verdict::rejected;
  };
  CHECK(rejected(folded("[[1, 2], [-3, 4]]", "[3, 0]"), "weight 3 is 4, not -4"));
  CHECK(rejected(folded("[[1, 2], [-3, -4]]", "[3, 12]"), "bias 1 is 12, not 0"));
  CHECK(rejected(folded("[[1, 2], [-3, -4]]", "[\"10/3\", 0]"), "bias 0 is 10/3, not 3"));
  CHECK(rejected(folded("[[1, 2], [-3, -4]]", "[3, 0]", "abs"), "another operation"));
  CHECK(rejected(folded("[[1, 2], [-3, -4]]", "[3, 0]", "relu", "x"), "reads something else"));
  CHECK(rejected(kBefore, "weight 2"));
}

TEST_CASE("what the oracle does not follow is not covered") {
  const auto after = folded("[[1, 2], [-3, -4]]", "[3, 0]");
  CHECK(judged(after, "residual-sum").verdict == cert::Verdict::not_covered);
  std::string other = kBefore;
  other.replace(other.find("[[1, 2]"), 7, "[[1, 9]");  // the tool read another model: no word about its rewrites
  const auto checked = judged(after, "batchnorm-into-affine", other);
  CHECK(checked.verdict == cert::Verdict::not_covered);
  CHECK(checked.why.find("read otherwise") != std::string::npos);
}
