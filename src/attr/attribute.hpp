#pragma once
// Relevance maps of many inputs: the work of `lrproof attribute`.
#include <span>

#include "attr/relevance.hpp"

namespace lrproof::attr {

enum class Precision { single, double_, exact };

struct Request {
  std::span<const double> inputs;  ///< batch x input elements; finite
  std::int64_t batch = 0;
  std::vector<std::int64_t> targets;  ///< one per input; empty: the largest output of each
  rule::Start start = rule::Start::value;
  Precision precision = Precision::single;
  Options options;
  std::int64_t chunk = 16;  ///< inputs worked on at a time; bounds memory
};

struct Attribution {
  std::vector<double> relevance;      ///< batch x input elements; under `exact` the nearest doubles
  std::vector<num::Rational> exact;   ///< filled under `exact` only
  std::vector<std::int64_t> targets;  ///< as used
  std::vector<double> outputs;        ///< f_c per input
};

/// Errors: what supported() says, a target beyond the outputs, an opaque node where none can be evaluated.
base::Result<Attribution> attribute(const net::Network& network, const rule::Assignment& assignment,
                                    const Request& request);

}  // namespace lrproof::attr
