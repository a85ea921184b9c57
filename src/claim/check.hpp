#pragma once
// The checks by their ids, stable for ever: one row each. `lrproof checks list|show`, docs/checks/*.md and the
// reports' explanations come from this table alone.
#include <span>
#include <string_view>

#include "claim/claim.hpp"

namespace lrproof::claim {

struct Check {
  std::string_view id;        ///< "root.inside"
  std::string_view law;       ///< "ROO-5"
  std::string_view question;  ///< what it asks, one sentence
  std::string_view theorem;   ///< what proved means, precisely
  std::string_view refuted;   ///< what a witness shows and how to check it by hand
  std::string_view limits;    ///< when it answers unknown or rejected
  std::string_view remedy;    ///< what a user can do
  std::string_view example;   ///< a .case body that holds, and how it fails
  std::string_view source;    ///< paper, equation, public link
  Level level = Level::none;  ///< lint: of what fails; none: not decidable from ONNX
  std::string_view evidence;  ///< lint: what its answer rests on; "": a check of an audit
};

std::span<const Check> checks();
const Check* find_check(std::string_view id);
/// A001 to A028: asked by `lrproof lint` of a model and rule sets, without inputs.
bool is_lint(const Check& check);

}  // namespace lrproof::claim
