#include "net/text.hpp"

#include <doctest/doctest.h>

#include "net/shape.hpp"

using namespace lrproof;
using net::parse_network;
using net::print_network;

namespace {

constexpr const char* kEverything = R"(# one of each
input x[1, 2, 4, 4]
c1 = conv(x)  weight [[[[1, "1/3"], [0.1, -2]]],
                      [[[1e-3, 0], [4, 5]]]]   bias [0, 1/7]  pads [0, 0, 1, 1]  groups 2
n1 = batch-norm(c1)  gamma [1, -2]  beta [0, 1]  mean [0.5, 0]  variance [1, 3]  epsilon 1e-5
r1 = relu(n1)
"layer 2/conv" = conv-transpose(r1)  weight [[[[1]], [[2]]], [[[3]], [[4]]]]  strides [2, 2]  shape [1, 2, 8, 8]
p1 = max-pool("layer 2/conv")  kernel [2, 2]  strides [2, 2]
a1 = average-pool(p1)  kernel [3, 3]  pads [1, 1, 1, 1]  count-include-pad 1
l1 = leaky-relu(a1)  alpha 0.1
q1 = prelu(l1)  slope [1/4, 1]
k1 = clip(q1)  min -1  max 6
k2 = clip(q1)  max 6
h1 = hard-tanh(k1)
h2 = hard-sigmoid(k2)  alpha 0.2  beta 1/2
b1 = abs(h1)
s1 = add(b1, h2)
s2 = sub(s1, x)
s3 = add(s1, s2, x)  signs [1, -1, 1]
m1 = max(s3, s2)
m2 = min(m1, s1)
v1 = scale(m2)  mul 2  add 1/3
t1 = concat(v1, m2)  axis 1
g1 = global-average-pool(t1)
f1 = reshape(g1)  shape [1, 4]
d1 = dense(f1)  weight [[1, 2, 3, 4], [0, 0, 1, -1]]  bias [0, 2/3]
e1 = select(d1)  shape [1, 3]  index [1, 0, -1]  fill 5
w1 = constant  shape [1, 3]  value [1, 2, 3]
z1 = max(e1, w1)
o1 = opaque(z1)  op Softmax  shape [1, 3]  numbers [[axis, 1]]  evaluable 1
output z1, o1
)";

std::string place_of(const char* text) {
  const auto network = parse_network(text, "n.net");
  REQUIRE(!network.ok());
  return network.error().place;
}
std::string told(const char* text) {
  const auto network = parse_network(text, "n.net");
  REQUIRE(!network.ok());
  return network.error().text();
}
bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("every operation is read, written and read again as the same value") {
  const auto network = parse_network(kEverything, "all.net");
  REQUIRE_MESSAGE(network.ok(), (network.ok() ? "" : network.error().text()));
  const auto text = print_network(*network);
  const auto again = parse_network(text, "again.net");
  REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().text()));
  CHECK(again->nodes() == network->nodes());
  CHECK(again->outputs() == network->outputs());
  CHECK(print_network(*again) == text);
  CHECK(network->node(network->find("c1")).shape == net::Shape{1, 2, 4, 4});
  CHECK(network->node(network->find("p1")).shape == net::Shape{1, 2, 4, 4});
  CHECK(network->node(network->find("g1")).shape == net::Shape{1, 4, 1, 1});
}

TEST_CASE("numbers are exact") {
  const auto network = parse_network("input x[2]\ny = affine(x) weight [[0.1, \"1/3\"]] bias [1e-6]\noutput y", "n");
  REQUIRE(network.ok());
  const auto& dense = std::get<net::Dense>(network->node(1).op);
  CHECK(dense.weight.rational(0) == num::Rational(1, 10));
  CHECK(dense.weight.rational(1) == num::Rational(1, 3));
  CHECK(dense.bias.rational(0) == num::Rational(1, 1000000));
  CHECK(network->node(1).shape == net::Shape{1});
}

TEST_CASE("mistakes are told with line, column and what would be right") {
  CHECK(place_of("input x[2]\ny = rellu(x)\noutput y") == "n.net:2:5");
  CHECK(has(told("input x[2]\ny = rellu(x)\noutput y"), "did you mean 'relu'"));
  CHECK(has(told("input x[2]\nfc = relu(x)\ny = relu(fx)\noutput y"), "did you mean 'fc'"));
  CHECK(place_of("input x[2]\ny = dense(x) wieght [[1, 2]]\noutput y") == "n.net:2:5");
  CHECK(has(told("input x[2]\ny = relu(x) alpah 1\noutput y"), "no setting 'alpah'"));
  CHECK(has(told("input x[2]\ny = dense(x) weight [[1, 2, 3]]\noutput y"), "3 inputs reads [2]"));
  CHECK(has(told("input x[2]\ny = dense(x) weight [[1, 2], [3]]\noutput y"), "a list of 1 beside lists of 2"));
  CHECK(has(told("input x[2]\ny = dense(x) weight [[1, nan]]\noutput y"), "'nan' is no number"));
  CHECK(has(told("input x[2]\ny = dense(x) weight [[1, 1e999]]\noutput y"), "beyond the range"));
  CHECK(has(told("input x[2]\nx = relu(x)\noutput x"), "defined twice"));
  CHECK(has(told("input x[2]\ny = relu(x)"), "without an output"));
  CHECK(has(told(""), "without an input"));
  CHECK(has(told("input x[2]\ny = relu(x"), "expected ',' or ')'"));
  CHECK(has(told("input x[2]\ny = relu(\"x"), "does not end"));
  CHECK(has(told("input x[2]\ny = relu(x) $"), "unexpected character"));
  CHECK(has(told("input x[100000000]\noutput x"), "not supported"));
  CHECK(has(told("input x[0]\noutput x"), "axis without elements"));
  CHECK(has(told("input x[[[[[[[[[[[1]]]]]]]]]]]\noutput x"), "nested deeper"));
  CHECK(has(told("input x[1, 2]\ny = batch-norm(x) gamma [1, 1] beta [0, 0] mean [0, 0] variance [1, 0]\noutput y"),
            "n.net:2:5"));
  CHECK(has(told("input x[2, 2]\ny = batch-norm(x) gamma [1, 1] beta [0, 0] mean [0, 0] variance [1, 1]\noutput y"),
            "does not fit"));  // a network is of one sample
  CHECK(has(told("input x[1, 1, 2]\ny = max-pool(x) kernel [2] pads [2, 0]\noutput y"), "wholly in the padding"));
}

TEST_CASE("no damaged text crashes the reader") {
  const std::string text = kEverything;
  for (std::size_t cut = 0; cut < text.size(); cut += 7) (void)parse_network(text.substr(0, cut), "cut.net").ok();
  for (std::size_t at = 0; at < text.size(); at += 5) {
    std::string damaged = text;
    damaged[at] = "[]()=,\"x9-"[at % 10];
    (void)parse_network(damaged, "damaged.net").ok();
  }
}
