#include "claim/claim.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace lrproof::claim;

namespace {

Finding settled(const std::string& check, Counts counts) {
  Finding finding;
  finding.check = check;
  finding.counts = counts;
  finding.trust = Trust::checked;
  settle(finding);
  return finding;
}

}  // namespace

TEST_CASE("one refuted place refutes, one unknown place keeps it open") {
  CHECK(settled("con.layer", {5, 3, 1, 1, 0, 0}).verdict == Verdict::refuted);
  CHECK(settled("con.layer", {5, 3, 0, 1, 1, 0}).verdict == Verdict::unknown);
  CHECK(settled("con.layer", {5, 3, 0, 0, 1, 1}).verdict == Verdict::proved);
  CHECK(settled("con.layer", {5, 0, 0, 0, 4, 1}).verdict == Verdict::rejected);
}

TEST_CASE("a claim about nothing is vacuous, never plainly proved") {
  for (const Counts& counts : {Counts{}, Counts{3, 0, 0, 0, 0, 3}}) {
    const Finding finding = settled("con.layer", counts);
    CHECK(finding.verdict == Verdict::proved);
    CHECK(finding.vacuous);
    CHECK(finding.level == Level::note);
  }
  CHECK_FALSE(settled("con.layer", {3, 1, 0, 0, 0, 2}).vacuous);
}

TEST_CASE("never and sometimes need evidence of their own") {
  CHECK(settled("root.inside", {4, 4, 0, 0, 0, 0}).answer == "always");
  CHECK(settled("root.inside", {4, 0, 4, 0, 0, 0}).answer == "never");
  CHECK(settled("root.inside", {4, 1, 1, 2, 0, 0}).answer == "sometimes");
  CHECK(settled("root.inside", {4, 0, 1, 3, 0, 0}).answer == "not-always");
  CHECK(settled("root.inside", {4, 1, 0, 3, 0, 0}).answer.empty());
  CHECK(settled("root.inside", {4, 0, 0, 0, 4, 0}).answer.empty());
  CHECK(settled("con.layer", {4, 4, 0, 0, 0, 0}).answer.empty());
}

TEST_CASE("levels and trust follow the verdict") {
  CHECK(settled("gxi.reduces", {1, 0, 1, 0, 0, 0}).level == Level::warning);
  CHECK(settled("canon.equal", {1, 0, 1, 0, 0, 0}).level == Level::error);
  CHECK(settled("canon.equal", {1, 1, 0, 0, 0, 0}).level == Level::none);
  CHECK(settled("root.inside", {1, 0, 0, 1, 0, 0}).level == Level::note);
  CHECK(settled("root.inside", {1, 0, 0, 1, 0, 0}).trust == Trust::none);
  CHECK(settled("root.inside", {1, 0, 1, 0, 0, 0}).trust == Trust::checked);
  Finding helped;
  helped.counts = {1, 0, 0, 0, 1, 0};
  helped.fix = "--canonize batchnorm-into-affine";
  settle(helped);
  CHECK(helped.level == Level::note);
}

TEST_CASE("an id depends on what is claimed and on nothing else") {
  Finding finding;
  finding.check = "root.inside", finding.rule_set = "dtd-x", finding.place = {"fc1", 0, "hinge", "cell", "argmax"};
  const std::string id = finding_id(finding);
  CHECK(id.size() == 16);
  Finding later = finding;
  later.verdict = Verdict::refuted, later.seconds = 3, later.counts.places = 9, later.scope.inputs = {1, 2};
  later.place.layer = 4;
  CHECK(finding_id(later) == id);
  std::set<std::string> ids{id};
  for (auto change :
       {+[](Finding& f) { f.check = std::string("root.linear"); }, +[](Finding& f) { f.rule_set = "dtd-z-plus"; },
        +[](Finding& f) {
          f.place.node = "fc";
          f.place.kind = "1hinge";
        },
        +[](Finding& f) { f.place.kind = "relevance"; }, +[](Finding& f) { f.place.notion = std::string("linear"); },
        +[](Finding& f) { f.place.target = std::string("3"); },
        +[](Finding& f) { f.scope.kind = std::string("cell"); }}) {
    Finding other = finding;
    change(other);
    ids.insert(finding_id(other));
  }
  CHECK(ids.size() == 8);
}
