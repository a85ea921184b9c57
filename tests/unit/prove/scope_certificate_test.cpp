// Certificates over cells and boxes before the second opinion: what the search writes is accepted, what is bent is not,
// and a false claim is not, whatever is written under it.
#include <doctest/doctest.h>

#include <random>

#include "../oracle/nets.hpp"
#include "cert/check.hpp"
#include "onnx/import.hpp"
#include "prove/audit_points.hpp"
#include "prove/in_scope.hpp"
#include "rule/ruleset_file.hpp"
#include "times.hpp"

using namespace lrproof;
using claim::Verdict;
using num::Rational;
using Random = std::mt19937_64;

namespace {

using Input = std::vector<double>;

std::vector<float> halves(Random& random, long count) {
  std::vector<float> v;
  for (long k = 0; k < count; ++k) v.push_back(float(long(random() % 9) - 4) / 2);
  return v;
}

/// x[2] -> dense[3] -> relu -> dense[2] -> relu -> dense[1]
std::string tiny_model(Random& random) {
  oracle::test::Builder net({1, 2});
  net.gemm("x", "fc1", 3, 2, halves(random, 6), halves(random, 3));
  net.node("Relu", {"fc1"}, "h1");
  net.gemm("h1", "fc2", 2, 3, halves(random, 6), halves(random, 2));
  net.node("Relu", {"fc2"}, "h2");
  net.gemm("h2", "fc3", 1, 2, halves(random, 2), halves(random, 1));
  return net.bytes("fc3");
}

std::string rules_text(const std::string& rule) {
  return "[ruleset]\nname = \"" + rule + "\"\n[[assign]]\nto = { op = \"affine\" }\nrule = \"" + rule +
         "\"\n[[assign]]\nto = { op = \"activation\" }\nrule = \"pass\"\n";
}

/// One model, one rule, one input, and what is said of the scope around it.
struct Bench {
  cert::Checker checker;
  std::vector<claim::Finding> findings;
  std::vector<std::string> rows;  // of the first region
};

cert::Checker checker_of(const std::string& bytes, const std::string& rule, const Input& x) {
  cert::Material material;
  material.model = bytes, material.domain = "-2,2";
  material.rules = {{rule, rule::print_ruleset(*rule::parse_ruleset(rules_text(rule), "r.toml"))}};
  material.input = [x](long) { return std::optional(x); };
  auto made = cert::Checker::create(std::move(material));
  REQUIRE(made.ok());
  return std::move(made).value();
}

Bench bench(const std::string& bytes, const std::string& rule, const Input& x, prop::ScopeKind scope) {
  const auto model = lrproof::onnx::import_model(bytes, "tiny.onnx");
  REQUIRE(model.ok());
  prop::Subject subject;
  subject.network = &model->network;
  subject.settings.domain = {Rational(-2), Rational(2)};
  subject.settings.scope = scope, subject.settings.witnesses = 100, subject.settings.target = "file";
  if (scope == prop::ScopeKind::box) subject.settings.radius = Rational(1, 2);
  const auto rules = rule::parse_ruleset(rules_text(rule), "r.toml");
  const auto assignment = rule::assign(*rules, model->network);
  REQUIRE(assignment.ok());
  subject.cases.push_back({*rules, *assignment, root::asked_layers(model->network, *assignment)});
  prove::PointInput at{0, {}, 0};
  for (const double v : x) at.x.emplace_back(v);
  Bench b{checker_of(bytes, rule, x), prove::audit_points(subject, {at}, 1, {}).findings, {}};
  const prove::Shared shared(subject);
  prove::AtPoint centre(shared, at.x, 0);
  prove::InScope around(centre);
  if (around.impossible().empty())
    for (const auto& row : around.regions()[0].polytope.rows) b.rows.push_back(row.name);
  return b;
}

bool is_hinge_root(const claim::Finding& f) {
  return (f.check == "root.inside" || f.check == "root.domain") && f.place.kind == "hinge";
}
std::string answer_of(const claim::Exemplar& e) {
  const auto found = e.witness.words.find("answer");
  return found == e.witness.words.end() ? "" : found->second;
}

cert::Verdict verdict_of(const Bench& b, claim::Finding finding, const claim::Exemplar& e) {
  finding.exemplars = {e};
  return b.checker.check(finding).exemplars[0];
}

const char* const kRules[] = {"dtd-z-plus", "dtd-gamma", "dtd-x", "dtd-zb", "dtd-w2", "lrp-0"};

// Visits every exemplar of every finding on random networks.
template <class Visit>
void on_random_networks(int rounds, std::uint64_t seed, prop::ScopeKind scope, Visit&& visit) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    const std::string bytes = tiny_model(random);
    const Input x{double(long(random() % 61) - 30) / 16, double(long(random() % 61) - 30) / 16};
    const Bench b = bench(bytes, kRules[round % std::size(kRules)], x, scope);
    CAPTURE(round);
    for (const auto& f : b.findings)
      for (const auto& e : f.exemplars) visit(b, f, e);
  }
}

struct Seen {
  int always = 0, never = 0, spans = 0, cut = 0, other = 0, rejected = 0, open = 0;
};

bool is_cut(const claim::Exemplar& e) {
  const auto spans = e.witness.numbers.find("spans");
  if (spans == e.witness.numbers.end()) return false;
  for (std::size_t k = 0; k < spans->second.size(); ++k)
    if (spans->second[k] != Rational(k % 2 ? -1 : 0)) return true;
  return false;
}

Seen count(prop::ScopeKind scope, int rounds) {
  Seen seen;
  on_random_networks(rounds, 3, scope, [&](const Bench& b, const auto& f, const auto& e) {
    if (e.verdict != Verdict::proved && e.verdict != Verdict::refuted) return;
    const auto verdict = verdict_of(b, f, e);
    CHECK_MESSAGE(verdict != cert::Verdict::rejected, f.check << " " << f.rule_set << " " << f.place.node << " "
                                                              << answer_of(e) << ": " << b.checker.check(f).why);
    const bool accepted = verdict == cert::Verdict::accepted;
    if (!is_hinge_root(f) || !e.witness.words.count("certificate")) {
      seen.other += accepted && e.verdict == Verdict::proved;
      return;
    }
    seen.open += !accepted;
    seen.always += accepted && answer_of(e) == "always", seen.never += accepted && answer_of(e) == "never";
    seen.cut += accepted && is_cut(e);
  });
  MESSAGE("always " << seen.always << ", never " << seen.never << ", of these with spans " << seen.cut
                    << ", other proofs " << seen.other << ", not covered " << seen.open);
  return seen;
}

}  // namespace

TEST_CASE("certificates over a cell are accepted") {
  const Seen seen = count(prop::ScopeKind::cell, 150);
  CHECK(seen.always > 100);
  CHECK(seen.never > 50);
  CHECK(seen.cut > 20);
  CHECK(seen.open == 0);
}

namespace {

using Change = std::function<bool(claim::Witness&)>;  // false: nothing to change

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::string rest = text;
  for (std::size_t at = 0; (at = rest.find(" | ")) != std::string::npos; rest = rest.substr(at + 3))
    parts.push_back(rest.substr(0, at));
  if (!text.empty()) parts.push_back(rest);
  return parts;
}
std::vector<std::string> leaves_of(const claim::Witness& w) {
  const auto found = w.words.find("leaves");
  return found == w.words.end() ? std::vector<std::string>() : split(found->second);
}
std::size_t rows_of(const std::string& leaf) { return std::size_t(std::count(leaf.begin(), leaf.end(), ' ')) - 1; }

// Leaves the k-th leaf out, with its numbers.
bool drop_leaf(claim::Witness& w, std::size_t k) {
  const auto leaves = leaves_of(w);
  if (k >= leaves.size()) return false;
  std::size_t before = 0;
  std::string text;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (i < k) before += rows_of(leaves[i]);
    if (i != k) text += (text.empty() ? "" : " | ") + leaves[i];
  }
  auto &m = w.numbers["multipliers"], &s = w.numbers["spans"];
  m.erase(m.begin() + long(before), m.begin() + long(before + rows_of(leaves[k])));
  s.erase(s.begin() + long(2 * k), s.begin() + long(2 * k + 2));
  w.words["leaves"] = text;
  return true;
}

const std::pair<std::string, Change> kChanges[] = {
    {"every multiplier turned",
     [](auto& w) {
       for (Rational& m : w.numbers["multipliers"]) m = -m;
       return !w.numbers["multipliers"].empty();
     }},
    {"a row that counts below 0",
     [](auto& w) {
       const auto leaves = leaves_of(w);
       if (leaves.empty()) return false;
       auto& m = w.numbers["multipliers"];
       m.insert(m.begin() + long(rows_of(leaves[0])), Rational(-1, 1000000L));
       w.words["leaves"] = leaves[0] + " scale" + w.words["leaves"].substr(leaves[0].size());
       return true;
     }},
    {"every multiplier 0",
     [](auto& w) {
       for (Rational& m : w.numbers["multipliers"]) m = Rational();
       return !w.numbers["multipliers"].empty();
     }},
    {"one number more",
     [](auto& w) {
       w.numbers["multipliers"].emplace_back(1L);
       return w.words.count("leaves") > 0;
     }},
    {"one span more",
     [](auto& w) {
       w.numbers["spans"].emplace_back(1L), w.numbers["spans"].emplace_back(2L);
       return w.words.count("leaves") > 0;
     }},
    {"a span below 0",
     [](auto& w) {
       if (!w.words.count("leaves")) return false;
       w.numbers["spans"][0] = Rational(-1);
       return true;
     }},
    {"no span begins at 0",
     [](auto& w) {
       bool any = false;
       auto& spans = w.numbers["spans"];
       for (std::size_t k = 0; k < spans.size(); k += 2)
         if (spans[k].is_zero()) spans[k] = Rational(1, 1000000), any = true;
       return any;
     }},
    {"no span goes on for ever",
     [](auto& w) {
       bool any = false;
       auto& spans = w.numbers["spans"];
       for (std::size_t k = 1; k < spans.size(); k += 2)
         if (spans[k].sign() < 0) spans[k] = spans[k - 1] + Rational(1000000), any = true;
       return any;
     }},
    {"an end turned",
     [](auto& w) {
       bool any = false;
       for (std::size_t k = 1; k < w.numbers["spans"].size(); k += 2)
         if (auto& to = w.numbers["spans"][k]; to.sign() > 0) to = -to, any = true;
       return any;
     }},
};

bool has_cover(claim::Witness& w) { return w.words.count("cover") > 0; }

// The last region's point and leaves.
bool leave_a_region_out(claim::Witness& w) {
  auto& points = w.numbers["points"];
  if (points.size() < 4) return false;
  const std::string number = std::to_string(points.size() / 2 - 1);
  points.resize(points.size() - 2);
  for (std::size_t k = 0; k < leaves_of(w).size();)
    if (const std::string leaf = leaves_of(w)[k];
        leaf.rfind(number + "+ ", 0) == 0 || leaf.rfind(number + "- ", 0) == 0)
      drop_leaf(w, k);
    else
      ++k;
  return true;
}

const std::pair<std::string, Change> kBoxChanges[] = {
    {"a region left out", leave_a_region_out},
    {"every multiplier of the cover 0",
     [](auto& w) {
       for (Rational& m : w.numbers["cover_multipliers"]) m = Rational();
       return has_cover(w);
     }},
    {"every multiplier of the cover turned",
     [](auto& w) {
       for (Rational& m : w.numbers["cover_multipliers"]) m = -m;
       return has_cover(w);
     }},
    {"no cover",
     [](auto& w) {
       const bool had = has_cover(w);
       w.words.erase("cover");
       return had;
     }},
    {"the cover's first leaf left out",
     [](auto& w) {
       if (!has_cover(w)) return false;
       const auto leaves = split(w.words["cover"]);
       std::string text;
       for (std::size_t k = 1; k < leaves.size(); ++k) text += (text.empty() ? "" : " | ") + leaves[k];
       auto& m = w.numbers["cover_multipliers"];
       m.erase(m.begin(), m.begin() + long(rows_of(leaves[0])));
       w.words["cover"] = text;
       return true;
     }},
    {"a point out of the box", [](auto& w) { return w.numbers["points"][0] += Rational(10), true; }},
    {"a point twice, one not at all",
     [](auto& w) {
       auto& points = w.numbers["points"];
       if (points.size() < 4) return false;
       std::copy(points.begin(), points.begin() + 2, points.end() - 2);
       return true;
     }},
    {"half a point", [](auto& w) { return w.numbers["points"].pop_back(), true; }},
    {"zeros out of the domain",
     [](auto& w) {
       if (!w.numbers.count("zeros")) return false;
       for (Rational& v : w.numbers["zeros"]) v += Rational(100);
       return true;
     }},
    {"a zero too few",
     [](auto& w) {
       if (!w.numbers.count("zeros")) return false;
       w.numbers["zeros"].pop_back();
       return true;
     }},
};

bool rests_on_leaves(const claim::Finding& f, const claim::Exemplar& e) {
  return is_hinge_root(f) && e.witness.words.count("certificate") && e.witness.words.count("leaves") &&
         (answer_of(e) == "always" || answer_of(e) == "never");
}

void bend(prop::ScopeKind scope, int rounds) {
  std::map<std::string, int> changed;
  on_random_networks(rounds, 3, scope, [&](const Bench& b, const auto& f, const auto& e) {
    if (!rests_on_leaves(f, e) || verdict_of(b, f, e) != cert::Verdict::accepted) return;
    claim::Exemplar bare = e;
    bare.witness.words["leaves"] = "";
    bare.witness.numbers["multipliers"].clear(), bare.witness.numbers["spans"].clear();
    const auto without = verdict_of(b, f, bare);
    CHECK(without != cert::Verdict::not_covered);
    if (without == cert::Verdict::accepted) return;  // such as a sign of D on which nothing can break
    for (const auto& [name, change] : kChanges) {
      claim::Exemplar bent = e;
      if (!change(bent.witness)) continue;
      ++changed[name];
      // "none" and "empty" have spans that say nothing.
      const std::string& text = bent.witness.words["leaves"];
      const bool spanless = text.find("none") != std::string::npos || text.find("empty") != std::string::npos;
      if (spanless && name.find("span") != std::string::npos) continue;
      CHECK_MESSAGE(verdict_of(b, f, bent) == cert::Verdict::rejected, f.check << " " << f.rule_set << ": " << name);
    }
    const std::size_t leaves = leaves_of(e.witness).size();
    int needed = 0;
    for (std::size_t k = 0; k < leaves; ++k) {
      claim::Exemplar bent = e;
      REQUIRE(drop_leaf(bent.witness, k));
      needed += verdict_of(b, f, bent) == cert::Verdict::rejected;
    }
    CHECK(needed > 0);
    changed["a leaf dropped"] += needed;
  });
  for (const auto& [name, times] : changed) MESSAGE(name << ": " << times);
  if (!prove::testing::kCounts) return;
  for (const auto& [name, change] : kChanges) CHECK_MESSAGE(changed[name] > 5, name);
}

}  // namespace

TEST_CASE("bent certificates over a cell are rejected") { bend(prop::ScopeKind::cell, 60); }

namespace {

// Many leaves for every condition, both signs of D and spans that cover all t, of rows and multipliers at random.
claim::Witness leaves_at_random(Random& random, const std::vector<std::string>& rows, bool always) {
  claim::Witness w;
  w.words["certificate"] = "farkas";
  std::string& text = w.words["leaves"];
  auto &multipliers = w.numbers["multipliers"], &spans = w.numbers["spans"];
  const Rational middle(long(1 + random() % 8), 4L);
  const auto leaf = [&](const char* part, const std::string& condition, const std::string& asked, int span) {
    text += (text.empty() ? "" : " | ") + std::string(part) + " " + condition + " " + asked;
    multipliers.emplace_back(long(random() % 4 > 0));
    const auto add = [&](const std::string& row) {
      text += " " + row;
      multipliers.emplace_back(long(random() % 3), 1L + long(random() % 2));
    };
    if (asked.find("'") != std::string::npos && random() % 2) add(asked.substr(4, asked.size() - 5));
    const bool spanless = condition == "none" || condition == "empty";
    if (!spanless && random() % 2 && span != 0) add("ask:from");
    if (!spanless && random() % 2 && span == 0) add("ask:to");
    if (random() % 3 == 0) add("scale");
    if (condition != "empty" && random() % 3 == 0) add("drop");
    if (random() % 2) add(rows[random() % rows.size()]);
    if (condition == "*") add("ask:" + rows[random() % rows.size()] + "'");
    spans.push_back(span == 1 ? middle : Rational()), spans.push_back(span == 0 ? middle : Rational(-1));
  };
  for (const char* part : {"+", "-"})
    for (int k = 0; k < 12; ++k) {
      leaf(part, "none", "ask:drop", 2), leaf(part, "empty", "ask:scale", 2);
      for (const std::string& row : rows)
        for (int span = 0; span < 3; ++span) leaf(part, always ? row : "*", "ask:" + row + "'", span);
    }
  return w;
}

// A root that lies outside at a witness is called "always", one that lies inside "never": with the leaves that prove
// other units, other models and the opposite.
void claim_falsely(prop::ScopeKind scope, int rounds, std::uint64_t seed) {
  Random random(seed);
  std::vector<claim::Witness> always, never;
  int tried = 0, covered = 0;
  on_random_networks(rounds, seed, scope, [&](const Bench& b, const auto& f, const auto& e) {
    if (!is_hinge_root(f)) return;
    const bool outside = e.verdict == Verdict::refuted;
    const bool inside = answer_of(e) == "sometimes" || answer_of(e) == "always";
    const auto put = [&](const claim::Witness& proof, bool as_always) {
      claim::Exemplar lie = e;
      for (const char* key : {"leaves", "certificate"})
        if (proof.words.count(key)) lie.witness.words[key] = proof.words.at(key);
      if (!proof.words.count("leaves")) lie.witness.words.erase("leaves");
      for (const auto& [key, numbers] : proof.numbers)
        if (key == "multipliers" || key == "spans" || key == "points" || key == "cover_multipliers")
          lie.witness.numbers[key] = numbers;
      lie.witness.words["answer"] = as_always ? "always" : "never";
      if (as_always) {
        lie.verdict = Verdict::proved, lie.witness.kind = "everywhere";
        lie.witness.numbers.erase("at"), lie.witness.numbers.erase("inside_at");
      }
      claim::Finding finding = f;
      finding.verdict = lie.verdict;
      const auto verdict = verdict_of(b, finding, lie);
      ++tried, covered += verdict == cert::Verdict::rejected;
      CHECK_MESSAGE(verdict != cert::Verdict::accepted, f.check << " " << f.rule_set << " " << f.place.node);
    };
    for (int k = 0; k < 8 && !always.empty() && !never.empty(); ++k) {
      if (outside) put(always[random() % always.size()], true);
      if (inside && outside) put(never[random() % never.size()], false);
    }
    if (outside && e.witness.words.count("leaves")) put(e.witness, true);
    if (scope == prop::ScopeKind::cell && f.check == "root.inside" && !b.rows.empty()) {
      std::vector<std::string> rows;  // of units behind the layer
      for (const std::string& row : b.rows)
        if (f.place.node == "fc1" || row.rfind("h2", 0) == 0) rows.push_back(row);
      for (int k = 0; k < 3 && !rows.empty(); ++k) {
        if (outside) put(leaves_at_random(random, rows, true), true);
        if (inside && outside) put(leaves_at_random(random, rows, false), false);
      }
    }
    if (!e.witness.words.count("certificate")) return;
    (answer_of(e) == "always" ? always : never).push_back(e.witness);
  });
  MESSAGE("false claims " << tried << ", rejected " << covered);
  CHECK(tried > prove::testing::times(300));
  CHECK(covered * 2 > tried);
}

}  // namespace

TEST_CASE("a false claim over a cell is not accepted, whatever proof is put under it") {
  claim_falsely(prop::ScopeKind::cell, prove::testing::times(150), 17);
}

TEST_CASE("certificates over a box are accepted") {
  const Seen seen = count(prop::ScopeKind::box, 100);
  CHECK(seen.always > 50);
  CHECK(seen.never > 20);
  CHECK(seen.other > 20);
  CHECK(seen.open == 0);
}

TEST_CASE("bent certificates over a box are rejected") {
  bend(prop::ScopeKind::box, prove::testing::times(40));
  std::map<std::string, int> changed;
  on_random_networks(prove::testing::times(100), 3, prop::ScopeKind::box,
                     [&](const Bench& b, const auto& f, const auto& e) {
                       if (f.check.rfind("root.", 0) != 0)
                         return;  // laws may hold over the whole box, whatever its points are
                       if (!e.witness.numbers.count("points") || verdict_of(b, f, e) != cert::Verdict::accepted) return;
                       for (const auto& [name, change] : kBoxChanges) {
                         claim::Exemplar bent = e;
                         if (!change(bent.witness)) continue;
                         ++changed[name];
                         CHECK_MESSAGE(verdict_of(b, f, bent) == cert::Verdict::rejected,
                                       f.check << " " << f.rule_set << ": " << name);
                       }
                     });
  for (const auto& [name, times] : changed) MESSAGE(name << ": " << times);
  if (!prove::testing::kCounts) return;
  for (const auto& [name, change] : kBoxChanges) CHECK_MESSAGE(changed[name] > 3, name);
}

TEST_CASE("a false claim over a box is not accepted, whatever proof is put under it") {
  claim_falsely(prop::ScopeKind::box, prove::testing::times(80), 19);
}
