#include "cert/check.hpp"

#include <doctest/doctest.h>

#include "../oracle/nets.hpp"

using namespace lrproof;
using num::Rational;

namespace {

cert::Checker checker() {
  oracle::test::Builder net({1, 2});
  net.gemm("x", "fc1", 2, 2, {1, 1, 3, -1}, {-1, 0});
  net.node("Relu", {"fc1"}, "act");
  net.gemm("act", "fc2", 2, 2, {1, -1, 1, 0}, {2, 0});
  cert::Material material;
  material.model = net.bytes("fc2");
  material.rules = {{"eps",
                     "[[assign]]\nto = { op = \"dense\" }\nrule = { name = \"epsilon\", epsilon = 1 }\n"
                     "[[assign]]\nto = { op = \"activation\" }\nrule = \"pass\"\n"}};
  material.input = [](long k) { return k == 0 ? std::optional(std::vector<double>{2, 1}) : std::nullopt; };
  auto made = cert::Checker::create(std::move(material));
  REQUIRE(made.ok());
  return std::move(made).value();
}

claim::Finding feature() {
  claim::Finding finding;
  finding.check = "gxi.reduces";
  finding.rule_set = "eps";
  finding.verdict = claim::Verdict::refuted;
  finding.place.target = "argmax";
  claim::Exemplar exemplar;
  exemplar.verdict = claim::Verdict::refuted;
  exemplar.input = 0;
  exemplar.target = 1;
  exemplar.witness.kind = "feature";
  exemplar.witness.indices["feature"] = 0;
  exemplar.witness.numbers["relevance"] = {Rational(8, 9), Rational(8, 9)};
  exemplar.witness.numbers["gradient_x_input"] = {Rational(2), Rational(2)};
  finding.exemplars.push_back(exemplar);
  return finding;
}

}  // namespace

TEST_CASE("a true finding is accepted, a bent one is rejected") {
  auto check = checker();
  auto finding = feature();
  CHECK(check.check(finding).verdict == cert::Verdict::accepted);
  finding.exemplars[0].witness.numbers["relevance"] = {Rational(1), Rational(1)};
  const auto checked = check.check(finding);
  CHECK(checked.verdict == cert::Verdict::rejected);
  CHECK(!checked.why.empty());
  finding = feature();
  finding.exemplars[0].target = 0;
  CHECK(check.check(finding).verdict == cert::Verdict::rejected);
}

TEST_CASE("one accepted witness refutes; a proof needs all of its exemplars") {
  auto check = checker();
  auto finding = feature();
  claim::Exemplar open;
  open.verdict = claim::Verdict::unknown;
  open.input = 0;
  open.target = 1;
  finding.exemplars.push_back(open);
  CHECK(check.check(finding).verdict == cert::Verdict::accepted);
  finding.exemplars.clear();
  CHECK(check.check(finding).verdict == cert::Verdict::not_covered);
}

TEST_CASE("material that cannot be followed is a diagnostic") {
  cert::Material material;
  material.model = "no model";
  CHECK(!cert::Checker::create(std::move(material)).ok());
}
