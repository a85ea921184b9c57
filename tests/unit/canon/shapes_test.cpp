#include <doctest/doctest.h>

#include "net/evaluate.hpp"
#include "rewritten.hpp"

using namespace lrproof;
using namespace lrproof::canon::testing;
using num::Rational;

namespace {

std::vector<std::vector<Rational>> outputs(const net::Network& network, std::vector<Rational> x) {
  const auto values = net::evaluate<Rational>(network, x, 1);
  std::vector<std::vector<Rational>> out;
  for (const auto id : network.outputs()) out.push_back(values.of[std::size_t(id)]);
  return out;
}

void same_function(const net::Network& a, const net::Network& b) {
  for (int seed = 1; seed < 9; ++seed) {
    std::vector<Rational> x;
    const int shift = seed % 2 == 0 ? 6 : 13;  // every other point is negative throughout
    for (int k = 0; k < a.input_size(); ++k) x.emplace_back(long((k * 7 + seed * 5) % 13 - shift), long(seed % 3 + 1));
    CHECK(outputs(a, x) == outputs(b, x));
  }
}

/// Applies one pass; the function stays, a second round changes nothing, and the text form holds what was made.
canon::Rewritten once(const std::string& text, const std::string& pass, std::size_t steps = 1) {
  const auto before = read(text);
  auto out = canonized(before, {pass});
  CHECK_MESSAGE(out.steps.size() == steps, text);
  same_function(before, out.network);
  const auto again = canonized(out.network, {pass});
  CHECK(again.steps.empty());
  CHECK(read(net::print_network(out.network)).nodes() == out.network.nodes());
  return out;
}

std::string miss(const std::string& text, const std::string& pass) {
  const auto out = canonized(read(text), {pass});
  CHECK(out.steps.empty());
  return out.near_misses.empty() ? "" : out.near_misses[0].reason;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what is no operation goes, and its readers read the operand") {
  const std::string head = "input x[1, 2, 2, 2]\na = relu(x)\n", tail = "y = abs(i)\noutput y";
  for (const std::string identity : {
           "i = reshape(a) shape [1, 2, 2, 2]\n",
           "i = scale(a) mul 1 add 0\n",
           "i = select(a) shape [1, 2, 2, 2] index [0, 1, 2, 3, 4, 5, 6, 7]\n",
           "i = concat(a) axis 1\n",
           "i = add(a)\n",
           "i = max(a)\n",
           "i = min(a)\n",
           "i = average-pool(a) kernel [1, 1]\n",
           "i = max-pool(a) kernel [1, 1]\n",
           "i = leaky-relu(a) alpha 1\n",
       }) {
    const auto out = once(head + identity + tail, "remove-identity");
    CHECK(out.network.find("i") == -1);
    CHECK(out.network.size() == 3);
    CHECK(out.near_misses.empty());
  }
  CHECK(once(head + "i = add(a)\nj = max(i)\nk = add(j, i)\noutput k", "remove-identity", 2).network.size() == 3);
}

TEST_CASE("what nearly is no operation stays") {
  const std::string head = "input x[1, 2, 2, 2]\na = relu(x)\n", tail = "y = abs(i)\noutput y";
  for (const std::string other : {
           "i = reshape(a) shape [1, 8]\n",
           "i = scale(a) mul 1 add [0, 0, 0, 0, 0, 0, 0, 1e-30]\n",
           "i = scale(a) mul -1\n",
           "i = select(a) shape [1, 2, 2, 2] index [0, 1, 2, 3, 4, 5, 7, 6]\n",
           "i = concat(a, a) axis 1\n",
           "i = add(a) signs [-1]\n",
           "i = add(a, a)\n",
           "i = average-pool(a) kernel [1, 1] strides [2, 2] pads [0, 0, 1, 1]\n",
           "i = max-pool(a) kernel [2, 1] pads [0, 0, 1, 0]\n",
           "i = relu(a)\n",
       })
    CHECK(miss(head + other + tail, "remove-identity") == "");
  CHECK(has(miss(head + "i = add(a)\noutput i", "remove-identity"), "keeps its name"));
  CHECK(has(miss(head + "i = add(a)\ny = abs(i)\noutput y, i", "remove-identity"), "'i' is an output"));
}

TEST_CASE("an operation on stored tensors is a stored tensor") {
  const auto out = once(
      "input x[1, 2]\nc = constant shape [1, 2] value [1, 1/3]\nd = constant shape [1, 2] value "
      "[-1, 0.1]\ns = sub(c, d)\nr = relu(s)\ny = max(x, r, c)\noutput y",
      "fold-constant", 2);
  CHECK(out.network.size() == 4);
  const auto& folded = out.network.node(out.network.find("r"));
  CHECK(std::get<net::Constant>(folded.op).value.rational(1) == Rational(7, 30));
  CHECK(has(miss("input x[1, 1]\nc = constant shape [1, 1] value [1]\no = opaque(c) op Exp shape [1, 1] evaluable 1\n"
                 "y = max(x, o)\noutput y",
                 "fold-constant"),
            "no exact value"));
  CHECK(has(miss("input x[1, 1]\nc = constant shape [1, 1] value [1e300]\ns = scale(c) mul 1e300\ny = max(x, s)\n"
                 "output y",
                 "fold-constant"),
            "beyond the range"));
  // A product with a stored operand is read from a file as a scale.
  const std::string read_by = "input x[1, 2]\nc = constant shape [1, 2] value [1, -3]\nr = relu(c)\n";
  const std::string product = "y = opaque(x, r) op Mul shape [1, 2]\noutput y";
  CHECK(has(miss(read_by + product, "fold-constant"), "'y' (Mul), which reads it"));
  const std::string by_moves = "s = scale(r) mul 2\nq = add(s, r)\ny = opaque(q, x) op Mul shape [1, 2]\noutput y";
  CHECK(has(miss(read_by + by_moves, "fold-constant"), "'y' (Mul), which reads it"));
  once(read_by + "a = add(r, x)\noutput a", "fold-constant");
}

TEST_CASE("sums inside sums become one sum, signs multiplied") {
  const auto out = once("input x[1, 2]\na = relu(x)\nb = abs(x)\ns = sub(a, b)\nt = sub(x, s)\nu = add(t, a)\noutput u",
                        "residual-sum", 2);
  const auto& sum = out.network.node(out.network.output());
  CHECK(sum.name == "u");
  CHECK(std::get<net::Add>(sum.op).signs == std::vector<int>{1, -1, 1, 1});
  CHECK(out.in_form.size() == 1);
  CHECK(has(out.in_form[0].reason, "one sum of its 4 operands"));
  const std::string inner = "input x[1, 2]\na = relu(x)\ns = add(a, x)\n";
  CHECK(has(miss(inner + "t = add(s, s)\noutput t", "residual-sum"), "read 2 times"));
  CHECK(has(miss(inner + "t = add(s, a)\nu = abs(s)\nv = max(t, u)\noutput v", "residual-sum"), "read 2 times"));
  CHECK(has(miss(inner + "t = add(s, a)\noutput t, s", "residual-sum"), "also an output"));
  const auto plain = canonized(read("input x[1, 2]\na = relu(x)\ns = add(a, a)\noutput s"), {"residual-sum"});
  CHECK(plain.near_misses.empty());
  CHECK(plain.in_form.size() == 1);
}

TEST_CASE("a norm gets a layer of its own, and takes it") {
  const std::string norm = " = batch-norm(a)  gamma [2, -3]  beta [1, 1/3]  mean [0.5, -1]  variance [1, 3]\n";
  const std::string shared = "input x[1, 2]\na = dense(x)  weight [[1, 2], [3, 4]]\n";
  const auto both = once(shared + "n" + norm + "m" + norm + "s = add(n, m)\noutput s", "split-shared");
  CHECK(both.steps[0].nodes == std::vector<std::string>{"a", "n"});
  CHECK(both.network.find("a.copy") > 0);
  const auto folded = canonized(both.network, {"batchnorm-into-affine"});
  CHECK(folded.steps.size() == 2);
  CHECK(folded.network.size() == 4);
  once(shared + "n" + norm + "s = add(n, a)\noutput s", "split-shared");
  once(shared + "n" + norm + "output n, a", "split-shared");
  once(shared + "n" + norm + "m" + norm + "o" + norm + "s = add(n, m, o, a)\noutput s", "split-shared", 3);
  CHECK(miss(shared + "n" + norm + "output n", "split-shared") == "");
  CHECK(miss("input x[1, 2]\na = relu(x)\nn" + norm + "s = add(n, a)\noutput s", "split-shared") == "");
}

TEST_CASE("two affine layers are one") {
  const std::string dense = "input x[1, 2]\na = dense(x)  weight [[1, 1/3], [3, 4], [5, 6]]  bias [1, 2, 3]\n";
  const std::string conv =
      "input x[1, 2, 3, 3]\na = conv(x)  weight [[[[1, 2], [3, 4]], [[0, 1], [1, 0]]], [[[1, 1], [0, -1]], [[2, 0], "
      "[0, "
      "3]]]]  bias [1, -2]  pads [1, 0, 0, 1]  strides [1, 2]\n";
  const std::string plane = "input x[1, 2, 2, 2]\n";
  for (const std::string& text : {
           dense + "y = dense(a)  weight [[1, 2, 3], [0.1, -1, 0]]  bias [7, 8]\noutput y",
           dense + "y = scale(a) mul [1, -2, 0] add [3, 4, 5]\noutput y",
           std::string(
               "input x[1, 2, 2]\na = dense(x)  weight [[1, 2], [3, 4]]\ny = dense(a)  weight [[5, 6]]\noutput y"),
           std::string("input x[1, 2, 2]\na = scale(x) mul [1, 2, 1, 2] add [3, 0, 3, 0]\n"
                       "y = dense(a)  weight [[5, 6]]  bias [1]\noutput y"),
           std::string("input x[1, 2]\na = scale(x) mul [1, 1/3]\ny = scale(a) mul 3 add 1\noutput y"),
           conv + "y = scale(a) mul [1, 1, 1, 1, 1, 1, -2, -2, -2, -2, -2, -2] add 0.1\noutput y",
           conv + "y = conv(a)  weight [[[[1]], [[1/3]]], [[[3]], [[4]]], [[[0]], [[5]]]]  bias [1, 2, 3]\noutput y",
           plane +
               "a = scale(x) mul [2, 2, 2, 2, 3, 3, 3, 3] add 5\ny = conv(a)  weight [[[[1, 2], [3, 4]]], [[[5, 6], "
               "[7, 8]]]]  groups 2\noutput y",
           plane + "a = scale(x) mul 2\ny = conv(a)  weight [[[[1]], [[1]]]]  pads [1, 1, 1, 1]\noutput y",
           plane +
               "a = conv-transpose(x)  weight [[[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, 8]]]]\ny = scale(a) mul [1, 1, 1, "
               "1, 1, 1, 2, 2, 2, 2, 2, 2] add 1\noutput y",
       }) {
    const auto out = once(text, "merge-affine");
    CHECK(out.network.size() == 2);
    CHECK(out.network.node(out.network.output()).name == "y");
  }
}

TEST_CASE("two affine layers stay two, and why") {
  const std::string plane = "input x[1, 2, 2, 2]\n", one = "weight [[[[1]], [[1]]], [[[1]], [[2]]]]";
  const auto why = [](const std::string& text) { return miss(text, "merge-affine"); };
  CHECK(has(why("input x[1, 2]\na = dense(x) weight [[1, 2]]\nb = dense(a) weight [[1]]\nc = add(a, b)\noutput c"),
            "read 2 times"));
  CHECK(has(why("input x[1, 2]\na = dense(x) weight [[1, 2]]\nb = dense(a) weight [[1]]\noutput b, a"), "an output"));
  CHECK(
      has(why("input x[1, 2, 2]\na = scale(x) mul [1, 2, 3, 4]\nb = dense(a) weight [[1, 1]]\noutput b"), "every row"));
  CHECK(has(why(plane + "a = conv(x) " + one + "\nb = scale(a) mul [1, 2, 3, 4, 5, 6, 7, 8]\noutput b"), "position"));
  CHECK(has(why(plane + "a = scale(x) add 1\nb = conv(a) " + one + " pads [1, 0, 0, 0]\noutput b"), "padded"));
  CHECK(has(why(plane + "a = conv(x) " + one + "\nb = conv(a) " + one + " strides [2, 1]\noutput b"), "kernel 1"));
  CHECK(
      has(why(plane + "a = conv(x) weight [[[[1]]], [[[2]]]] groups 2\nb = conv(a) " + one + "\noutput b"), "groups"));
  CHECK(has(why("input x[1, 1]\na = dense(x) weight [[1e300]]\nb = dense(a) weight [[1e300]]\noutput b"), "range"));
}

TEST_CASE("an average pool of one count is a convolution") {
  const std::string head = "input x[1, 2, 4, 4]\np = ", tail = "\noutput p";
  for (const std::string pool : {
           "average-pool(x) kernel [2, 2] strides [2, 2]",
           "average-pool(x) kernel [3, 3] strides [1, 1] pads [1, 1, 1, 1] count-include-pad 1",
           "average-pool(x) kernel [2, 2] dilations [2, 2]",
           "global-average-pool(x)",
       }) {
    const auto out = once(head + pool + tail, "average-pool-as-conv");
    CHECK(net::op_word(out.network.node(1).op) == "conv");
  }
  CHECK(has(miss(head + "average-pool(x) kernel [3, 3] pads [1, 1, 1, 1]" + tail, "average-pool-as-conv"), "4 and 6"));
}

TEST_CASE("a maximum is a sum of ReLUs") {
  const auto relu_only = [](const net::Network& network) {
    for (const auto& node : network.nodes())
      if (net::op_word(node.op) == "max" || net::op_word(node.op) == "max-pool") return false;
    return true;
  };
  for (const std::string text : {
           "input x[1, 2, 4, 4]\ny = max-pool(x) kernel [2, 2] strides [2, 2]\noutput y",
           "input x[1, 2, 3, 3]\ny = max-pool(x) kernel [3, 3] pads [1, 1, 1, 1]\noutput y",
           "input x[1, 1, 5]\ny = max-pool(x) kernel [2] dilations [2] pads [0, 1] strides [2]\noutput y",
           "input x[1, 1, 4]\ny = max-pool(x) kernel [1] strides [2]\noutput y",
           "input x[1, 2]\na = abs(x)\nb = relu(x)\ny = max(a, x, b)\noutput y",
           "input x[1, 2]\na = abs(x)\nb = relu(x)\ny = min(a, x, b)\noutput y",
       }) {
    const auto out = once(text, "max-as-relu");
    CHECK(relu_only(out.network));
    CHECK(out.network.node(out.network.output()).name == "y");
  }
  CHECK(miss("input x[1, 2]\ny = max(x)\noutput y", "max-as-relu") == "");
}

TEST_CASE("every activation is a sum of ReLUs") {
  const std::string head = "input x[1, 3]\ny = ", tail = "\noutput y";
  for (const std::string activation : {
           "leaky-relu(x) alpha 0.1",
           "prelu(x) slope [0.1, 1, -2]",
           "prelu(x) slope [0, 0, 1]",
           "clip(x) min 0 max 6",
           "clip(x) min -1",
           "clip(x) max 2",
           "abs(x)",
           "hard-tanh(x)",
           "hard-sigmoid(x)",
           "hard-sigmoid(x) alpha -1/6",
           "activation(x) kind threshold-relu curves [[[1], [0, 1], [0, -1]], [[-1], [-1, 0], [-1, 0]], [[], [0], "
           "[2]]] "
           "curve-of [0, 1, 2]",
           "activation(x) kind threshold-relu curves [[[1], [0, 1], [0, -1]]]",
           "activation(x) kind clip curves [[[], [0], [2]]]",
       }) {
    const auto out = once(head + activation + tail, "pieces-as-relu");
    CHECK(out.network.node(out.network.output()).name == "y");
    for (const auto& node : out.network.nodes())
      if (const auto* op = std::get_if<net::Activation>(&node.op)) CHECK(op->kind == "relu");
  }
  CHECK(miss(head + "relu(x)" + tail, "pieces-as-relu") == "");
  CHECK(miss(head + "leaky-relu(x) alpha 1" + tail, "pieces-as-relu") == "");
  // Curves that no element has do not count.
  const std::string first = "activation(x) kind prelu curves [[[], [1], [0]], [[0], [2, 1], [0, 0]]] curve-of ";
  CHECK(miss(head + first + "[0, 0, 0]" + tail, "pieces-as-relu") == "");
  once(head + first + "[1, 1, 1]" + tail, "pieces-as-relu");
  CHECK(miss(head + "activation(x) kind prelu curves [[[0], [0, 1], [0, 0]], [[], [2], [0]]] curve-of [0, 0, 0]" + tail,
             "pieces-as-relu") == "");
}

TEST_CASE("a gate is marked where its block is found on the data flow") {
  const auto block = [](const std::string& gate, const std::string& product) {
    return "input x[1, 2, 2, 2]\ns = relu(x)\np = global-average-pool(s)\n"
           "c = conv(p)  weight [[[[1]], [[2]]], [[[3]], [[4]]]]\nr = relu(c)\n" +
           gate + "\ng = select(h) shape [1, 2, 2, 2] index [0, 0, 0, 0, 1, 1, 1, 1]\n" + product + "\noutput y";
  };
  const std::string product = "y = opaque(s, g) op Mul shape [1, 2, 2, 2] evaluable 1";
  for (const std::string gate : {"h = hard-sigmoid(r)", "h = opaque(r) op Sigmoid shape [1, 2, 1, 1] evaluable 1"}) {
    const auto out = canonized(read(block(gate, product)), {"mark-gate"});
    REQUIRE(out.steps.size() == 1);
    CHECK(out.steps[0].nodes == std::vector<std::string>{"y", "h", "p"});
    CHECK(std::get<net::Opaque>(out.network.node(out.network.output()).op).numbers.at("gate") == 1);
    CHECK(canonized(out.network, {"mark-gate"}).steps.empty());
  }
  const std::string sigmoid = "h = hard-sigmoid(r)";
  CHECK(has(miss(block(sigmoid, "y = opaque(x, g) op Mul shape [1, 2, 2, 2]"), "mark-gate"), "mean of 'x' alone"));
  CHECK(miss(block("h = abs(r)", product), "mark-gate") == "");
  const std::string leak = "q = select(s) shape [1, 2, 1, 1] index [0, 4]\nz = add(r, q)\nh = hard-sigmoid(z)";
  CHECK(has(miss(block(leak, product), "mark-gate"), "mean of 's' alone"));
}
