#pragma once
// Asks the tool one case's question. The only file of the runner that knows how the tool is called.
#include "claim/claim.hpp"
#include "net/network.hpp"
#include "question.hpp"
#include "rule/rule.hpp"

namespace lrproof::cases {

/// Findings of the properties asked, or the diagnostic a user would see.
base::Result<std::vector<claim::Finding>> ask(const net::Network& network, const rule::RuleSet& rules,
                                              const Question& question);

/// Does this build know how to answer the property?
bool can_ask(const std::string& property);

/// The explained output of each point.
base::Result<std::vector<std::int64_t>> targets_of(const net::Network& network, const Question& question);

/// The checks of an audit (ask_audit.cpp).
base::Result<std::vector<claim::Finding>> ask_audit(const net::Network& network, const rule::RuleSet& rules,
                                                    const Question& question);

}  // namespace lrproof::cases
