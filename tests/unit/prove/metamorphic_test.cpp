// The same function written down in another way: what is decided of the one must not contradict what is decided of the
// other. Nothing else is known about the answers; a contradiction is shrunk to the least network that still shows it.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "../oracle/nets.hpp"
#include "canon/rewrite.hpp"
#include "onnx/import.hpp"
#include "prove/audit_points.hpp"
#include "rule/ruleset_file.hpp"
#include "shrink.hpp"
#include "times.hpp"

using namespace lrproof;
using claim::Verdict;
using num::Rational;
using prove::testing::Groups;
using Random = std::mt19937_64;

namespace {

struct Layer {
  long in = 0, out = 0;
  std::vector<float> weight, bias;  // out x in; out
  float& at(long j, long i) { return weight[std::size_t(j * in + i)]; }
};

/// x -> dense -> relu -> ... -> dense
struct Chain {
  std::vector<Layer> layers;
  std::vector<float> x;
  bool identities = false;          // an Identity behind every node
  std::vector<float> norm;          // not empty: the first layer is followed by a norm of these scales
  std::map<std::string, long> was;  // "fc1 2" -> the unit's number in the network that this one was made from; else 2
};

std::string bytes_of(const Chain& c) {
  oracle::test::Builder net({1, long(c.x.size())});
  std::string from = "x";
  const auto pass = [&](const std::string& name) {
    if (c.identities) net.node("Identity", {name}, name + ".same");
    return c.identities ? name + ".same" : name;
  };
  for (std::size_t l = 0; l < c.layers.size(); ++l) {
    const Layer& layer = c.layers[l];
    const std::string name = "fc" + std::to_string(l + 1);
    net.gemm(from, name, layer.out, layer.in, layer.weight, layer.bias);
    from = pass(name);
    if (l == 0 && !c.norm.empty()) {
      const std::vector<float> zeros(c.norm.size()), ones(c.norm.size(), 1.0F);
      net.tensor("bn.g", {layer.out}, c.norm).tensor("bn.b", {layer.out}, zeros);
      net.tensor("bn.m", {layer.out}, zeros).tensor("bn.v", {layer.out}, ones);
      auto& bn = net.node("BatchNormalization", {from, "bn.g", "bn.b", "bn.m", "bn.v"}, "bn");
      oracle::test::Builder::real(bn, "epsilon", 0.0F);
      from = pass("bn");
    }
    if (l + 1 == c.layers.size()) return net.bytes(from);
    net.node("Relu", {from}, "h" + std::to_string(l + 1));
    from = pass("h" + std::to_string(l + 1));
  }
  return {};
}

Chain random_chain(Random& random) {
  Chain c;
  const auto draw = [&](long count) {
    std::vector<float> v;
    for (long k = 0; k < count; ++k) v.push_back(float(long(random() % 9) - 4) / 2);
    if (random() % 6 == 0)  // a range of 2^60
      for (float& w : v)
        if (random() % 3 == 0) w *= random() % 2 ? 0x1p30F : 0x1p-30F;
    if (random() % 10 == 0) v[random() % v.size()] = 0x1p-140F;  // denormal, and still so when halved a few times
    return v;
  };
  const std::vector<long> sizes{2, 3, 2 + long(random() % 2), 1};
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l)
    c.layers.push_back({sizes[l], sizes[l + 1], draw(sizes[l] * sizes[l + 1]), draw(sizes[l + 1])});
  for (int k = 0; k < 2; ++k) c.x.push_back(float(long(random() % 61) - 30) / 16);
  if (random() % 12 == 0)  // a constant network
    for (float& w : c.layers[0].weight) w = 0;
  return c;
}

Groups numbers_of(Chain& c) {
  Groups all{{}};
  for (float& v : c.x) all[0].push_back(&v);
  for (Layer& layer : c.layers)
    for (long j = 0; j < layer.out; ++j) {
      all.emplace_back();
      for (long i = 0; i < layer.in; ++i) all.back().push_back(&layer.at(j, i));
      all.back().push_back(&layer.bias[std::size_t(j)]);
    }
  return all;
}

using Facts = std::map<std::string, std::set<std::string>>;

/// What is decided, by check and place; root claims by unit. `only`: of these checks' beginnings, all if empty.
Facts facts_of(const Chain& c, const std::string& rule, prop::ScopeKind scope, const std::vector<std::string>& only) {
  auto model = lrproof::onnx::import_model(bytes_of(c), "chain.onnx");
  REQUIRE(model.ok());
  net::Network network = std::move(model->network);
  if (!c.norm.empty()) {
    auto folded = canon::canonize(network, {"batchnorm-into-affine"});
    REQUIRE(folded.ok());
    network = std::move(folded->network);
  }
  prop::Subject subject;
  subject.network = &network;
  subject.settings.domain = {Rational(-2), Rational(2)};
  subject.settings.scope = scope, subject.settings.witnesses = 100, subject.settings.target = "file";
  if (scope == prop::ScopeKind::box) subject.settings.radius = Rational(1, 4);
  const auto rules = rule::load_ruleset(rule);
  REQUIRE(rules.ok());
  const auto assignment = rule::assign(*rules, network);
  REQUIRE(assignment.ok());
  subject.cases.push_back({*rules, *assignment, root::asked_layers(network, *assignment)});
  prove::PointInput at{0, {}, 0};
  for (const float v : c.x) at.x.emplace_back(double(v));
  Facts facts;
  for (const auto& f : prove::audit_points(subject, {at}, 1, {}).findings) {
    const bool wanted = std::any_of(only.begin(), only.end(), [&](const auto& p) {
      return p == "hinge" ? f.place.kind == p : f.check.starts_with(p);
    });
    if (!only.empty() && !wanted) continue;
    const std::string place = f.check + " " + f.place.kind + " " + f.place.notion + " " + f.place.node;
    const bool by_unit = f.check.starts_with("root.") && f.check != "root.exists";
    if (!by_unit && !f.vacuous && (f.verdict == Verdict::proved || f.verdict == Verdict::refuted))
      facts[place].insert(claim::to_string(f.verdict));
    if (!by_unit) continue;
    for (const auto& e : f.exemplars) {
      const auto renamed = c.was.find(f.place.node + " " + std::to_string(e.neuron));
      const long neuron = renamed == c.was.end() ? e.neuron : renamed->second;
      const auto answer = e.witness.words.find("answer");
      auto& here = facts[place + " " + std::to_string(neuron)];
      if (answer != e.witness.words.end()) here.insert(answer->second);
      if (e.verdict == Verdict::proved || e.verdict == Verdict::refuted) here.insert(claim::to_string(e.verdict));
    }
  }
  return facts;
}

bool contradict(const std::string& a, const std::string& b) {
  static const std::set<std::pair<std::string, std::string>> kNot{{"always", "never"},
                                                                  {"always", "not-always"},
                                                                  {"always", "sometimes"},
                                                                  {"never", "sometimes"},
                                                                  {"proved", "refuted"}};
  return kNot.count({a, b}) || kNot.count({b, a});
}

/// The first contradiction; empty: none. `same` counts what both decided.
std::string contradiction(const Facts& a, const Facts& b, long& same) {
  for (const auto& [place, here] : a) {
    const auto there = b.find(place);
    if (there == b.end()) continue;
    for (const auto& x : here)
      for (const auto& y : there->second) {
        same += x == y;
        if (contradict(x, y)) return place + ": " + x + ", and the other way " + y;
      }
  }
  return {};
}

// ---- the relations

Chain permuted(Chain c) {
  for (std::size_t l = 0; l + 1 < c.layers.size(); ++l) {  // units one place on, the last first
    Layer &layer = c.layers[l], &next = c.layers[l + 1];
    const Layer before = layer, after = next;
    for (long j = 0; j < layer.out; ++j) {
      const long to = (j + 1) % layer.out;
      for (long i = 0; i < layer.in; ++i) layer.at(to, i) = before.weight[std::size_t(j * layer.in + i)];
      layer.bias[std::size_t(to)] = before.bias[std::size_t(j)];
      for (long o = 0; o < next.out; ++o) next.at(o, to) = after.weight[std::size_t(o * next.in + j)];
      c.was["fc" + std::to_string(l + 1) + " " + std::to_string(to)] = j;
    }
  }
  return c;
}

// A ReLU's input times s > 0 is its output times s; powers of two, so that no float is rounded.
Chain rescaled(Chain c) {
  for (std::size_t l = 0; l + 1 < c.layers.size(); ++l)
    for (long j = 0; j < c.layers[l].out; ++j) {
      const float s = j % 3 == 0 ? 2.0F : j % 3 == 1 ? 0.25F : 8.0F;
      for (long i = 0; i < c.layers[l].in; ++i) c.layers[l].at(j, i) *= s;
      c.layers[l].bias[std::size_t(j)] *= s;
      for (long o = 0; o < c.layers[l + 1].out; ++o) c.layers[l + 1].at(o, j) /= s;
    }
  return c;
}

Chain with_identities(Chain c) {
  c.identities = true;
  return c;
}

Chain with_norm(Chain c) {
  for (long j = 0; j < c.layers[0].out; ++j) {
    c.norm.push_back(j % 2 ? 4.0F : 0.5F);
    for (long i = 0; i < c.layers[0].in; ++i) c.layers[0].at(j, i) /= c.norm.back();
    c.layers[0].bias[std::size_t(j)] /= c.norm.back();
  }
  return c;
}

Chain negated(Chain c) {
  for (float& w : c.layers.back().weight) w = -w;
  for (float& w : c.layers.back().bias) w = -w;
  return c;
}

// Another unit with the same weights, behind the first layer: it takes `share` of the first one's place.
Chain doubled(Chain c, float share) {
  Layer &layer = c.layers[0], &next = c.layers[1];
  for (long i = 0; i < layer.in; ++i) layer.weight.push_back(layer.at(0, i));
  layer.bias.push_back(layer.bias[0]), ++layer.out;
  Layer wider{next.in + 1, next.out, {}, next.bias};
  for (long o = 0; o < next.out; ++o) {
    for (long i = 0; i < next.in; ++i) wider.weight.push_back(next.at(o, i) * (i == 0 ? 1 - share : 1.0F));
    wider.weight.push_back(next.at(o, 0) * share);
  }
  next = wider;
  return c;
}
Chain split(Chain c) { return doubled(std::move(c), 0.5F); }
Chain copied(Chain c) { return doubled(std::move(c), 0.0F); }

// What is not the same function: the test must see it.
Chain bent(Chain c) {
  c.layers[1].bias[0] += 1;
  return c;
}

struct Relation {
  std::string name;
  Chain (*make)(Chain);
  std::vector<std::string> rules;   // for which it changes nothing
  std::vector<std::string> checks;  // "hinge": of roots these only, for R_j / z_j is not kept
};

const std::vector<std::string> kAll{"dtd-z-plus", "dtd-gamma", "dtd-x", "dtd-w2", "dtd-zb", "lrp-0", "lrp-epsilon"};
const std::vector<std::string> kScaleFree{"dtd-z-plus", "dtd-x", "lrp-0"};

const Relation kRelations[] = {
    {"permuted units", permuted, kAll, {}},
    {"units rescaled", rescaled, kScaleFree, {"hinge", "gxi.reduces", "root.exists", "con."}},
    {"identities inserted", with_identities, kAll, {}},
    {"a norm folded", with_norm, kAll, {}},
    {"the output negated", negated, {"dtd-z-plus", "dtd-x", "dtd-w2", "lrp-0"}, {"root.exists", "gxi.reduces"}},
    {"a unit split in two", split, kScaleFree, {"hinge", "gxi.reduces", "root.exists"}},
    {"a unit copied without effect", copied, kScaleFree, {"hinge", "gxi.reduces", "root.exists"}},
};

std::string contradiction_of(const Chain& c, const Relation& r, const std::string& rule, prop::ScopeKind scope,
                             long& same) {
  return contradiction(facts_of(c, rule, scope, r.checks), facts_of(r.make(c), rule, scope, r.checks), same);
}

Chain smallest(const Chain& c, const Relation& r, const std::string& rule, prop::ScopeKind scope) {
  long same = 0;
  return prove::testing::shrink(
      c, numbers_of, [&](const Chain& smaller) { return !contradiction_of(smaller, r, rule, scope, same).empty(); });
}

std::string text_of(const Chain& c) {
  std::string text = prove::testing::describe(bytes_of(c)) + "\n  x =";
  for (const float v : c.x) text += " " + std::to_string(v);
  return text;
}

void hold(const Relation& r, prop::ScopeKind scope, int rounds) {
  Random random(31);
  long same = 0;
  for (int round = 0; round < rounds; ++round) {
    const Chain c = random_chain(random);
    const std::string& rule = r.rules[std::size_t(round) % r.rules.size()];
    const std::string found = contradiction_of(c, r, rule, scope, same);
    if (found.empty()) continue;
    FAIL_CHECK(r.name << ", " << rule << ": " << found << text_of(smallest(c, r, rule, scope)));
    return;
  }
  MESSAGE(r.name << ": the same answer " << same << " times");
  CHECK(same > rounds);
}

}  // namespace

TEST_CASE("the same function written in another way keeps its verdicts, at points, over cells and boxes") {
  for (const Relation& r : kRelations) {
    CAPTURE(r.name);
    hold(r, prop::ScopeKind::point, prove::testing::times(42));
    hold(r, prop::ScopeKind::cell, prove::testing::times(42));
    hold(r, prop::ScopeKind::box, prove::testing::times(14));
  }
}

TEST_CASE("another function is told apart, by a network that is as small as it can be") {
  const Relation wrong{"one bias more", bent, kScaleFree, {"root."}};
  Random random(31);
  long same = 0;
  for (int round = 0; round < 100; ++round) {
    const Chain c = random_chain(random);
    const auto scope = prop::ScopeKind::cell;
    if (contradiction_of(c, wrong, "dtd-x", scope, same).empty()) continue;
    Chain small = smallest(c, wrong, "dtd-x", scope);
    CHECK_FALSE(contradiction_of(small, wrong, "dtd-x", scope, same).empty());
    const auto left = [](Chain chain) {
      long count = 0;
      for (const auto& group : numbers_of(chain))
        for (const float* v : group) count += *v != 0;
      return count;
    };
    CHECK(left(small) < left(c));
    CHECK(left(small) <= 9);
    return;
  }
  FAIL("no contradiction was found");
}
