#pragma once
// The relevance of one input as a formula: what the rules make of every input on the same side of every decision.
#include <memory>

#include "attr/relevance.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {

struct SymbolicRequest {
  std::vector<num::Rational> input;
  std::int64_t target = -1;  ///< -1: the largest output at the input; no condition says that it stays the largest
  rule::Start start = rule::Start::value;
  Options options;
};

/// Laws: at every x where all conditions hold, the exact engine's relevance of this target is the formula's value.
struct Symbolic {
  std::unique_ptr<num::Expressions> expressions;  ///< owns what the symbols are made of
  net::Values<num::Symbol> values;
  Relevance<num::Symbol> relevance;
  std::vector<num::Symbol> map;  ///< relevance of the input's elements
  std::int64_t target = 0;
  const std::vector<num::Condition>& conditions() const { return expressions->conditions(); }
};

/// Errors: what supported() says, an opaque node, a target beyond the outputs, an input on an edge of its cell.
base::Result<Symbolic> symbolic(const net::Network& network, const rule::Assignment& assignment,
                                const SymbolicRequest& request);

/// Multiply-adds of one evaluation: what the size of a formula grows with.
std::int64_t multiply_adds(const net::Network& network);

/// "fc1[3]" for the elements of tensors, "R.fc1[3]" for their relevance (not the input's); printable, no two alike.
std::vector<std::pair<const num::Expression*, std::string>> element_names(const net::Network& network,
                                                                          const Symbolic& formula);
/// The name of a node as element_names writes it.
std::vector<std::string> printable_names(const net::Network& network);

}  // namespace lrproof::attr
