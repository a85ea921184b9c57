#pragma once
// `lrproof canonize --dry-run`: what each rewrite would do to a model, with its proof, and every near miss.
#include "job/load.hpp"

namespace lrproof::job {

base::Result<std::string> canonize_dry_run(const std::string& model, std::vector<std::string> passes);

}  // namespace lrproof::job
