#pragma once
// `lrproof forge`: roots that justify any explanation (GXI-3), one per input, each replayed by the oracle before
// anything is told of it.
#include "job/load.hpp"
#include "root/forge.hpp"

namespace lrproof::job {

struct ForgeRequest {
  std::string model, inputs, map;
  std::string cut;  ///< a node; empty: the first that works
  std::string target = "argmax";
  std::string domain;      ///< "LOW,HIGH" or empty
  long input = -1;         ///< only this one; -1: all, or the first `limit`
  long limit = 0;          ///< 0: all inputs
  std::uint64_t seed = 0;  ///< of the root functions that are tried
};

/// What came of one input.
struct ForgedInput {
  long input = 0;
  std::int64_t target = 0;
  std::string json;                     ///< as printed and replayed
  std::optional<root::Forged> forged;   ///< built
  std::vector<root::Impossible> tried;  ///< else: every cut that was tried, with what stood in the way
  num::Rational output, sum;            ///< f_c(x0), sum of the map
  std::vector<long> on_bounds;          ///< per root at the input: elements on a bound of the domain
  bool decided() const;                 ///< built, or impossible at every cut
};

struct ForgeResult {
  LoadedModel model;
  LoadedInputs inputs, map;
  DomainWords domain;
  std::vector<ForgedInput> forgeries;
  std::string bug;  ///< why the oracle rejects one of them; "" as it should be
};

base::Result<ForgeResult> forge(const ForgeRequest& request);

/// The file: {"schema": "lrproof-forge/1", ..., "forgeries": [...]}, exact numbers as "p/q".
std::string forge_json(const ForgeResult& result);
/// For a terminal; `verbose`: every input at length, not only when there are few.
std::string forge_text(const ForgeResult& result, bool verbose);
/// 70 bug, 3 something undecided, 1 something impossible, 0 all built.
int forge_exit_code(const ForgeResult& result, bool allow_unknown);

}  // namespace lrproof::job
