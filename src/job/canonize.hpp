#pragma once
// `lrproof canonize`: rewrites with their proofs, the rewritten model as a file, and how far it is from another one.
#include "job/load.hpp"
#include "onnx/export.hpp"

namespace lrproof::job {

struct CanonizeRequest {
  std::string model, output, against, svg, inputs;
  std::string domain;     ///< "LOW,HIGH" or empty
  std::string tolerance;  ///< exact number or empty
  std::vector<std::string> passes;
  std::vector<std::string> rules;  ///< inv.impl: what becomes of their relevance
  std::string target = "argmax";
  bool dry_run = false;
  std::uint64_t seed = 0;
  std::int64_t steps = 2'000'000'000;  ///< multiply-adds that a proof over the domain may cost
};

struct CanonizeResult {
  claim::Report report;
  std::string bytes;  ///< of the output; empty: none is written
  std::string svg;
  int code = 0;     ///< exit code but for unknown ones that are allowed
  std::string bug;  ///< why the oracle rejects a witness; "" as it should be
};

base::Result<CanonizeResult> canonize(const CanonizeRequest& request);
/// For a terminal.
std::string canonize_text(const CanonizeResult& result, const CanonizeRequest& request);

// Parts of the work.

/// The model with its head, rewritten with every step proved.
struct WholeModel {
  LoadedModel loaded;  ///< network: the rewritten one, its head kept
  net::Network original;
  onnx::Frame frame;
};
base::Result<WholeModel> load_whole(const std::string& path, const std::vector<std::string>& passes);

/// What two networks are compared over.
struct Comparison {
  std::optional<std::pair<num::Rational, num::Rational>> domain;
  std::optional<num::Rational> tolerance;
  const LoadedInputs* inputs = nullptr;
  std::uint64_t seed = 0;
  std::int64_t steps = 0;
};
/// One output of a network whose constants were rounded for a file, without its head.
struct Rounding {
  net::Cut before, after;
  std::string output;  ///< its name; "": the network has no other
};
/// canon.bound: how far the two are apart, at the given inputs and over the domain.
std::vector<claim::Finding> bound_findings(const Rounding& rounding, const Comparison& comparison);
/// One side of net.equal: the function of the file, and an equal network after the proved rewrites.
struct Side {
  std::string_view bytes;
  net::Network network, canonized;
  std::vector<std::string> cut;
  const net::Network* whole = nullptr;  ///< canonized, with its head and all outputs
};
/// net.equal; the second member names a witness that the oracle rejects.
std::pair<claim::Finding, std::string> equal_finding(const Side& f, const Side& g, const Comparison& comparison);

}  // namespace lrproof::job
