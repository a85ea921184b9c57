#pragma once
// Float convolution, fast: forward, and its adjoint (backward by data), through oneDNN. Plain layouts outside
// (batch, channels, plane), whatever the library likes inside. This is speed, never truth: exact claims use
// net::Linear over rationals, and tests compare the two.
#include <cstdint>
#include <memory>
#include <vector>

namespace lrproof::kernel {

/// One convolution from a wide tensor [batch, wide_channels, wide...] to a narrow one [batch, narrow_channels,
/// narrow...] over 1 to 3 spatial axes. Weights: [narrow_channels, wide_channels / groups, kernel...].
struct ConvShape {
  std::int64_t batch = 1, groups = 1, wide_channels = 1, narrow_channels = 1;
  std::vector<std::int64_t> wide, narrow, kernel, strides, dilations, pads_begin, pads_end;
};

/// A convolution made ready once and run many times; it keeps weights and buffers in the library's layout, so one
/// object serves one thread at a time. Where the library refuses (false), nothing was computed.
class ConvKernel {
 public:
  explicit ConvKernel(const ConvShape& shape);
  ~ConvKernel();
  ConvKernel(ConvKernel&&) noexcept;
  ConvKernel& operator=(ConvKernel&&) noexcept;

  /// Copies and reorders them; needed before the first run and whenever they change.
  void set_weights(const float* w);
  bool forward(const float* wide, float* narrow);
  bool adjoint(const float* narrow, float* wide);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One-off forms.
bool conv_forward(const ConvShape& shape, const float* w, const float* wide, float* narrow);
bool conv_adjoint(const ConvShape& shape, const float* w, const float* narrow, float* wide);

}  // namespace lrproof::kernel
