#pragma once
// Z3's opinion on a law of a rule (rule_laws.hpp): is there a unit of the given fan-in that breaks it?
#include "rule/rule.hpp"

namespace lrproof::prove {

enum class SmtLaw { none, conserves, conserves_unbiased, positive, denominators, dead_input, zero_weight, gradient };

/// holds: no such unit. broken: there is one. none: not asked (a stabiliser scaled by a root mean square, a build
/// without Z3), or given up within the steps.
enum class SmtOpinion { holds, broken, none };

SmtOpinion smt_opinion(const rule::AffineRule& rule, SmtLaw law, int fan_in);

}  // namespace lrproof::prove
