#include "kernel/conv.hpp"

#include <dnnl.hpp>
#include <optional>

#include "base/result.hpp"

namespace lrproof::kernel {

namespace {

using dnnl::memory;
using Dims = memory::dims;

memory::format_tag plain_tag(std::size_t axes, bool weights, bool grouped) {
  using Tag = memory::format_tag;
  if (weights && grouped) return axes == 1 ? Tag::goiw : axes == 2 ? Tag::goihw : Tag::goidhw;
  if (weights) return axes == 1 ? Tag::oiw : axes == 2 ? Tag::oihw : Tag::oidhw;
  return axes == 1 ? Tag::ncw : axes == 2 ? Tag::nchw : Tag::ncdhw;
}

void append(Dims& dims, const std::vector<std::int64_t>& more) { dims.insert(dims.end(), more.begin(), more.end()); }

/// Descriptors of one convolution: plain ones for the caller's buffers, free ones for the library to choose.
struct Layouts {
  memory::desc wide, narrow, weight, any_wide, any_narrow, any_weight;
  Dims strides, dilations, begin, end;

  explicit Layouts(const ConvShape& s) {
    const auto axes = s.kernel.size();
    Dims w{s.batch, s.wide_channels}, n{s.batch, s.narrow_channels}, k;
    append(w, s.wide), append(n, s.narrow);
    if (s.groups > 1)
      k = {s.groups, s.narrow_channels / s.groups, s.wide_channels / s.groups};
    else
      k = {s.narrow_channels, s.wide_channels};
    append(k, s.kernel);
    const auto f32 = memory::data_type::f32;
    const auto any = memory::format_tag::any;
    wide = {w, f32, plain_tag(axes, false, false)}, any_wide = {w, f32, any};
    narrow = {n, f32, plain_tag(axes, false, false)}, any_narrow = {n, f32, any};
    weight = {k, f32, plain_tag(axes, true, s.groups > 1)}, any_weight = {k, f32, any};
    strides = s.strides, begin = s.pads_begin, end = s.pads_end;
    for (const auto d : s.dilations) dilations.push_back(d - 1);
  }
};

using Forward = dnnl::convolution_forward;
using Backward = dnnl::convolution_backward_data;
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

Forward::primitive_desc describe_forward(const Layouts& l, const dnnl::engine& engine) {
  const auto kind = dnnl::prop_kind::forward_inference;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kind, kDirect, l.any_wide, l.any_weight, l.any_narrow, l.strides, l.dilations, l.begin, l.end};
#else
  return {Forward::desc(kind, kDirect, l.any_wide, l.any_weight, l.any_narrow, l.strides, l.dilations, l.begin, l.end),
          engine};
#endif
}

Backward::primitive_desc describe_backward(const Layouts& l, const dnnl::engine& engine) {
  const auto hint_kind = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
  const Forward::primitive_desc hint(engine, hint_kind, kDirect, l.any_wide, l.any_weight, l.any_narrow, l.strides,
                                     l.dilations, l.begin, l.end);
  return {engine, kDirect, l.any_wide, l.any_weight, l.any_narrow, l.strides, l.dilations, l.begin, l.end, hint};
#else
  const Forward::primitive_desc hint(
      Forward::desc(hint_kind, kDirect, l.any_wide, l.any_weight, l.any_narrow, l.strides, l.dilations, l.begin, l.end),
      engine);
  return {Backward::desc(kDirect, l.any_wide, l.any_weight, l.any_narrow, l.strides, l.dilations, l.begin, l.end),
          engine, hint};
#endif
}

/// One direction: the primitive and its three buffers in the library's layout.
struct Direction {
  dnnl::primitive primitive;
  memory source, weight, target;
  int source_role = 0, target_role = 0;
  bool weighted = false;
};

}  // namespace

struct ConvKernel::State {
  ConvShape shape;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Layouts layouts;
  std::vector<float> weights;
  std::optional<Direction> forward, backward;

  explicit State(const ConvShape& s) : shape(s), layouts(s) {}

  memory wrap(const memory::desc& desc, const float* data) const {
    return {desc, engine, const_cast<float*>(data)};  // the library never writes to a source
  }
  /// A buffer in the wanted layout; the plain one is replaced at each run by the caller's own memory.
  memory buffer(const memory::desc& wanted, const memory::desc& plain) const {
    return wanted == plain ? wrap(plain, nullptr) : memory(wanted, engine);
  }
  void build_forward() {
    const auto pd = describe_forward(layouts, engine);
    forward = Direction{Forward(pd),
                        buffer(pd.src_desc(), layouts.wide),
                        buffer(pd.weights_desc(), layouts.weight),
                        buffer(pd.dst_desc(), layouts.narrow),
                        DNNL_ARG_SRC,
                        DNNL_ARG_DST};
  }
  void build_backward() {
    const auto pd = describe_backward(layouts, engine);
    backward = Direction{Backward(pd),
                         buffer(pd.diff_dst_desc(), layouts.narrow),
                         buffer(pd.weights_desc(), layouts.weight),
                         buffer(pd.diff_src_desc(), layouts.wide),
                         DNNL_ARG_DIFF_DST,
                         DNNL_ARG_DIFF_SRC};
  }
  void load(memory& into, const memory::desc& plain, const float* data) {
    if (into.get_desc() == plain) {
      into.set_data_handle(const_cast<float*>(data));
    } else {
      auto given = wrap(plain, data);
      dnnl::reorder(given, into).execute(stream, given, into);
    }
  }
  void run(Direction& d, const memory::desc& from, const float* x, const memory::desc& to, float* y) {
    if (!d.weighted) load(d.weight, layouts.weight, weights.data()), d.weighted = true;
    load(d.source, from, x);
    const bool direct = d.target.get_desc() == to;
    if (direct) d.target.set_data_handle(y);
    d.primitive.execute(stream, {{d.source_role, d.source}, {DNNL_ARG_WEIGHTS, d.weight}, {d.target_role, d.target}});
    if (!direct) {
      auto plain = wrap(to, y);
      dnnl::reorder(d.target, plain).execute(stream, d.target, plain);
    }
    stream.wait();
  }
};

ConvKernel::ConvKernel(const ConvShape& shape) {
  try {
    state_ = std::make_unique<State>(shape);
  } catch (const dnnl::error&) {
    state_ = nullptr;  // every run answers false
  }
}
ConvKernel::~ConvKernel() = default;
ConvKernel::ConvKernel(ConvKernel&&) noexcept = default;
ConvKernel& ConvKernel::operator=(ConvKernel&&) noexcept = default;

void ConvKernel::set_weights(const float* w) {
  if (!state_) return;
  std::size_t count = std::size_t(state_->shape.narrow_channels * (state_->shape.wide_channels / state_->shape.groups));
  for (const auto k : state_->shape.kernel) count *= std::size_t(k);
  state_->weights.assign(w, w + count);
  if (state_->forward) state_->forward->weighted = false;
  if (state_->backward) state_->backward->weighted = false;
}

bool ConvKernel::forward(const float* wide, float* narrow) {
  if (!state_) return false;
  LRPROOF_INVARIANT(!state_->weights.empty(), "a convolution runs before it has weights");
  try {
    if (!state_->forward) state_->build_forward();
    state_->run(*state_->forward, state_->layouts.wide, wide, state_->layouts.narrow, narrow);
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

bool ConvKernel::adjoint(const float* narrow, float* wide) {
  if (!state_) return false;
  LRPROOF_INVARIANT(!state_->weights.empty(), "a convolution runs before it has weights");
  try {
    if (!state_->backward) state_->build_backward();
    state_->run(*state_->backward, state_->layouts.narrow, narrow, state_->layouts.wide, wide);
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

bool conv_forward(const ConvShape& shape, const float* w, const float* wide, float* narrow) {
  ConvKernel kernel(shape);
  kernel.set_weights(w);
  return kernel.forward(wide, narrow);
}

bool conv_adjoint(const ConvShape& shape, const float* w, const float* narrow, float* wide) {
  ConvKernel kernel(shape);
  kernel.set_weights(w);
  return kernel.adjoint(narrow, wide);
}

}  // namespace lrproof::kernel
