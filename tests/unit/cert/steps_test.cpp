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

namespace {

/// x[1, 2, 2] behind an identity, then `op` of `inputs`, with an integer attribute.
std::string moved(const char* op, const std::vector<std::string>& inputs, const char* attribute, long value) {
  oracle::test::Builder net({1, 2, 2});
  net.node("Identity", {"x"}, "i");
  oracle::test::Builder::integer(net.node(op, inputs, "y"), attribute, value);
  return net.bytes("y");
}

cert::CheckedSteps removed(const std::string& model, const std::string& before, const std::string& after) {
  claim::Step step;
  step.rewrite = "remove-identity", step.nodes = {"i"};
  const std::string head = "input x[1, 2, 2]\n";
  return cert::check_steps(model, {}, {step}, read(head + "i = reshape(x)  shape [1, 2, 2]\n" + before + "\noutput y"),
                           read(head + after + "\noutput y"));
}

}  // namespace

TEST_CASE("a concatenation is compared by where its elements go") {
  const auto model = moved("Concat", {"i", "i"}, "axis", 1);
  CHECK(removed(model, "y = concat(i, i)  axis 1", "y = concat(x, x)  axis 1").verdict == cert::Verdict::accepted);
  CHECK(removed(model, "y = concat(i, i)  axis 1", "y = concat(x, x)  axis 2").verdict == cert::Verdict::rejected);
  CHECK(removed(model, "y = concat(i, i)  axis 1", "y = concat(x)  axis 1").verdict == cert::Verdict::rejected);
  oracle::test::Builder net({1, 2, 2});  // the same shape, other places
  net.node("Identity", {"x"}, "i");
  oracle::test::Builder::integers(net.node("Transpose", {"i"}, "y"), "perm", {0, 2, 1});
  const char* turned = "y = select(i)  shape [1, 2, 2]  index [0, 2, 1, 3]";
  const auto other = removed(net.bytes("y"), turned, "y = concat(x)  axis 1");
  CHECK(other.verdict == cert::Verdict::rejected);
  CHECK(other.why == "node 'y': another operation");
}

TEST_CASE("an operation that the oracle does not evaluate keeps its attributes and stored operands") {
  const auto model = moved("Softmax", {"i"}, "axis", 1);
  const auto softmax = [](const char* of, const char* settings) {
    return std::string("y = opaque(") + of + ")  op Softmax  shape [1, 2, 2]  evaluable 1  numbers " + settings;
  };
  const auto before = softmax("i", "[[axis, 1], [coerced, 0]]");
  CHECK(removed(model, before, softmax("x", "[[axis, 1], [coerced, 0]]")).verdict == cert::Verdict::accepted);
  for (const char* settings : {"[[axis, 2], [coerced, 0]]", "[[axis, 1]]", "[[axis, 1], [coerced, 0], [gate, 0]]"}) {
    const auto other = removed(model, before, softmax("x", settings));
    CHECK(other.verdict == cert::Verdict::rejected);
    CHECK(other.why == "node 'y': another operation");
  }
  CHECK(removed(model, before, softmax("x", "[[axis, 1], [coerced, 0]]") + "  constants [[1, 2, 3, 4]]").verdict ==
        cert::Verdict::rejected);
}

TEST_CASE("a mark of a gate is the oracle's") {
  oracle::test::Builder net({1, 2, 2, 2});
  net.node("GlobalAveragePool", {"x"}, "p");
  net.node("Sigmoid", {"p"}, "s");
  net.node("Mul", {"x", "s"}, "y");
  const auto marked = [&](const char* settings, const char* rewrite = "mark-gate") {
    const auto text = [](const std::string& numbers) {
      return "input x[1, 2, 2, 2]\np = global-average-pool(x)\ns = opaque(p)  op Sigmoid  shape [1, 2, 1, 1]  "
             "evaluable 1\n"
             "y/expand = select(s)  shape [1, 2, 2, 2]  index [0, 0, 0, 0, 1, 1, 1, 1]\n"
             "y = opaque(x, y/expand)  op Mul  shape [1, 2, 2, 2]  evaluable 1" +
             numbers + "\noutput y";
    };
    claim::Step step;
    step.rewrite = rewrite, step.nodes = {"y", "s", "p"};
    return cert::check_steps(net.bytes("y"), {}, {step}, read(text("")), read(text(settings)));
  };
  CHECK(marked("  numbers [[gate, 1]]").why == "");
  CHECK(marked("  numbers [[gate, 0]]").verdict == cert::Verdict::rejected);
  CHECK(marked("").verdict == cert::Verdict::rejected);
}
