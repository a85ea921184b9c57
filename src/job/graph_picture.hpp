#pragma once
// The graph before and after rewriting, drawn by Graphviz.
#include "claim/claim.hpp"
#include "net/network.hpp"

namespace lrproof::job {

/// The two graphs side by side in Graphviz's language: rewritten places filled, of a step's nodes those that went
/// before and the one that stayed after.
std::string graph_text(const net::Network& before, const net::Network& after, const std::vector<claim::Step>& steps);
/// As SVG, by the program `dot`; a diagnostic where that is not installed or fails.
base::Result<std::string> graph_picture(const net::Network& before, const net::Network& after,
                                        const std::vector<claim::Step>& steps);

}  // namespace lrproof::job
