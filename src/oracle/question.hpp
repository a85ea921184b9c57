#pragma once
// Internal to the oracle's replay: included by its .cpp files only (it pulls in the JSON library).
#include <nlohmann/json.hpp>

#include "oracle/root.hpp"

namespace lrproof::oracle {

/// lo <= true value <= hi, as a witness states it.
struct Pair {
  Exact lo, hi;
  bool holds(const Exact& v) const { return lo <= v && v <= hi; }
  bool meets(const Enclosure& v) const { return !(enclose(hi).hi < v.lo || v.hi < enclose(lo).lo); }
  bool excludes(const Exact& v) const { return v < lo || hi < v; }
};

/// One exemplar of one finding, with what it is about.
struct Question {
  const nlohmann::json& witness;
  std::string check, verdict, kind;  // kind: the witness's
  std::string node, root_kind;       // the finding's place
  const Explanation& explanation;
  Bounds domain;

  long index(const char* name) const;
  std::string word(const char* name) const;
  std::vector<Exact> numbers(const char* name) const;
  Exact number(const char* name) const;
  Pair pair(const char* name) const;
  bool has(const char* name) const { return witness.contains(name); }
  int place() const;  ///< the node of the finding's place
  const Network& network() const { return explanation.network(); }
};

/// Each returns when the claim is confirmed and throws Refused or NotCovered otherwise.
void replay_reduction(const Question& q);
void replay_root(const Question& q);
void replay_exists(const Question& q);
void replay_law(const Question& q);

[[noreturn]] inline void refuse(const std::string& why) { throw Refused{why}; }
inline void require(bool holds, const std::string& why) {
  if (!holds) refuse(why);
}

}  // namespace lrproof::oracle
