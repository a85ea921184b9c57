#pragma once
// Z3's opinion on a law of a rule (rule_laws.hpp): is there a unit of the given fan-in that breaks it?
#include <functional>

#include "rule/rule.hpp"

namespace lrproof::prove {

enum class SmtLaw { none, conserves, conserves_unbiased, positive, denominators, dead_input, zero_weight, gradient };

/// holds: no such unit. broken: there is one. none: not asked (a stabiliser scaled by a root mean square, a build
/// without Z3), or given up within the steps.
enum class SmtOpinion { holds, broken, none };

/// `question`: told as SMT-LIB 2 text before it is asked; may be empty.
SmtOpinion smt_opinion(const rule::AffineRule& rule, SmtLaw law, int fan_in,
                       const std::function<void(const std::string& text)>& question = {});

}  // namespace lrproof::prove
