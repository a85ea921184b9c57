#pragma once
// Float matrix product, fast: C (m x n) = op(A) (m x k) op(B) (k x n), row-major; op transposes where the flag says so.
#include <cstdint>

namespace lrproof::kernel {

/// False, and C untouched, where the library refuses.
bool gemm(const float* a, bool a_transposed, const float* b, bool b_transposed, float* c, std::int64_t m,
          std::int64_t k, std::int64_t n);

}  // namespace lrproof::kernel
