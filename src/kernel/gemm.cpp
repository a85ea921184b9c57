#include "kernel/gemm.hpp"

#include <dnnl.h>

namespace lrproof::kernel {

bool gemm(const float* a, bool a_transposed, const float* b, bool b_transposed, float* c, std::int64_t m,
          std::int64_t k, std::int64_t n) {
  if (m < 1 || k < 1 || n < 1) return false;
  return dnnl_sgemm(a_transposed ? 'T' : 'N', b_transposed ? 'T' : 'N', m, n, k, 1.0f, a, a_transposed ? m : k, b,
                    b_transposed ? k : n, 0.0f, c, n) == dnnl_success;
}

}  // namespace lrproof::kernel
