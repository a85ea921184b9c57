// The instance proof of windows: forms that are the same function come out alike, and every wrong rewrite is refuted.
#include <doctest/doctest.h>

#include <random>

#include "../canon/rewritten.hpp"
#include "net/curve.hpp"
#include "net/evaluate.hpp"
#include "prove/canonization.hpp"
#include "prove/rewrites/element_forms.hpp"
#include "prove/rewrites/forms.hpp"
#include "prove/rewrites/shape_identities.hpp"
#include "times.hpp"

using namespace lrproof;
using claim::Verdict;
using lrproof::canon::testing::read;
using num::Rational;

namespace {

claim::Step judged(const std::string& rewrite, const std::vector<std::string>& nodes, const std::string& before,
                   const std::string& after) {
  claim::Step step;
  step.rewrite = rewrite, step.nodes = nodes;
  return prove::prove_step(read(before), read(after), step);
}

/// Both texts as the body of one network with input x[1, 2] and output y; y is all that is matched.
Verdict same(const std::string& before, const std::string& after) {
  const std::string head = "input x[1, 2]\n", tail = "\noutput y";
  std::vector<std::string> nodes;
  const auto old_network = read(head + before + tail);
  for (net::NodeId id = 1; id < old_network.size(); ++id) nodes.push_back(old_network.node(id).name);
  return judged("pieces-as-relu", nodes, head + before + tail, head + after + tail).verdict;
}

}  // namespace

TEST_CASE("curves compose exactly") {
  std::mt19937 random(3);
  const auto number = [&] { return Rational(long(random() % 13) - 6, long(random() % 3) + 1); };
  const auto curve = [&] {
    net::Curve made{{}, {number()}, {number()}};
    Rational kink = number();
    for (unsigned k = random() % 3; k-- > 0; kink += Rational(long(random() % 3) + 1)) {
      const Rational slope = made.slopes.back() + Rational(long(random() % 3) + 1);
      made.intercepts.push_back(made.intercepts.back() + (made.slopes.back() - slope) * kink);
      made.slopes.push_back(slope), made.kinks.push_back(kink);
    }
    return made;
  };
  for (int round = 0; round < 200; ++round) {
    const auto outer = curve(), inner = curve();
    const auto both = net::composed(outer, inner);
    for (std::size_t k = 0; k + 1 < both.slopes.size(); ++k) CHECK(both.slopes[k] != both.slopes[k + 1]);
    for (int t = -60; t <= 60; ++t) {
      const Rational at(long(t), 6L);
      CHECK(net::apply_curve(both, at) == net::apply_curve(outer, net::apply_curve(inner, at)));
    }
  }
}

TEST_CASE("functions of one number have one form") {
  CHECK(same("y = abs(x)", "n = scale(x) mul -1\nr = relu(n)\np = relu(x)\ny = add(r, p)") == Verdict::proved);
  CHECK(same("y = clip(x) min -1 max 2", "h = clip(x) max 2\ny = clip(h) min -1") == Verdict::proved);
  CHECK(same("y = relu(x)", "n = scale(x) mul -1\nr = relu(n)\ny = add(x, r)") == Verdict::proved);
  CHECK(same("y = leaky-relu(x) alpha 0.1",
             "a = abs(x)\np = scale(x) mul 0.55\nq = scale(a) mul 0.45\ny = add(p, q)") == Verdict::proved);
  CHECK(same("a = abs(x)\ny = relu(a)", "y = abs(x)") == Verdict::proved);
  CHECK(same("d = dense(x) weight [[1, 2], [-2, -4]]  bias [1, -2]\ny = relu(d)",
             "d = dense(x) weight [[2, 4], [1, 2]]  bias [2, 1]\np = relu(d)\nq = sub(p, d)\n"
             "u = scale(p) mul [1/2, 1]\nv = scale(q) mul [1, 2]\ns = concat(u, v) axis 1\n"
             "y = select(s) shape [1, 2] index [0, 3]") == Verdict::proved);
  CHECK(same("y = hard-sigmoid(x)", "y = hard-sigmoid(x) alpha 0.25") == Verdict::refuted);
  CHECK(same("y = clip(x) min 0 max 6", "y = clip(x) min 0 max 6.0000000000000009") == Verdict::refuted);
}

TEST_CASE("the larger of two is the same whichever is named first") {
  const std::string two = "a = abs(x)\nb = dense(x) weight [[1, 2], [3, 4]]\n";
  CHECK(same(two + "y = max(a, b)", two + "y = max(b, a)") == Verdict::proved);
  CHECK(same(two + "y = min(a, b)", two + "y = min(b, a)") == Verdict::proved);
  CHECK(same(two + "y = max(a, b, a)", two + "y = max(b, a)") == Verdict::proved);
  CHECK(same(two + "y = max(a, b)", two + "m = min(a, b)\ns = add(a, b)\ny = sub(s, m)") == Verdict::proved);
  CHECK(same(two + "y = max(a, b)", two + "y = min(a, b)") == Verdict::refuted);
  const std::string pos = "p = relu(x)\nq = select(p) shape [1, 2] index [1, 0]\n";
  CHECK(same(pos + "y = add(p, q)", pos + "s = add(p, q)\ny = relu(s)") == Verdict::proved);  // a sum of ReLUs is >= 0
  CHECK(same(pos + "y = sub(p, q)", pos + "s = sub(p, q)\ny = relu(s)") == Verdict::refuted);
}

TEST_CASE("a difference names the element and a point, and what is not decided is no proof") {
  const std::string before = "input x[1, 2]\nb = abs(x)\nc = reshape(b) shape [1, 2]\ny = relu(c)\noutput y";
  const auto wrong = judged("remove-identity", {"c"}, before, "input x[1, 2]\nb = abs(x)\ny = relu(x)\noutput y");
  CHECK(wrong.verdict == Verdict::refuted);
  CHECK(wrong.note.find("'c' element 0 is ") == 0);
  CHECK(wrong.note.find("x[0] = ") != std::string::npos);
  CHECK(judged("remove-identity", {"c"}, before, "input x[1, 2]\nb = abs(x)\ny = relu(b)\noutput y").verdict ==
        Verdict::proved);
  CHECK(judged("remove-identity", {"q"}, before, before).verdict == Verdict::refuted);
  // The larger of three in another order: equal, and neither form nor point shows it.
  const std::string three = "a = abs(x)\nb = dense(x) weight [[1, 2], [3, 4]]\n";
  CHECK(same(three + "y = max(a, b, x)", three + "y = max(b, x, a)") == Verdict::unknown);
  const auto old_network = read(before), new_network = read("input x[1, 2]\nb = abs(x)\ny = relu(b)\noutput y");
  CHECK(prove::check_window(old_network, new_network, {"c"}, 1).undecided.find("more steps") != std::string::npos);
  CHECK(prove::check_window(old_network, new_network, {"c"}, 100).undecided.empty());
}

namespace {

bool refuted(const std::string& rewrite, const std::vector<std::string>& nodes, const std::string& before,
             const std::string& after) {
  return judged(rewrite, nodes, before, after).verdict == Verdict::refuted;
}

}  // namespace

TEST_CASE("wrong sums and layers are refuted") {
  const std::string head = "input x[1, 2]\na = relu(x)\nb = abs(x)\n";
  const std::string nested = head + "s = sub(a, b)\nt = sub(x, s)\noutput t";
  CHECK(judged("residual-sum", {"s", "t"}, nested, head + "t = add(x, a, b) signs [1, -1, 1]\noutput t").verdict ==
        Verdict::proved);
  CHECK(refuted("residual-sum", {"s", "t"}, nested, head + "t = add(x, a, b) signs [1, -1, -1]\noutput t"));
  CHECK(refuted("residual-sum", {"s", "t"}, nested, head + "t = add(x, a) signs [1, -1]\noutput t"));
  CHECK(refuted("residual-sum", {"s", "t"}, head + "s = sub(a, b)\nt = sub(x, s)\nu = add(s, t)\noutput u",
                head + "t = add(x, a, b) signs [1, -1, 1]\nu = add(b, t)\noutput u"));  // a reader left on another node

  const std::string layers = "input x[1, 2]\na = dense(x) weight [[1, 2], [3, 4]] bias [1, 0]\ny = ";
  const auto merged = [](const std::string& weight, const std::string& bias) {
    return "input x[1, 2]\ny = dense(x) weight " + weight + " bias " + bias + "\noutput y";
  };
  const std::string after_scale = layers + "scale(a) mul [2, 3] add 1\noutput y";
  CHECK(judged("merge-affine", {"a", "y"}, after_scale, merged("[[2, 4], [9, 12]]", "[3, 1]")).verdict ==
        Verdict::proved);
  CHECK(refuted("merge-affine", {"a", "y"}, after_scale, merged("[[2, 6], [6, 12]]", "[3, 1]")));   // wrong axis
  CHECK(refuted("merge-affine", {"a", "y"}, after_scale, merged("[[2, 4], [9, 12]]", "[2, 1]")));   // bias not scaled
  CHECK(refuted("merge-affine", {"a", "y"}, after_scale, merged("[[2, 4], [9, 12]]", "[3, -1]")));  // sign flipped
  CHECK(refuted("merge-affine", {"a", "y"}, after_scale,
                merged("[[2, 4], [9, 12.000000000000002]]", "[3, 1]")));  // one unit in the last place

  const std::string plane = "input x[1, 1, 2, 2]\n";
  const std::string padded = plane + "a = scale(x) add 1\ny = conv(a) weight [[[[1, 2]]]] pads [0, 1, 0, 0]\noutput y";
  CHECK(refuted("merge-affine", {"a", "y"}, padded,
                plane + "y = conv(x) weight [[[[1, 2]]]] bias [3] pads [0, 1, 0, 0]\noutput y"));  // padding ignored

  const std::string pool = "input x[1, 1, 3]\ny = average-pool(x) kernel [2] pads [1, 0] strides [1]\noutput y";
  CHECK(refuted("average-pool-as-conv", {"y"}, pool,
                "input x[1, 1, 3]\ny = conv(x) weight [[[1/2, 1/2]]] pads [1, 0] strides [1]\noutput y"));
  const std::string thirds = "input x[1, 1, 3]\ny = average-pool(x) kernel [3]\noutput y";
  CHECK(judged("average-pool-as-conv", {"y"}, thirds,
               "input x[1, 1, 3]\ny = conv(x) weight [[[1/3, 1/3, 1/3]]]\noutput y")
            .verdict == Verdict::proved);
  CHECK(refuted("average-pool-as-conv", {"y"}, thirds,
                "input x[1, 1, 3]\ny = conv(x) weight [[[1/3, 1/3, 0.3333333333333333]]]\noutput y"));  // rounded
}

TEST_CASE("wrong maxima and activations are refuted") {
  const std::string most = "input x[1, 1, 3]\ny = max-pool(x) kernel [2] pads [1, 0] strides [1]\noutput y";
  const auto tree = [](const std::string& first) {
    return "input x[1, 1, 3]\np = select(x) shape [1, 1, 3] index [" + first +
           ", 0, 1]\nq = select(x) shape [1, 1, 3] index [0, 1, 2]\no = sub(q, p)\nr = relu(o)\ny = add(p, r)\noutput "
           "y";
  };
  CHECK(judged("max-as-relu", {"y"}, most, tree("0")).verdict == Verdict::proved);
  CHECK(refuted("max-as-relu", {"y"}, most, tree("-1")));  // padding read as 0
  const std::string pair = "input x[1, 2]\na = abs(x)\ny = min(a, x)\noutput y";
  const std::string swapped = "input x[1, 2]\na = abs(x)\no = sub(x, a)\nr = relu(o)\ny = sub(a, r)\noutput y";
  CHECK(refuted("max-as-relu", {"y"}, pair, swapped));

  const std::string clip = "input x[1, 2]\ny = clip(x) min 0 max 6\noutput y";
  const auto pieces = [](const std::string& shift, const std::string& sum) {
    return "input x[1, 2]\na = relu(x)\ns = scale(x) add " + shift + "\nb = relu(s)\ny = " + sum + "(a, b)\noutput y";
  };
  CHECK(judged("pieces-as-relu", {"y"}, clip, pieces("-6", "sub")).verdict == Verdict::proved);
  CHECK(refuted("pieces-as-relu", {"y"}, clip, pieces("6", "sub")));
  CHECK(refuted("pieces-as-relu", {"y"}, clip, pieces("-6", "add")));
}

TEST_CASE("a carrier of another shape, and a curve that jumps, are no proof") {
  // Readers that go by flat positions do not see the shape; others of the network may.
  const std::string before = "input x[1, 4]\nb = abs(x)\nc = reshape(b) shape [1, 2, 2]\n";
  const std::string tail = "y = reshape(c) shape [4, 1]\noutput y";
  const auto other = judged("remove-identity", {"c"}, before + tail,
                            "input x[1, 4]\nb = abs(x)\ny = reshape(b) shape [4, 1]\noutput y");
  CHECK(other.verdict == Verdict::refuted);
  CHECK(other.note == "'b' has another shape than 'c'");

  const auto judge = [](const net::Curve& curve) {
    const auto old_network = read("input x[1, 1]\ny = clip(x) max 6\noutput y");
    auto nodes = old_network.nodes();
    std::get<net::Activation>(nodes[1].op).curves = {curve};
    const auto made = net::Network::create(std::move(nodes), old_network.outputs());
    REQUIRE(made.ok());
    claim::Step step;
    step.rewrite = "pieces-as-relu", step.nodes = {"y"};
    return prove::prove_step(old_network, *made, step).verdict;
  };
  const Rational zero(0), one(1), six(6);
  CHECK(judge({{six}, {one, zero}, {zero, six}}) == Verdict::proved);
  CHECK(judge({{six}, {one, zero}, {zero, Rational(5)}}) == Verdict::unknown);  // the same slopes, a jump at 6
  CHECK(judge({{one, six}, {one, one, zero}, {zero, Rational(3), six}}) == Verdict::unknown);
}

TEST_CASE("wrong copies, constants and marks are refuted") {
  const std::string norm = " = batch-norm(a)  gamma [2]  beta [1]  mean [0.5]  variance [1]\n";
  const std::string shared = "input x[1, 1]\na = dense(x) weight [[3]] bias [1]\nn" + norm + "y = add(n, a)\noutput y";
  const auto split = [](const std::string& bias, const std::string& reader) {
    return "input x[1, 1]\na = dense(x) weight [[3]] bias [1]\na.copy = dense(x) weight [[3]] bias [" + bias +
           "]\nn = batch-norm(a.copy)  gamma [2]  beta [1]  mean [0.5]  variance [1]\ny = add(n, " + reader +
           ")\noutput y";
  };
  CHECK(judged("split-shared", {"a", "n"}, shared, split("1", "a")).verdict == Verdict::proved);
  CHECK(refuted("split-shared", {"a", "n"}, shared, split("1.0000000000000002", "a")));

  const std::string stored =
      "input x[1, 1]\nc = constant shape [1, 1] value [0.1]\ns = add(c, c)\ny = max(x, s)\noutput y";
  CHECK(judged("fold-constant", {"s", "c"}, stored,
               "input x[1, 1]\ns = constant shape [1, 1] value [0.2]\ny = max(x, s)\noutput y")
            .verdict == Verdict::proved);
  CHECK(refuted("fold-constant", {"s", "c"}, stored,
                "input x[1, 1]\ns = constant shape [1, 1] value [0.20000000000000001]\ny = max(x, s)\noutput y"));

  const std::string gate = "input x[1, 1]\ng = hard-sigmoid(x)\ny = opaque(x, g) op Mul shape [1, 1]";
  CHECK(judged("mark-gate", {"y", "g"}, gate + "\noutput y", gate + " numbers [[gate, 1]]\noutput y").verdict ==
        Verdict::proved);
  CHECK(judged("mark-gate", {"y", "g"}, gate + "\noutput y",
               "input x[1, 1]\ng = hard-sigmoid(x)\ny = opaque(g, x) op Mul shape [1, 1] numbers [[gate, 0]]\noutput y")
            .verdict != Verdict::proved);
}

TEST_CASE("identities that do not hold are refuted") {
  using prove::prove_equal;
  CHECK(prove_equal({{"s*(p*a + q*b) + t*c", "(s*p)*a + q*b + t*c"}}).verdict == Verdict::refuted);
  CHECK(prove_equal({{"a", "b + (a - b)"}, {"b", "b + (a - b)"}}).verdict == Verdict::refuted);
  CHECK(prove_equal({{"q*t + i", "p*t + i + (q - p)*(t - k)"}}).verdict == Verdict::refuted);
  CHECK(prove_equal({{"a +", "a"}}).verdict == Verdict::rejected);
  for (const auto identity :
       {prove::neutral_identity, prove::sum_identity, prove::composed_identity, prove::average_identity,
        prove::pieces_identity, prove::larger_identity, prove::same_operation_identity})
    CHECK(identity("").verdict == Verdict::proved);
}

namespace {

/// A random network of operations on [1, 2, 3, 3] that the rewrites look for.
std::string random_network(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return random() % n; };
  const auto number = [&] { return std::to_string(int(below(9)) - 4) + "/" + std::to_string(below(3) + 1); };
  const auto list = [&](int n) {
    std::string out = "[";
    for (int k = 0; k < n; ++k) out += (k ? ", " : "") + number();
    return out + "]";
  };
  const auto kernel = [&](const std::string& tap) {
    std::string out = "[";
    for (int o = 0; o < 2; ++o) out += std::string(o ? ", [" : "[") + tap + ", " + tap + "]";
    return out + "]";
  };
  std::string text = "input x[1, 2, 3, 3]\n";
  std::vector<std::string> names{"x"};
  const auto pick = [&] { return names[names.size() - 1 - below(std::min<std::size_t>(3, names.size()))]; };
  const auto all = [](const std::string& of, const std::string& between) { return "(" + of + ", " + between + ")"; };
  for (int k = 0; k < 12; ++k) {
    const auto a = pick(), b = pick(), c = pick();
    const auto n = "n" + std::to_string(k);
    const std::string norm = "  gamma " + list(2) + "  beta " + list(2) + "  mean " + list(2) + "  variance [1, 3]";
    const std::string forms[] = {
        "conv(" + a + ")  weight " + kernel("[[" + number() + ", 1], [0, " + number() + "]]") + "  bias " + list(2) +
            "  pads [1, 0, 0, 1]",
        "conv(" + a + ")  weight " + kernel("[[" + number() + "]]") + "  bias " + list(2),
        "batch-norm(" + a + ")" + norm,
        "batch-norm(" + a + ")" + norm,
        "scale(" + a + ") mul " + number() + " add " + number(),
        "relu(" + a + ")",
        "leaky-relu(" + a + ") alpha " + number(),
        "clip(" + a + ") min -1 max 2",
        "hard-sigmoid(" + a + ")",
        "add" + all(a, b),
        "sub" + all(a, b),
        "add" + all(a, b + ", " + c),
        "max" + all(a, b),
        "min" + all(a, b + ", " + c),
        "max-pool(" + a + ") kernel [2, 2] pads [0, 1, 1, 0]",
        "average-pool(" + a + ") kernel [3, 3] pads [1, 1, 1, 1] count-include-pad " + std::to_string(below(2)),
        "reshape(" + a + ") shape [1, 2, 3, 3]",
        "concat(" + a + ") axis 1",
        "add(" + a + ")",
        "average-pool(" + a + ") kernel [1, 1]",
        "constant shape [1, 2, 3, 3] value " + list(18),
        "conv(" + a + ")  weight " + kernel("[[1]]") + "\n" + n + "n = batch-norm(" + n + ")" + norm,
    };
    text += n + " = " + forms[below(std::size(forms))] + "\n";
    names.push_back(text.find(n + "n =") == std::string::npos ? n : n + "n");
  }
  std::string last;
  for (std::size_t k = 0; k < 3; ++k) last += (k ? ", " : "") + names[names.size() - 1 - k];
  return text + "t = add(" + last + ")\nf = reshape(t) shape [1, 18]\nd = dense(f)  weight [" + list(18) + ", " +
         list(18) + "]\ne = dense(d)  weight [" + list(2) + "]\noutput e" + (below(3) == 0 ? ", " + pick() : "");
}

/// Without what no output needs.
net::Network trimmed(const net::Network& network) {
  std::vector<bool> needed(std::size_t(network.size()));
  needed[0] = true;
  for (const auto id : network.outputs()) needed[std::size_t(id)] = true;
  for (net::NodeId id = network.size() - 1; id > 0; --id)
    if (needed[std::size_t(id)])
      for (const auto operand : network.node(id).inputs) needed[std::size_t(operand)] = true;
  std::vector<net::Node> kept;
  std::vector<net::NodeId> place(needed.size()), outputs;
  for (net::NodeId id = 0; id < network.size(); ++id) {
    if (!needed[std::size_t(id)]) continue;
    place[std::size_t(id)] = net::NodeId(kept.size());
    kept.push_back(network.node(id));
    for (auto& operand : kept.back().inputs) operand = place[std::size_t(operand)];
  }
  for (const auto id : network.outputs()) outputs.push_back(place[std::size_t(id)]);
  auto out = net::Network::create(std::move(kept), std::move(outputs));
  REQUIRE(out.ok());
  return std::move(*out);
}

std::vector<std::string> every_pass(bool usual_only) {
  std::vector<std::string> passes;
  for (const auto& row : canon::rewrites())
    if (row.usual || !usual_only) passes.push_back(row.name);
  return passes;
}

std::vector<std::vector<Rational>> outputs(const net::Network& network, unsigned seed) {
  std::vector<Rational> x;
  for (int k = 0; k < network.input_size(); ++k) x.emplace_back(long((k * 7 + seed * 5) % 13) - 6, long(seed % 3 + 1));
  const auto values = net::evaluate<Rational>(network, x, 1);
  std::vector<std::vector<Rational>> out;
  for (const auto id : network.outputs()) out.push_back(values.of[std::size_t(id)]);
  return out;
}

/// norm_rewrites_test draws networks with these.
bool norms_elsewhere(const std::string& rewrite) {
  return rewrite != "batchnorm-into-affine" && (rewrite.starts_with("batchnorm") || rewrite == "concat-norm-split");
}

}  // namespace

TEST_CASE("random networks: every step is proved, the function stays, and a second round finds nothing") {
  std::size_t steps = 0;
  std::map<std::string, int> seen;
  for (unsigned seed = 0; seed < unsigned(prove::testing::times(60)); ++seed)
    for (const bool usual_only : {true, false}) {
      const auto text = random_network(seed);
      const auto before = trimmed(read(text));
      const auto passes = every_pass(usual_only);
      const auto out = canon::canonize(before, passes);
      REQUIRE(out.ok());
      for (const auto& step : prove::prove_steps(before, out->stages, out->steps)) {
        CHECK_MESSAGE(step.verdict == Verdict::proved, text << "\n" << step.rewrite << ": " << step.note);
        ++steps, ++seen[step.rewrite];
      }
      for (unsigned point = 0; point < 3; ++point) CHECK(outputs(before, point) == outputs(out->network, point));
      const auto again = canon::canonize(out->network, passes);
      REQUIRE(again.ok());
      CHECK(again->steps.empty());
    }
  if (!prove::testing::kCounts) return;
  CHECK(steps > 500);
  for (const auto& row : canon::rewrites())
    if (row.name != "mark-gate" && !norms_elsewhere(row.name)) CHECK_MESSAGE(seen[row.name] > 0, row.name);
}
