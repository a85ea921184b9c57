#pragma once
// Internal to the oracle's replay: included by its .cpp files only (it pulls in the JSON library).
#include <functional>
#include <nlohmann/json.hpp>

#include "oracle/given_root.hpp"
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
  const std::vector<GivenRoot>& given;  // --roots
  long input;                           // index into the inputs file
  bool by_rules;                        // the finding is about a rule set
  std::string notion = {};              // the finding's place

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
/// whole: of every input of the cell, not of the input alone.
void replay_constant(const Question& q, bool whole = false);
void replay_exists(const Question& q);
void replay_law(const Question& q);
void replay_class(const Question& q);

/// The same question of another network, at the same input.
struct Beside {
  std::function<const Explanation&()> before;  ///< the one before its rewrites, or the one compared with
  std::function<void(const Network&, const std::function<void(const Explanation&)>&)> on;
};
void replay_invariance(const Question& q, const Beside& beside);

/// The unit that the witness names is on another closed piece in the suffix `there` than at the input; `start`: the
/// suffix with the input's own values.
void replay_escape(const Question& q, const Point& there, const Point& start);
/// No path from the input to the output but through the tensor.
bool cuts(const Network& network, int tensor);

[[noreturn]] inline void refuse(const std::string& why) { throw Refused{why}; }
inline void require(bool holds, const std::string& why) {
  if (!holds) refuse(why);
}

}  // namespace lrproof::oracle
