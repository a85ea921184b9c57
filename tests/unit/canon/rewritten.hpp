#pragma once
// Networks as text, and what rewrites make of them.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "canon/rewrite.hpp"
#include "net/text.hpp"

namespace lrproof::canon::testing {

using Words = std::vector<std::string>;

inline net::Network read(const std::string& text) {
  auto network = net::parse_network(text, "test.net");
  REQUIRE_MESSAGE(network.ok(), (network.ok() ? text : text + network.error().text()));
  return std::move(*network);
}

inline Rewritten canonized(const net::Network& network, const Words& passes) {
  auto out = canonize(network, passes);
  REQUIRE(out.ok());
  return std::move(*out);
}

/// The rewrites that run when none is named.
inline Words usual() {
  Words names;
  for (const auto& row : rewrites())
    if (row.usual) names.push_back(row.name);
  return names;
}

}  // namespace lrproof::canon::testing
