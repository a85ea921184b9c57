#pragma once
// The rules that have a name: affine ones as text in the rule language, the others as a kind and one parameter.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::rule {

/// A parameter of a built-in rule; numbers are written as in a rule file and are never negative.
struct Parameter {
  const char* name;
  const char* standard;  ///< its default
};

/// An affine rule by name: one [rule.NAME] table as a user would write it, "$p" standing for parameter p.
struct AffineRow {
  const char* name;
  std::span<const Parameter> parameters;
  const char* definition;
};

/// A rule of RUL-3 or RUL-4 by name.
struct NamedRow {
  const char* name;
  NamedRule::Kind kind;
  const char* parameter;  ///< nullptr: none
  const char* standard;
};

std::span<const AffineRow> affine_rows();
std::span<const NamedRow> named_rows();
const AffineRow* find_affine_row(const std::string& name);
const NamedRow* find_named_row(const std::string& name);
const NamedRow& row_of(NamedRule::Kind kind);

/// Words that a selector's op may say besides an operation's own word: activation kinds, "linear", "affine", and the
/// operators outside NET-4 in kebab case.
std::span<const char* const> op_words();

}  // namespace lrproof::rule
