#pragma once
// The public API of lrproof. These headers need the standard library alone; link with lrproof::lrproof
// (find_package(lrproof)). Objects are immutable and may be shared between threads. No function throws on bad input:
// it returns an Error. A bug of lrproof itself ends the process with exit code 70.
#include <string>

namespace lrproof {

/// "0.1.0"
std::string version();

}  // namespace lrproof
