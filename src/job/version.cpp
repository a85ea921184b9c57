#include "job/version.hpp"

namespace lrproof::job {

const char* version_text() { return LRPROOF_VERSION; }

}  // namespace lrproof::job
