#pragma once
// An input at which two networks differ (net.equal, canon.bound): looked for in doubles, decided exactly.
#include <optional>

#include "net/evaluate.hpp"

namespace lrproof::prove {

/// What is claimed of |f - g|, over which inputs.
struct ApartQuestion {
  const net::Network &f, &g;  ///< of one input size and one output size
  num::Rational tolerance;    ///< |f - g| <= tolerance
  std::optional<std::pair<num::Rational, num::Rational>> domain;
  std::vector<double> inputs;  ///< given ones, row by row
  std::uint64_t seed = 0;
};

/// An input with |f - g| > tolerance in some element. Values are exact where that is affordable, else enclosed.
struct Apart {
  std::vector<num::Rational> at;
  std::int64_t element = 0;
  std::vector<num::Rational> f, g;  ///< exactly; empty: only the enclosures are known
  num::Interval f_here, g_here;     ///< of the element
};

struct ApartAnswer {
  std::optional<Apart> witness;
  double largest = 0;  ///< |f - g| seen in doubles, at `where`
  std::vector<double> where;
};
ApartAnswer look_apart(const ApartQuestion& question);

/// Does the input refute the claim? Enclosures first, exact values where they do not tell and cost no more than
/// `kExactCost` multiply-adds.
std::optional<Apart> apart_at(const ApartQuestion& question, const std::vector<num::Rational>& x);

/// |f - g| at each row of `inputs`, in doubles.
std::vector<double> sampled_difference(const net::Network& f, const net::Network& g, const std::vector<double>& inputs);
/// Multiply-adds of one evaluation.
std::int64_t evaluation_cost(const net::Network& network);
inline constexpr std::int64_t kExactCost = 20'000'000;

}  // namespace lrproof::prove
