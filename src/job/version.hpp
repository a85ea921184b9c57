#pragma once
// The version, from the build; the public API's version() and --version say the same.
namespace lrproof::job {

const char* version_text();  ///< "0.1.0"

}  // namespace lrproof::job
