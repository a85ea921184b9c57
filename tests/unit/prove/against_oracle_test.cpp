// Every finding on small random networks against the second opinion (VER-3): models are written as ONNX bytes, audited
// under the shipped rule sets at points on and off kinks, and every exemplar is replayed from the bytes. Small integer
// weights and biases make ties, dead units and vanishing denominators common.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "../oracle/nets.hpp"
#include "cert/check.hpp"
#include "net/evaluate.hpp"
#include "net/network.hpp"
#include "onnx/import.hpp"
#include "prove/audit_points.hpp"
#include "rule/ruleset_file.hpp"
#include "shrink.hpp"
#include "times.hpp"

using namespace lrproof;
using num::Rational;
using oracle::test::Builder;
using Random = std::mt19937_64;

namespace {

struct Tensor {
  std::string name;
  std::vector<long> shape;  // without the batch axis
  long size() const {
    long n = 1;
    for (long d : shape) n *= d;
    return n;
  }
};

class Grower {
 public:
  Grower(Random& random, const std::vector<long>& input) : random_(random), net_(input) {}

  std::vector<float> draw(long count, long reach = 2) {
    std::vector<float> v;
    for (long k = 0; k < count; ++k) v.push_back(float(long(random_() % std::uint64_t(2 * reach + 1)) - reach));
    if (random_() % 4 == 0)
      for (float& w : v) w /= 4;
    if (random_() % 8 == 0)
      for (float& w : v) w += 0.1F;
    return v;
  }
  std::vector<float> bias(long count) {
    return random_() % 3 ? draw(count, 1) : std::vector<float>(std::size_t(count));
  }

  Tensor dense(const Tensor& in, long out) {
    const Tensor t{next("fc"), {out}};
    net_.gemm(in.name, t.name, out, in.size(), draw(out * in.size()), bias(out));
    return t;
  }
  Tensor conv(const Tensor& in, long out) {
    const Tensor t{next("conv"), {out, in.shape[1], in.shape[2]}};
    net_.tensor(t.name + ".w", {out, in.shape[0], 3, 3}, draw(out * in.shape[0] * 9, 1));
    net_.tensor(t.name + ".b", {out}, bias(out));
    auto& node = net_.node("Conv", {in.name, t.name + ".w", t.name + ".b"}, t.name);
    Builder::integers(node, "pads", {1, 1, 1, 1});
    Builder::integers(node, "kernel_shape", {3, 3});
    return t;
  }
  Tensor norm(const Tensor& in) {
    const Tensor t{next("bn"), in.shape};
    const long c = in.shape[0];
    net_.tensor(t.name + ".g", {c}, draw(c)).tensor(t.name + ".b", {c}, bias(c)).tensor(t.name + ".m", {c}, bias(c));
    net_.tensor(t.name + ".v", {c}, std::vector<float>(std::size_t(c), 1.5F));
    net_.node("BatchNormalization", {in.name, t.name + ".g", t.name + ".b", t.name + ".m", t.name + ".v"}, t.name);
    return t;
  }
  Tensor activation(const Tensor& in) {
    const Tensor t{next("act"), in.shape};
    switch (random_() % 8) {
      case 0:
        Builder::real(net_.node("LeakyRelu", {in.name}, t.name), "alpha", 0.25F);
        break;
      case 1:
        net_.node("Abs", {in.name}, t.name);
        break;
      case 2:
        net_.tensor(t.name + ".low", {}, {float(random_() % 2) * -1}).tensor(t.name + ".high", {}, {2});
        net_.node("Clip", {in.name, t.name + ".low", t.name + ".high"}, t.name);
        break;
      case 3:
        Builder::real(net_.node("HardSigmoid", {in.name}, t.name), "alpha", 0.25F);
        break;
      case 4:
        net_.tensor(t.name + ".s", std::vector<long>(in.shape.size(), 1), {-0.5F});
        net_.node("PRelu", {in.name, t.name + ".s"}, t.name);
        break;
      default:
        net_.node("Relu", {in.name}, t.name);
    }
    return t;
  }
  Tensor two(const std::string& op, const Tensor& a, const Tensor& b) {
    Tensor t{next("two"), a.shape};
    auto& node = net_.node(op, {a.name, b.name}, t.name);
    if (op == "Concat") Builder::integer(node, "axis", 1), t.shape[0] += b.shape[0];
    return t;
  }
  Tensor pool(const Tensor& in, bool padded) {
    const bool largest = random_() % 2 == 0;
    const long out = padded ? in.shape[1] / 2 + 1 : in.shape[1] / 2;
    const Tensor t{next("pool"), {in.shape[0], out, out}};
    auto& node = net_.node(largest ? "MaxPool" : "AveragePool", {in.name}, t.name);
    Builder::integers(node, "kernel_shape", {2, 2});
    Builder::integers(node, "strides", {2, 2});
    if (padded) Builder::integers(node, "pads", {1, 1, 1, 1});
    if (padded && !largest) Builder::integer(node, "count_include_pad", long(random_() % 2));
    return t;
  }
  Tensor flatten(const Tensor& in) {
    const Tensor t{next("flat"), {in.size()}};
    net_.node("Flatten", {in.name}, t.name);
    return t;
  }
  Tensor combine(const Tensor& a, const Tensor& b) {
    static const char* const kOps[] = {"Add", "Sub", "Max", "Min", "Concat"};
    return two(kOps[random_() % 5], a, b);
  }
  std::string bytes(const Tensor& t) { return net_.bytes(t.name); }

 private:
  std::string next(const char* word) { return word + std::to_string(count_++); }
  Random& random_;
  Builder net_;
  int count_ = 0;
};

std::string dense_model(Random& random) {
  const long n = 2 + long(random() % 2);
  Grower g(random, {1, n});
  const Tensor x{"x", {n}};
  Tensor t = g.activation(g.dense(x, 2 + long(random() % 3)));
  if (random() % 2) t = g.activation(g.dense(t, t.shape[0]));
  if (random() % 2) t = g.combine(t, random() % 2 ? g.dense(x, t.shape[0]) : g.activation(g.dense(t, t.shape[0])));
  if (random() % 3 == 0) t = g.activation(t);
  return g.bytes(g.dense(t, 2));
}

std::string conv_model(Random& random) {
  const long c = 1 + long(random() % 2);
  Grower g(random, {1, c, 2, 2});
  const Tensor x{"x", {c, 2, 2}};
  Tensor t = g.conv(x, 2);
  if (random() % 2) t = g.norm(t);
  t = g.activation(t);
  if (random() % 2) t = g.combine(t, random() % 2 ? g.conv(x, t.shape[0]) : g.activation(g.conv(t, t.shape[0])));
  if (random() % 2) t = g.pool(t, random() % 2);
  return g.bytes(g.dense(g.flatten(t), 2));
}

struct Seen {
  long given[2] = {0, 0};  // exemplars of root.constant, in findings without and with a proved place
  std::map<std::string, long> kinds;
  long proved = 0, refuted = 0, unknown = 0, accepted = 0, not_covered = 0, audits = 0;
  std::vector<std::string> rejected;  // what the second opinion does not accept, in words
};

std::vector<std::vector<double>> points(Random& random, std::int64_t size) {
  std::vector<std::vector<double>> all(6, std::vector<double>(std::size_t(size)));
  for (std::size_t k = 1; k < all.size(); ++k)
    for (double& v : all[k]) v = k < 4 ? double(long(random() % 5) - 2) : double(long(random() % 97) - 48) / 32;
  return all;
}

// Root functions at random tensors that cut: near the values at the inputs, so that many are inside their cells.
root::GivenRoots draw_roots(Random& random, const net::Network& network,
                            const std::vector<std::vector<double>>& inputs) {
  std::vector<double> all;
  for (const auto& x : inputs) all.insert(all.end(), x.begin(), x.end());
  const auto values = net::evaluate<double>(network, all, std::int64_t(inputs.size()));
  const auto near = [&](double v) { return v + (random() % 2 ? 0 : double(long(random() % 17) - 8) / 64); };
  std::vector<net::NodeId> nodes{0};
  for (net::NodeId id = 1; id < network.size(); ++id)
    if (random() % 2 && root::no_cut(network, id).empty()) nodes.push_back(id);
  root::GivenRoots roots;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    root::GivenRoot given;
    given.node = nodes[n], given.per = root::GivenRoot::Per(random() % 4 == 0 ? 1 : random() % 3 == 0 ? 0 : 2);
    const auto size = std::size_t(network.node(nodes[n]).size());
    using Per = root::GivenRoot::Per;
    const auto rows = given.per == Per::input ? inputs.size()
                      : given.per == Per::unit
                          ? std::size_t(n + 1 < nodes.size() ? network.node(nodes[n + 1]).size() : 1)
                          : 1;
    const std::size_t from = random() % inputs.size();
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t k = 0; k < size; ++k)
        given.constant.push_back(
            near(values.of[std::size_t(nodes[n])][(given.per == Per::input ? r : from) * size + k]));
    if (given.per != Per::unit && random() % 4 == 0)
      for (std::size_t k = 0; k < size * size; ++k) given.slope.push_back(random() % 3 ? 0 : double(random() % 3) / 32);
    roots.push_back(std::move(given));
  }
  return roots;
}

void replay(const std::string& bytes, const prop::Subject& subject, const std::vector<std::vector<double>>& inputs,
            Seen& seen) {
  std::vector<prove::PointInput> at;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    at.push_back({long(k), {}, std::int64_t(k % 2)});
    for (double v : inputs[k]) at.back().x.emplace_back(v);
  }
  const auto found = prove::audit_points(subject, at, 1, {});
  cert::Material material;
  material.model = bytes, material.domain = "-2,2";
  for (const auto& c : subject.cases) material.rules.emplace_back(c.rules.name, rule::print_ruleset(c.rules));
  for (const auto& given : *subject.settings.roots)
    material.roots.push_back(
        {subject.network->node(given.node).name, root::word(given.per), given.constant, given.slope});
  material.input = [&](long k) { return std::optional(inputs[std::size_t(k)]); };
  auto checker = cert::Checker::create(std::move(material));
  REQUIRE(checker.ok());
  for (const auto& finding : found.findings) {
    if (finding.verdict == claim::Verdict::proved && !finding.vacuous) ++seen.proved;
    if (finding.verdict == claim::Verdict::refuted) ++seen.refuted;
    if (finding.verdict == claim::Verdict::unknown) ++seen.unknown;
    const auto checked = checker->check(finding);
    if (finding.check == "root.constant") {
      seen.given[std::size_t(finding.counts.proved > 0)] += checked.accepted;
      for (const auto& e : finding.exemplars) ++seen.kinds[e.witness.kind];
    }
    seen.accepted += checked.accepted, seen.not_covered += checked.not_covered;
    if (checked.rejected == 0) continue;
    std::string where;
    for (std::size_t k = 0; k < std::min(checked.exemplars.size(), finding.exemplars.size()); ++k)
      if (checked.exemplars[k] == cert::Verdict::rejected)
        where += " input " + std::to_string(finding.exemplars[k].input) + " neuron " +
                 std::to_string(finding.exemplars[k].neuron) + " kind " + finding.exemplars[k].witness.kind;
    seen.rejected.push_back(finding.check + " [" + finding.rule_set + "] at " + finding.place.node + " " +
                            finding.place.kind + " " + claim::to_string(finding.verdict) + where + ": " + checked.why);
  }
}

void audit(const std::string& bytes, Random& random, prop::ScopeKind scope, Seen& seen) {
  auto model = lrproof::onnx::import_model(bytes, "random.onnx");
  REQUIRE(model.ok());
  prop::Subject subject;
  subject.network = &model->network;
  subject.settings.domain = {Rational(-2), Rational(2)};
  subject.settings.tau = Rational(1, 10), subject.settings.witnesses = 1000, subject.settings.target = "file";
  subject.settings.scope = scope;
  if (scope == prop::ScopeKind::box) subject.settings.radius = Rational(1, 4);
  const auto names = rule::shipped_rulesets();
  for (int k = 0; k < 5; ++k) {
    auto rules = rule::load_ruleset(k == 0 ? "lrp-0" : names[random() % names.size()]);
    REQUIRE(rules.ok());
    if (random() % 4 == 0) rules->start = random() % 2 ? rule::Start::one : rule::Start::contrast;
    const bool known = std::any_of(subject.cases.begin(), subject.cases.end(),
                                   [&](const auto& c) { return c.rules.name == rules->name; });
    const auto assignment = rule::assign(*rules, model->network);
    if (known || !assignment.ok()) continue;
    subject.cases.push_back({*rules, *assignment, root::asked_layers(model->network, *assignment)});
  }
  if (subject.cases.empty()) return;
  seen.audits += long(subject.cases.size());
  auto inputs = points(random, model->network.input_size());
  if (scope != prop::ScopeKind::point) inputs = {inputs[1], inputs[5]};  // regions cost more than points
  subject.settings.roots = std::make_shared<root::GivenRoots>(draw_roots(random, model->network, inputs));
  replay(bytes, subject, inputs, seen);
  if (scope != prop::ScopeKind::point || random() % 4)
    return;  // and over the cells of the inputs, the given roots alone
  subject.settings.scope = prop::ScopeKind::cell, subject.settings.checks = {"root.constant"};
  replay(bytes, subject, inputs, seen);
}

// The simplest weights with which something is still rejected.
std::string smallest(const std::string& bytes, const Random& random, prop::ScopeKind scope) {
  return prove::testing::shrink_model(bytes, [&](const std::string& simpler) {
    if (!lrproof::onnx::import_model(simpler, "simpler.onnx").ok()) return false;
    Random again = random;
    Seen seen;
    audit(simpler, again, scope, seen);
    return !seen.rejected.empty();
  });
}

int asked_networks(int usual) {
  const char* more = std::getenv("LRPROOF_TEST_NETWORKS");
  return more ? std::atoi(more) : prove::testing::times(usual);
}
int first_seed() {
  const char* from = std::getenv("LRPROOF_TEST_SEED");
  return from ? std::atoi(from) : 0;
}

void run(std::string (*make)(Random&), int networks, prop::ScopeKind scope = prop::ScopeKind::point) {
  Seen seen;
  const int first = first_seed();
  for (int seed = first; seed < first + networks; ++seed) {
    CAPTURE(seed);
    Random random{std::uint64_t(seed)};
    const std::string bytes = make(random);
    const Random before = random;
    audit(bytes, random, scope, seen);
    if (seen.rejected.empty()) continue;
    FAIL_CHECK(seen.rejected[0] << prove::testing::describe(smallest(bytes, before, scope)));
    seen.rejected.clear();
  }
  MESSAGE("audits " << seen.audits << " proved " << seen.proved << " refuted " << seen.refuted << " unknown "
                    << seen.unknown << "; exemplars accepted " << seen.accepted << " not covered " << seen.not_covered);
  if (prove::testing::kCounts) CHECK(seen.accepted > networks);
  if (scope != prop::ScopeKind::point || !prove::testing::kCounts) return;  // too few inputs for every kind
  MESSAGE("root.constant: escapes " << seen.kinds["escape"] << " other maps " << seen.kinds["map"] << " proved "
                                    << seen.kinds["constant"] << "; accepted " << seen.given[0] + seen.given[1]);
  CHECK(std::min({seen.kinds["escape"], seen.kinds["map"], seen.kinds["constant"]}) > 0);
}

}  // namespace

TEST_CASE("no finding on a random dense network is rejected by the second opinion") {
  run(dense_model, asked_networks(40));
}

TEST_CASE("no finding on a random convolution network is rejected by the second opinion") {
  run(conv_model, asked_networks(25));
}

TEST_CASE("maps of scaled networks: no finding is rejected by the second opinion") {
  Seen seen;
  for (int seed = 0; seed < asked_networks(40); ++seed) {
    CAPTURE(seed);
    Random random{std::uint64_t(seed)};
    const std::string bytes = seed % 2 ? conv_model(random) : dense_model(random);
    const auto model = lrproof::onnx::import_model(bytes, "random.onnx");
    REQUIRE(model.ok());
    prop::Subject subject;
    subject.network = &model->network;
    subject.settings.domain = {Rational(-2), Rational(2)};
    subject.settings.checks = {"inv.rescale"}, subject.settings.witnesses = 1000, subject.settings.target = "file";
    subject.settings.roots = std::make_shared<root::GivenRoots>();
    for (const char* name : {"lrp-0", "lrp-epsilon", "lrp-w2", "lrp-z-plus"}) {
      auto rules = rule::load_ruleset(name);
      REQUIRE(rules.ok());
      const auto assignment = rule::assign(*rules, model->network);
      if (assignment.ok()) subject.cases.push_back({*rules, *assignment, {}});
    }
    if (!subject.cases.empty()) replay(bytes, subject, points(random, model->network.input_size()), seen);
  }
  for (const auto& what : seen.rejected) FAIL_CHECK(what);
  MESSAGE("proved " << seen.proved << " refuted " << seen.refuted << " unknown " << seen.unknown << "; accepted "
                    << seen.accepted << " not covered " << seen.not_covered);
  if (!prove::testing::kCounts) return;
  CHECK(seen.proved > 10);
  CHECK(seen.refuted > 10);
  CHECK(seen.accepted > 10);
}

TEST_CASE("no finding over cells of a random network is rejected by the second opinion") {
  run(dense_model, asked_networks(25), prop::ScopeKind::cell);
  run(conv_model, asked_networks(5), prop::ScopeKind::cell);
}

TEST_CASE("no finding over boxes of a random network is rejected by the second opinion") {
  run(dense_model, asked_networks(15), prop::ScopeKind::box);
}
