// Norms that go on: every step proved, every mutant refuted; among them the published ones.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>
#include <set>

#include "../canon/rewritten.hpp"
#include "net/evaluate.hpp"
#include "prove/canonization.hpp"
#include "prove/rewrites/norm_identities.hpp"
#include "times.hpp"

using namespace lrproof;
using namespace lrproof::canon::testing;
using claim::Verdict;
using num::Rational;

namespace {

/// A rewrite of `before`, and mutants of what it makes.
struct Bench {
  net::Network before, after;
  claim::Step step;

  Bench(const std::string& text, const std::string& rewrite) : before(read(text)), after(before) {
    auto out = canonized(before, {rewrite});
    REQUIRE(out.steps.size() == 1);
    after = std::move(out.network), step = out.steps[0];
    CHECK(judge(after) == Verdict::proved);
  }
  Verdict judge(const net::Network& other) const { return prove::prove_step(before, other, step).verdict; }
  template <class Op>
  bool refuted(const std::string& name, const std::function<void(Op&)>& change) const {
    auto nodes = after.nodes();
    change(std::get<Op>(nodes[std::size_t(after.find(name))].op));
    auto mutant = net::Network::create(std::move(nodes), after.outputs());
    REQUIRE_MESSAGE(mutant.ok(), (mutant.ok() ? "" : mutant.error().text()));
    return judge(*mutant) == Verdict::refuted;
  }
};

num::Constants changed(const num::Constants& values, std::size_t at, const Rational& value) {
  std::vector<Rational> all;
  for (std::size_t k = 0; k < values.size(); ++k) all.push_back(k == at ? value : values.rational(k));
  return num::Constants::from_rationals(std::move(all));
}
Rational next(const Rational& value) { return Rational(std::nextafter(value.to_double(), HUGE_VAL)); }

std::string norm2(const char* epsilon) {
  return std::string(" = batch-norm(x)  gamma [2, -3]  beta [1, 1/3]  mean [0.5, -1]  variance [1, 3]  epsilon ") +
         epsilon + "\n";
}
const std::string kConv =
    "y = conv(n)  weight [[[1, 2, 3], [4, 5, 6]], [[0, 1, 0], [1, 0, 2]]]  bias [1, 2]  pads [1, 1]\noutput y";
const std::string kReluDense = "r = relu(n)\ny = dense(r)  weight [[1, -2], [3, 4]]  bias [1, 2]\noutput y";

using net::Activation;
using net::Conv;
using net::Dense;

}  // namespace

TEST_CASE("the identities of norms that go on hold, and their mutants do not") {
  for (const char* shape : {"inside", "borders"}) CHECK(prove::prove_onward_identity(shape).verdict == Verdict::proved);
  for (const char* shape : {"borders", "average"})
    CHECK(prove::prove_threshold_identity(shape).verdict == Verdict::proved);
  CHECK(prove::prove_split_identity("inside").verdict == Verdict::proved);
  const auto refuted = [](const std::vector<prove::Equation>& equations) {
    const auto proof = prove::prove_identity("a mutant", equations);
    return proof.verdict == Verdict::refuted && proof.counterexample.find("before = ") != std::string::npos;
  };
  const auto onward = [&](bool masked, const char* weight, const char* share) {
    return refuted(prove::onward_equations({masked, weight, share}));
  };
  CHECK(onward(true, "s*w", "w*(beta - s*mu)"));     // constant bias under padding
  CHECK(onward(true, "s0*w", "m*w*(beta - s*mu)"));  // epsilon forgotten in the weight
  CHECK(onward(true, "s*w", "m*w*(beta - s0*mu)"));  // ... in the shift
  CHECK(onward(false, "s*w", "w*(beta + s*mu)"));    // sign flipped
  CHECK(onward(false, "s*w", "w*beta"));             // mean dropped
  CHECK(onward(false, "s*w", "s*w*(beta - s*mu)"));  // shift scaled twice
  CHECK(onward(false, "w", "w*(beta - s*mu)"));      // weight not scaled
  const auto threshold = [&](int sign, const char* curve, const char* scale, const char* shift) {
    return refuted({prove::threshold_equation({sign, curve, scale, shift})});
  };
  CHECK(threshold(1, "pos(x + t) - t", "s", "beta - s*mu"));   // sign of the threshold flipped
  CHECK(threshold(-1, "t + pos(x - t)", "s", "beta - s*mu"));  // max where min belongs
  CHECK(threshold(1, "t - pos(t - x)", "s", "beta - s*mu"));   // min where max belongs
  CHECK(threshold(1, "pos(x)", "s", "beta - s*mu"));           // threshold 0
  CHECK(threshold(1, "t + pos(x - t)", "s0", "beta - s*mu"));  // epsilon forgotten
  CHECK(threshold(-1, "t - pos(t - x)", "s", "beta - s0*mu"));
  CHECK(threshold(0, "beta", "1", "0"));                   // a negative level kept
  CHECK(threshold(0, "pos(x - mu)", "s", "beta - s*mu"));  // gamma = 0 like the others
  CHECK(refuted({prove::split_equation("gamma2", "mu1", "beta1")}));
  CHECK(refuted({prove::split_equation("gamma1", "mu1", "beta2")}));
}

TEST_CASE("mutants of a norm in front of an affine node are refuted") {
  const Bench b("input x[1, 2]\nn" + norm2("1e-5") + "y = dense(n)  weight [[1, -2], [3, 4]]  bias [1, 2]\noutput y",
                "batchnorm-into-next-affine");
  CHECK(b.refuted<Dense>("y", [](Dense& d) { d.weight = changed(d.weight, 1, next(d.weight.rational(1))); }));
  CHECK(b.refuted<Dense>("y", [](Dense& d) { d.bias = changed(d.bias, 0, next(d.bias.rational(0))); }));
  CHECK(b.refuted<Dense>("y", [](Dense& d) {  // wrong axis: what belongs to columns went to rows
    const auto w = d.weight;
    d.weight = changed(changed(w, 1, w.rational(2)), 2, w.rational(1));
  }));
  const auto without =
      canonized(read("input x[1, 2]\nn" + norm2("0") + "y = dense(n)  weight [[1, -2], [3, 4]]  bias [1, 2]\noutput y"),
                {"batchnorm-into-next-affine"});
  CHECK(b.judge(without.network) == Verdict::refuted);  // epsilon forgotten
  CHECK(b.judge(b.before) == Verdict::refuted);         // nothing done
}

TEST_CASE("a dense layer of several rows takes up no norm: a weight would multiply several channels") {
  const auto layer = [](const char* weight) {
    return std::string("y = dense(n)  weight ") + weight + "  bias [1, 2]\noutput y";
  };
  // Equal scales and shifts of 0, so that the numbers of both sides agree.
  const std::string norm = "n = batch-norm(x)  gamma [2, 2]  beta [0, 0]  mean [0, 0]  variance [1, 1]\n";
  std::string after = layer("[[2, -4], [6, 8]]");
  after.replace(after.find("(n)"), 3, "(x)");
  claim::Step step;
  step.rewrite = "batchnorm-into-next-affine", step.nodes = {"y", "n"};
  const auto proved = [&](const char* input) {
    return prove::prove_step(read(input + norm + layer("[[1, -2], [3, 4]]")), read(input + after), step);
  };
  CHECK(proved("input x[1, 2]\n").verdict == Verdict::proved);
  const auto rows = proved("input x[1, 2, 2]\n");
  CHECK(rows.verdict == Verdict::refuted);
  CHECK(rows.note == "node 'y' changed more than its numbers");
}

TEST_CASE("a constant bias in front of padding, and the rest of the published defects, are refuted") {
  const Bench b("input x[1, 2, 4]\nn" + norm2("1e-5") + kConv, "batchnorm-into-padded-conv");
  CHECK(b.refuted<Conv>("y", [](Conv& c) {  // right inside, wrong at the borders
    c.bias = num::Constants::from_rationals({c.bias.rational(1), c.bias.rational(5)});
  }));
  CHECK(b.refuted<Conv>("y", [](Conv& c) { c.bias = changed(c.bias, 3, c.bias.rational(2)); }));
  CHECK(b.refuted<Conv>("y", [](Conv& c) { c.weight = changed(c.weight, 0, next(c.weight.rational(0))); }));
  CHECK(b.refuted<Conv>("y", [](Conv& c) { c.window.pads_begin = {0}, c.window.pads_end = {2}; }));
  const auto without = canonized(read("input x[1, 2, 4]\nn" + norm2("0") + kConv), {"batchnorm-into-padded-conv"});
  CHECK(b.judge(without.network) == Verdict::refuted);
}

TEST_CASE("mutants of a threshold are refuted") {
  const Bench b("input x[1, 2]\nn" + norm2("1e-5") + kReluDense, "batchnorm-relu-threshold");
  CHECK(b.refuted<Activation>("r", [](Activation& a) {  // sign of the threshold flipped
    auto& c = a.curves[0];
    c.kinks[0] = -c.kinks[0], c.intercepts[0] = -c.intercepts[0];
  }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) { std::swap(a.curves[0], a.curves[1]); }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) {  // max where min belongs
    auto& c = a.curves[1];
    std::swap(c.slopes[0], c.slopes[1]), std::swap(c.intercepts[0], c.intercepts[1]);
  }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) {  // a jump
    a.curves[0].intercepts[0] += Rational(1, 1000);
  }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) {  // right at and between its kinks' left ends, with a jump at 5
    auto& c = a.curves[0];
    for (const auto& kink : {Rational(5), Rational(6)}) c.kinks.push_back(kink);
    c.slopes.push_back(Rational(2)), c.intercepts.push_back(Rational(-6));
    c.slopes.push_back(Rational(1)), c.intercepts.push_back(Rational(0));
  }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) {  // one more piece, far away
    auto& c = a.curves[0];
    c.kinks.push_back(Rational(1000)), c.slopes.push_back(Rational(2)), c.intercepts.push_back(Rational(-1000));
  }));
  const auto without = canonized(read("input x[1, 2]\nn" + norm2("0") + kReluDense), {"batchnorm-relu-threshold"});
  CHECK(b.judge(without.network) == Verdict::refuted);
}

TEST_CASE("a zero scale has no threshold, and dividing by it anyway is refuted") {
  const Bench b(
      "input x[1, 2]\nn = batch-norm(x)  gamma [0, 0]  beta [1/2, -1]  mean [3, 4]  variance [1, 1]\n" + kReluDense,
      "batchnorm-relu-threshold");
  for (const std::size_t c : {std::size_t(0), std::size_t(1)})
    CHECK(b.refuted<Activation>("r", [c](Activation& a) {  // the mean as the threshold: t = mu - 0
      const Rational t(long(3 + c));
      a.curves[c] = {{t}, {Rational(0), Rational(1)}, {t, Rational(0)}};
    }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) { a.curves[1].intercepts[0] = Rational(-1); }));
  CHECK(b.refuted<Activation>("r", [](Activation& a) { a.curves[0].intercepts[0] = Rational(0); }));
}

TEST_CASE("an average that counts padding, a reader left behind, a moved line are refuted") {
  const auto net = [](const char* include) {
    return "input x[1, 2, 3, 3]\nn" + norm2("1e-5") +
           "r = relu(n)\np = average-pool(r)  kernel [2, 2]  pads [1, 1, 1, 1]  strides [2, 2]" + include +
           "\ny = conv(p)  weight [[[[1, 2]], [[3, 4]]]]\noutput y";
  };
  const Bench b(net(""), "batchnorm-relu-pool");
  CHECK(b.refuted<net::AveragePool>("p", [](net::AveragePool& p) { p.count_include_pad = true; }));
  auto counted = b.after.nodes();
  std::get<net::AveragePool>(counted[std::size_t(b.after.find("p"))].op).count_include_pad = true;
  const auto wrong = net::Network::create(counted, b.after.outputs());
  CHECK(prove::prove_step(read(net("  count-include-pad 1")), *wrong, b.step).verdict == Verdict::refuted);
  // The norm is still there and the threshold reads it.
  const Bench line("input x[1, 2]\nn" + norm2("1e-5") + kReluDense, "batchnorm-relu-threshold");
  auto nodes = line.before.nodes();
  for (const char* name : {"r", "y"}) {
    const auto at = std::size_t(line.before.find(name));
    nodes[at].op = line.after.node(line.after.find(name)).op;
  }
  const auto behind = net::Network::create(nodes, line.before.outputs());
  REQUIRE(behind.ok());
  CHECK(line.judge(*behind) == Verdict::refuted);
  // Somebody else reads the ReLU: its value is not what it was.
  const auto twice = [](const net::Network& network) {
    auto all = network.nodes();
    all.push_back({"z",
                   "Abs",
                   Activation{"abs", {{{Rational(0)}, {Rational(-1), Rational(1)}, {Rational(0), Rational(0)}}}, {}},
                   {network.find("r")},
                   network.node(network.find("r")).shape});
    auto out = net::Network::create(std::move(all), {network.output(), net::NodeId(network.size())});
    REQUIRE(out.ok());
    return std::move(*out);
  };
  CHECK(prove::prove_step(twice(line.before), twice(line.after), line.step).verdict == Verdict::refuted);
}

TEST_CASE("mutants of a split norm are refuted") {
  const std::string text =
      "input x[1, 2, 3]\na = conv(x)  weight [[[1], [2]]]  bias [1]\nc = concat(a, x)  axis 1\nn = batch-norm(c)  "
      "gamma [2, -3, 0]  beta "
      "[1, 1/3, 1/2]  mean [0.5, -1, 2]  variance [1, 3, 2]  epsilon 1e-5\ny = abs(n)\noutput y";
  const Bench b(text, "concat-norm-split");
  using net::BatchNorm;
  CHECK(b.refuted<BatchNorm>("n.part1", [](BatchNorm& n) { n.shift = changed(n.shift, 0, Rational(0)); }));
  CHECK(b.refuted<BatchNorm>("n.part2", [](BatchNorm& n) { n.mean = changed(n.mean, 1, Rational(1)); }));
  CHECK(b.refuted<BatchNorm>("n.part2", [](BatchNorm& n) { n.epsilon = Rational(0); }));
  CHECK(b.refuted<BatchNorm>("n.part2", [](BatchNorm& n) {
    n.scale = num::Constants::from_rationals({n.scale.rational(1), n.scale.rational(0)});
  }));
}

namespace {

/// A random line of blocks with norms before and behind affine nodes, ReLUs, averages and concats, ending dense.
struct Line {
  std::mt19937_64 random;
  std::string text, at = "x";
  long channels, size, count = 0;

  explicit Line(unsigned seed) : random(seed), channels(1 + long(random() % 3)), size(4) {
    text = "input x[1, " + std::to_string(channels) + ", 4]\n";
  }
  long pick(long n) { return long(random() % std::uint64_t(n)); }
  std::string numbers(long n, long low, long high) {
    std::string out = "[";
    for (long k = 0; k < n; ++k) out += (k ? ", " : "") + std::to_string(low + pick(high - low + 1)) + "/4";
    return out + "]";
  }
  void put(const std::string& op, const std::string& settings) {
    const auto name = "v" + std::to_string(++count);
    text += name + " = " + op + "(" + at + ")  " + settings + "\n";
    at = name;
  }
  void norm() {
    put("batch-norm", "gamma " + numbers(channels, -2, 2) + "  beta " + numbers(channels, -3, 3) + "  mean " +
                          numbers(channels, -3, 3) + "  variance " + numbers(channels, 1, 9) + "  epsilon 1e-3");
  }
  void conv() {
    const long out = 1 + pick(3), pad = size > 3 ? pick(3) : 2, kernel = 2;
    std::string weight = "[";
    for (long j = 0; j < out; ++j) {
      weight += j ? ", [" : "[";
      for (long i = 0; i < channels; ++i) weight += (i ? ", " : "") + numbers(kernel, -4, 4);
      weight += "]";
    }
    put("conv", "weight " + weight + "]  bias " + numbers(out, -4, 4) + "  pads [" + std::to_string(pad / 2) + ", " +
                    std::to_string((pad + 1) / 2) + "]");
    size = size + pad - kernel + 1, channels = out;
  }
  void concat() {
    const auto left = at;
    put("relu", "");
    const auto name = "v" + std::to_string(++count);
    text += name + " = concat(" + left + ", " + at + ")  axis 1\n";
    at = name, channels *= 2;
  }
  net::Network network() {
    for (int block = 0; block < 5; ++block) {
      if (pick(2)) norm();
      if (pick(2)) put("relu", "");
      if (pick(3) == 0) {
        concat();
        if (pick(2)) norm(), put("abs", "");  // a norm that cannot go on
      }
      if (pick(3)) conv();
    }
    norm(), put("relu", "");
    if (pick(2)) put("average-pool", "kernel [2]"), size -= 1;
    put("reshape", "shape [1, " + std::to_string(channels * size) + "]");
    put("dense", "weight [" + numbers(channels * size, -4, 4) + "]");
    return read(text + "output " + at);
  }
};

}  // namespace

TEST_CASE("random networks: all steps proved, the same function, and canonizing again does nothing") {
  std::size_t steps = 0;
  std::set<std::string> seen;
  for (unsigned seed = 1; seed <= unsigned(prove::testing::times(60)); ++seed) {
    CAPTURE(seed);
    const auto before = Line(seed).network();
    const auto out = canonized(before, usual());
    for (const auto& step : prove::prove_steps(before, out.stages, out.steps)) {
      CHECK_MESSAGE(step.verdict == Verdict::proved, step.rewrite, ": ", step.note);
      seen.insert(step.rewrite);
    }
    steps += out.steps.size();
    CHECK(canonized(out.network, usual()).steps.empty());
    for (long k = 0; k < 3; ++k) {
      std::vector<Rational> x;
      for (long i = 0; i < before.input_size(); ++i) x.emplace_back((i * 5 + k * 7) % 11 - 5, k + 1);
      CHECK(net::evaluate<Rational>(before, x, 1).of[std::size_t(before.output())] ==
            net::evaluate<Rational>(out.network, x, 1).of[std::size_t(out.network.output())]);
    }
  }
  if (!prove::testing::kCounts) return;
  CHECK(steps > 100);
  for (const char* rewrite : {"batchnorm-into-affine", "batchnorm-into-next-affine", "batchnorm-into-padded-conv",
                              "batchnorm-relu-threshold", "batchnorm-relu-pool", "concat-norm-split"})
    CHECK_MESSAGE(seen.contains(rewrite), std::string(rewrite));
}
