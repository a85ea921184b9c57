#pragma once
// Canonization steps as the oracle replays them: by the names a report lists, with formulas of its own. A step that
// does not match is refused, so that a report cannot list a rewrite that the network does not allow.
#include "oracle/model.hpp"

namespace lrproof::oracle {

/// Replays one step on the network; the answer is empty, or says what does not match. What nothing reads any more is
/// dropped by the caller.
using Replay = std::string (*)(Network& network, const std::vector<std::string>& nodes);

struct Rewrite {
  const char* name;
  Replay replay;
};

/// Whoever reads `gone`, and the outputs, take the value of `carrier` instead.
void redirect(Network& network, int gone, int carrier);
/// Puts the node in front of node `place`, which must come after its operands; its number is `place`.
void insert(Network& network, int place, Node node);
/// "name", or the first of name.2, name.3 ... that the network does not hold.
std::string fresh_name(const Network& network, const std::string& name);
/// One edge out, and no output of the network.
bool has_one_reader(const Network& network, int id);

}  // namespace lrproof::oracle
