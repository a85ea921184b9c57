#pragma once
// Laws of a rule by itself: for all weights, inputs, biases and every fan-in, at one affine unit (merge: at two
// layers), and at the units of one convolution, which share weights and have padding. proved: by algebra on the tap's
// sign classes, whatever the fan-in. refuted: with the smallest numbers of a fixed search, evaluated exactly by the
// relevance engine. unknown: neither.
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "claim/claim.hpp"
#include "prove/rule_law_flaws.hpp"
#include "rule/rule.hpp"

namespace lrproof::prove {

struct RuleLaw {
  const char* name;      ///< heads its column
  const char* law;       ///< id in docs/laws.md
  const char* question;  ///< what proved means
};
std::span<const RuleLaw> rule_laws();

struct LawAnswer {
  claim::Verdict verdict = claim::Verdict::unknown;
  std::string text;                   ///< the witness, or the reason
  std::optional<LawWitness> witness;  ///< of what is refuted
  int smt_asked = 0, smt_same = 0;    ///< fan-ins put to Z3, and those at which it says the same
};

/// Is Z3 asked, too? Its questions are told by a name as SMT-LIB 2 text, where somebody listens.
struct AskSmt {
  bool ask = false;
  std::function<void(const std::string& name, const std::string& text)> tell;
};

/// One answer per law, in their order. Premises of the rule are assumed. `smt`: Z3 is asked for counterexamples at
/// fan-in 1 to 3 of the laws it can be asked about; to contradict a proof, or a witness, is a bug and ends the run.
std::vector<LawAnswer> audit_rule(const rule::AffineRule& rule, const AskSmt& smt = {});
/// The same laws at the convolution of prove::Shape, whose units all have R_j = 1: refuted by numbers of that shape.
std::vector<LawAnswer> audit_rule_on_convolution(const rule::AffineRule& rule);

}  // namespace lrproof::prove
