#include "net/linear.hpp"

#include <algorithm>
#include <mutex>

#include "kernel/conv.hpp"
#include "net/product.hpp"
#include "num/machine_sum.hpp"
#include "num/symbol.hpp"

namespace lrproof::net {

using num::Rational;

namespace {

enum class Form { matrix, window, pool, diagonal, sum };

// gather[p * taps + t]: position of the wide plane under tap t of the window at narrow position p, or -1 (padding).
std::vector<std::int32_t> gather_table(const Window& w, const Shape& wide, const Shape& narrow) {
  const auto axes = w.kernel.size();
  const auto taps = element_count(w.kernel);
  std::int64_t places = 1;
  for (std::size_t k = 0; k < axes; ++k) places *= narrow[k + 2];
  std::vector<std::int32_t> table(std::size_t(places * taps), -1);
  for (std::int64_t p = 0; p < places; ++p)
    for (std::int64_t t = 0; t < taps; ++t) {
      std::int64_t rest_p = p, rest_t = t, position = 0, stride = 1;
      bool inside = true;
      for (std::size_t k = axes; k-- > 0;) {
        const std::int64_t at =
            (rest_p % narrow[k + 2]) * w.strides[k] - w.pads_begin[k] + (rest_t % w.kernel[k]) * w.dilations[k];
        rest_p /= narrow[k + 2], rest_t /= w.kernel[k];
        inside = inside && at >= 0 && at < wide[k + 2];
        position += at * stride, stride *= wide[k + 2];
      }
      if (inside) table[std::size_t(p * taps + t)] = std::int32_t(position);
    }
  return table;
}

// Number of cells each window counts: real ones, or also those inside the padding.
std::vector<std::int64_t> window_counts(const Window& w, const Shape& wide, const Shape& narrow, bool with_pad) {
  const auto axes = w.kernel.size();
  std::int64_t places = 1;
  for (std::size_t k = 0; k < axes; ++k) places *= narrow[k + 2];
  std::vector<std::int64_t> counts(std::size_t(places), 1);
  for (std::int64_t p = 0; p < places; ++p) {
    std::int64_t rest = p;
    for (std::size_t k = axes; k-- > 0;) {
      const std::int64_t start = (rest % narrow[k + 2]) * w.strides[k] - w.pads_begin[k];
      rest /= narrow[k + 2];
      const std::int64_t low = with_pad ? -w.pads_begin[k] : 0;
      const std::int64_t high = wide[k + 2] + (with_pad ? w.pads_end[k] : 0);
      std::int64_t cells = 0;
      for (std::int64_t t = 0; t < w.kernel[k]; ++t) {
        const std::int64_t at = start + t * w.dilations[k];
        cells += at >= low && at < high;
      }
      counts[std::size_t(p)] *= cells;
    }
  }
  return counts;
}

}  // namespace

struct Linear::Plan {
  Form form = Form::matrix;
  bool adjoint = false;  // transposed convolution: the window form read the other way
  std::int64_t in = 0, out = 0, weight_count = 0, rows = 1;
  std::int64_t groups = 1, wide_channels = 0, narrow_channels = 0, wide_plane = 0, places = 0, taps = 0;
  std::int64_t inner = 1, channels = 1, operands = 1;  // diagonal: weight of k = (k / inner) % channels
  std::vector<std::int32_t> gather;
  std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> scatter;  // adjoint: wide -> (place, tap)
  const num::Constants* weights = nullptr;
  const num::Constants* bias = nullptr;
  num::Constants own_weights;
  std::int64_t bias_inner = 1, bias_channels = 1;
  mutable std::mutex busy;  // the fast kernel keeps buffers: one thread at a time
  mutable kernel::ConvShape fast_shape;
  mutable std::unique_ptr<kernel::ConvKernel> fast;
  mutable std::once_flag asked_integers;
  mutable std::vector<num::Integers> integers;  // of the weights, once asked; empty: they are none

  bool in_words(const Rational* x, Rational* y, bool backward) const;

  void set_window(const Window& w, const Shape& wide, const Shape& narrow) {
    fast_shape = {0,
                  groups,
                  wide[1],
                  narrow[1],
                  Shape(wide.begin() + 2, wide.end()),
                  Shape(narrow.begin() + 2, narrow.end()),
                  w.kernel,
                  w.strides,
                  w.dilations,
                  w.pads_begin,
                  w.pads_end};
    gather = gather_table(w, wide, narrow);
    taps = element_count(w.kernel);
    wide_channels = wide[1], narrow_channels = narrow[1];
    places = element_count(narrow) / narrow[1], wide_plane = element_count(wide) / wide[1];
  }
  void set_diagonal(std::int64_t size, std::int64_t count, std::int64_t inner_size) {
    form = Form::diagonal, weight_count = channels = count, inner = inner_size;
    bias_channels = count, bias_inner = inner_size;
    in = out = size;
  }

  bool run_fast(std::span<const float> w, const float* x, float* y, std::int64_t batch, bool backward) const;
  template <class S>
  void window_apply(std::span<const S> w, const S* x, S* y) const;
  template <class S>
  void window_adjoint(std::span<const S> w, const S* y, S* x) const;
  void window_pairs(const Pairs& w, const num::Wide* x, num::Wide* y) const;
  template <class S>
  void pool_apply(std::span<const S> w, const S* x, S* y) const;
  template <class S>
  void pool_adjoint(std::span<const S> w, const S* y, S* x) const;
};

Linear::Linear(const Network& network, NodeId id) : plan_(std::make_unique<Plan>()) {
  const Node& node = network.node(id);
  const Shape& from = network.node(node.inputs[0]).shape;
  Plan& p = *plan_;
  p.in = element_count(from), p.out = node.size();
  if (const auto* dense = std::get_if<Dense>(&node.op)) {
    p.form = Form::matrix, p.rows = dense->rows, p.channels = dense->in, p.inner = dense->out;
    p.weights = &dense->weight, p.bias = &dense->bias, p.bias_channels = dense->out;
    p.weight_count = dense->in * dense->out;
  } else if (const auto* conv = std::get_if<Conv>(&node.op)) {
    p.form = Form::window, p.adjoint = conv->transposed, p.groups = conv->groups;
    p.set_window(conv->window, conv->transposed ? node.shape : from, conv->transposed ? from : node.shape);
    p.weights = &conv->weight, p.bias = &conv->bias, p.weight_count = std::int64_t(conv->weight.size());
    const bool map = std::int64_t(conv->bias.size()) == node.size();
    p.bias_channels = map ? node.size() : node.shape[1], p.bias_inner = node.size() / p.bias_channels;
    if (p.adjoint) {
      p.scatter.resize(std::size_t(p.wide_plane));
      for (std::int64_t place = 0; place < p.places; ++place)
        for (std::int64_t t = 0; t < p.taps; ++t)
          if (const auto at = p.gather[std::size_t(place * p.taps + t)]; at >= 0)
            p.scatter[std::size_t(at)].emplace_back(std::int32_t(place), std::int32_t(t));
    }
  } else if (const auto* norm = std::get_if<BatchNorm>(&node.op)) {
    p.set_diagonal(node.size(), node.shape[1], node.size() / node.shape[1]);
    p.weights = &norm->scale, p.bias = &norm->shift;
  } else if (const auto* scale = std::get_if<Scale>(&node.op)) {
    p.set_diagonal(node.size(), node.size(), 1);
    p.weights = &scale->mul, p.bias = &scale->add;
  } else if (const auto* pool = std::get_if<AveragePool>(&node.op)) {
    p.form = Form::pool;
    p.set_window(pool->window, from, node.shape);
    std::vector<Rational> shares;
    for (const auto count : window_counts(pool->window, from, node.shape, pool->count_include_pad))
      shares.push_back(count ? Rational(1L, count) : Rational(0));
    p.own_weights = num::Constants::from_rationals(std::move(shares));
    p.weights = &p.own_weights, p.weight_count = p.places;
  } else if (const auto* add = std::get_if<Add>(&node.op)) {
    p.form = Form::sum, p.operands = p.weight_count = std::int64_t(add->signs.size());
    p.in = p.operands * node.size();
    for (const int sign : add->signs) p.own_weights.approx.push_back(sign);
    p.weights = &p.own_weights;
  } else {
    LRPROOF_INVARIANT(false, "node " + node.name + " is not affine");
  }
}

Linear::~Linear() = default;
Linear::Linear(Linear&&) noexcept = default;

std::int64_t Linear::in_size() const { return plan_->in; }
std::int64_t Linear::out_size() const { return plan_->out; }
std::int64_t Linear::weight_size() const { return plan_->weight_count; }
const num::Constants& Linear::weights() const { return *plan_->weights; }

const num::Constants& Linear::bias() const {
  static const num::Constants kNone;
  return plan_->bias ? *plan_->bias : kNone;
}

std::int64_t Linear::bias_of(std::int64_t out) const { return (out / plan_->bias_inner) % plan_->bias_channels; }

bool Linear::Plan::run_fast(std::span<const float> w, const float* x, float* y, std::int64_t batch,
                            bool backward) const {
  constexpr std::int64_t kWorthwhile = 1 << 16;
  if (batch * places * std::int64_t(w.size()) < kWorthwhile) return false;
  const std::lock_guard lock(busy);
  if (!fast || fast_shape.batch != batch) {
    fast_shape.batch = batch;
    fast = std::make_unique<kernel::ConvKernel>(fast_shape);
  }
  fast->set_weights(w.data());
  return backward ? fast->adjoint(x, y) : fast->forward(x, y);
}

template <class S>
void Linear::Plan::window_apply(std::span<const S> w, const S* x, S* y) const {
  const std::int64_t ci = wide_channels / groups, co = narrow_channels / groups, depth = ci * taps;
  std::vector<S> columns(std::size_t(depth * places));
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t c = 0; c < ci; ++c)
      for (std::int64_t t = 0; t < taps; ++t)
        for (std::int64_t p = 0; p < places; ++p) {
          const auto at = gather[std::size_t(p * taps + t)];
          columns[std::size_t((c * taps + t) * places + p)] = at < 0 ? S(0) : x[(g * ci + c) * wide_plane + at];
        }
    product<S>(w.data() + g * co * depth, false, columns.data(), false, y + g * co * places, co, depth, places);
  }
}

template <class S>
void Linear::Plan::window_adjoint(std::span<const S> w, const S* y, S* x) const {
  const std::int64_t ci = wide_channels / groups, co = narrow_channels / groups, depth = ci * taps;
  std::vector<S> columns(std::size_t(depth * places));
  std::fill(x, x + wide_channels * wide_plane, S(0));
  for (std::int64_t g = 0; g < groups; ++g) {
    product<S>(w.data() + g * co * depth, true, y + g * co * places, false, columns.data(), depth, co, places);
    for (std::int64_t c = 0; c < ci; ++c)
      for (std::int64_t t = 0; t < taps; ++t)
        for (std::int64_t p = 0; p < places; ++p)
          if (const auto at = gather[std::size_t(p * taps + t)]; at >= 0)
            x[(g * ci + c) * wide_plane + at] += columns[std::size_t((c * taps + t) * places + p)];
  }
}

template <class S>
void Linear::Plan::pool_apply(std::span<const S> w, const S* x, S* y) const {
  for (std::int64_t c = 0; c < narrow_channels; ++c)
    for (std::int64_t p = 0; p < places; ++p) {
      S sum(0);
      for (std::int64_t t = 0; t < taps; ++t)
        if (const auto at = gather[std::size_t(p * taps + t)]; at >= 0) sum += x[c * wide_plane + at];
      y[c * places + p] = sum * w[std::size_t(p)];
    }
}

template <class S>
void Linear::Plan::pool_adjoint(std::span<const S> w, const S* y, S* x) const {
  std::fill(x, x + wide_channels * wide_plane, S(0));
  for (std::int64_t c = 0; c < narrow_channels; ++c)
    for (std::int64_t p = 0; p < places; ++p) {
      const S share = y[c * places + p] * w[std::size_t(p)];
      for (std::int64_t t = 0; t < taps; ++t)
        if (const auto at = gather[std::size_t(p * taps + t)]; at >= 0) x[c * wide_plane + at] += share;
    }
}

template <num::Scalar S>
void Linear::apply(std::span<const S> w, std::span<const S> x, std::span<S> y, std::int64_t batch) const {
  const Plan& p = *plan_;
  if (p.form == Form::matrix)
    return product<S>(x.data(), false, w.data(), true, y.data(), batch * p.rows, p.channels, p.inner);
  if constexpr (std::same_as<S, float>)
    if (p.form == Form::window && p.run_fast(w, x.data(), y.data(), batch, p.adjoint)) return;
  for (std::int64_t n = 0; n < batch; ++n) {
    const S* from = x.data() + n * p.in;
    S* to = y.data() + n * p.out;
    if (p.form == Form::window && !p.adjoint) p.window_apply<S>(w, from, to);
    if (p.form == Form::window && p.adjoint) p.window_adjoint<S>(w, from, to);
    if (p.form == Form::pool) p.pool_apply<S>(w, from, to);
    if (p.form == Form::diagonal)
      for (std::int64_t k = 0; k < p.out; ++k) to[k] = w[std::size_t((k / p.inner) % p.channels)] * from[k];
    if (p.form == Form::sum)
      for (std::int64_t k = 0; k < p.out; ++k) {
        S sum(0);
        for (std::int64_t o = 0; o < p.operands; ++o) num::add_product(sum, w[std::size_t(o)], from[o * p.out + k]);
        to[k] = std::move(sum);
      }
  }
}

template <num::Scalar S>
void Linear::apply_adjoint(std::span<const S> w, std::span<const S> y, std::span<S> x, std::int64_t batch) const {
  const Plan& p = *plan_;
  if (p.form == Form::matrix)
    return product<S>(y.data(), false, w.data(), false, x.data(), batch * p.rows, p.inner, p.channels);
  if constexpr (std::same_as<S, float>)
    if (p.form == Form::window && p.run_fast(w, y.data(), x.data(), batch, !p.adjoint)) return;
  for (std::int64_t n = 0; n < batch; ++n) {
    const S* from = y.data() + n * p.out;
    S* to = x.data() + n * p.in;
    if (p.form == Form::window && !p.adjoint) p.window_adjoint<S>(w, from, to);
    if (p.form == Form::window && p.adjoint) p.window_apply<S>(w, from, to);
    if (p.form == Form::pool) p.pool_adjoint<S>(w, from, to);
    if (p.form == Form::diagonal)
      for (std::int64_t k = 0; k < p.out; ++k) to[k] = w[std::size_t((k / p.inner) % p.channels)] * from[k];
    if (p.form == Form::sum)
      for (std::int64_t o = 0; o < p.operands; ++o)
        for (std::int64_t k = 0; k < p.out; ++k) to[o * p.out + k] = w[std::size_t(o)] * from[k];
  }
}

bool Linear::apply_stored(std::span<const num::Interval> x, std::span<num::Interval> y, std::int64_t batch) const {
  const Plan& p = *plan_;
  return p.form == Form::matrix && p.weights->all_double() &&
         product_with_doubles(x.data(), p.weights->approx.data(), true, y.data(), batch * p.rows, p.channels, p.inner);
}

bool Linear::apply_adjoint_stored(std::span<const num::Interval> y, std::span<num::Interval> x,
                                  std::int64_t batch) const {
  const Plan& p = *plan_;
  return p.form == Form::matrix && p.weights->all_double() &&
         product_with_doubles(y.data(), p.weights->approx.data(), false, x.data(), batch * p.rows, p.inner, p.channels);
}

// One row of a matrix form by sums of machine integers, forward or as the adjoint.
bool Linear::Plan::in_words(const Rational* x, Rational* y, bool backward) const {
  std::call_once(asked_integers, [&] { integers = num::integers_of(*weights); });
  if (integers.empty()) return false;
  const std::int64_t from = backward ? inner : channels, to = backward ? channels : inner;
  std::vector<const Rational*> terms;
  std::vector<std::int64_t> at;
  for (std::int64_t i = 0; i < from; ++i)
    if (!x[i].is_zero()) terms.push_back(&x[i]), at.push_back(i);
  std::fill(y, y + to, Rational());
  for (const num::Integers& level : integers) {
    auto sums = num::MachineSums::make(level, terms, terms.size(), std::size_t(to));
    if (!sums) return false;
    for (std::int64_t o = 0; o < to; ++o)
      for (std::size_t t = 0; t < at.size(); ++t)
        if (const auto w = level.of[std::size_t(backward ? at[t] * channels + o : o * channels + at[t])]; w != 0)
          sums->add(std::size_t(o), w, t);
    for (std::int64_t o = 0; o < to; ++o) y[o] += sums->value(std::size_t(o));
  }
  return true;
}

bool Linear::apply_stored(std::span<const Rational> x, std::span<Rational> y, std::int64_t batch) const {
  const Plan& p = *plan_;
  bool done = p.form == Form::matrix;
  for (std::int64_t r = 0; r < batch * p.rows && done; ++r)
    done = p.in_words(x.data() + r * p.channels, y.data() + r * p.inner, false);
  return done;
}

bool Linear::apply_adjoint_stored(std::span<const Rational> y, std::span<Rational> x, std::int64_t batch) const {
  const Plan& p = *plan_;
  bool done = p.form == Form::matrix;
  for (std::int64_t r = 0; r < batch * p.rows && done; ++r)
    done = p.in_words(y.data() + r * p.inner, x.data() + r * p.channels, true);
  return done;
}

Pairs pairs_of(const num::Constants& values, std::vector<double>& rest) {
  rest.clear();
  if (values.exact.empty()) return {values.approx, values.rest};
  for (std::size_t k = 0; k < values.size(); ++k)
    rest.push_back((values.exact[k] - Rational(values.approx[k])).to_double());
  return {values.approx, rest};
}

// A few columns at a time, so that those of a large plane are never all there at once.
void Linear::Plan::window_pairs(const Pairs& w, const num::Wide* x, num::Wide* y) const {
  const std::int64_t ci = wide_channels / groups, co = narrow_channels / groups, depth = ci * taps;
  constexpr std::int64_t kColumns = WideColumns::kColumns;
  const auto part = [&](std::span<const double> all, std::int64_t g) {
    return all.empty() ? all : all.subspan(std::size_t(g * co * depth), std::size_t(co * depth));
  };
  for (std::int64_t g = 0; g < groups; ++g)
    for (std::int64_t from = 0; from < places; from += kColumns) {
      const std::int64_t used = std::min(kColumns, places - from);
      WideColumns columns(depth);
      for (std::int64_t c = 0; c < ci; ++c)
        for (std::int64_t t = 0; t < taps; ++t)
          for (std::int64_t p = 0; p < used; ++p)
            if (const auto at = gather[std::size_t((from + p) * taps + t)]; at >= 0)
              columns.set(c * taps + t, p, x[(g * ci + c) * wide_plane + at]);
      wide_product({part(w.hi, g), part(w.lo, g)}, co, depth, columns, used, y + g * co * places + from, places);
    }
}

void Linear::apply_pairs(const Pairs& w, std::span<const num::Wide> x, std::span<num::Wide> y,
                         std::int64_t batch) const {
  const Plan& p = *plan_;
  if (p.form == Form::matrix) {
    for (std::int64_t row = 0; row < batch * p.rows; ++row) {
      WideColumns columns(p.channels);
      for (std::int64_t i = 0; i < p.channels; ++i) columns.set(i, 0, x[std::size_t(row * p.channels + i)]);
      wide_product(w, p.inner, p.channels, columns, 1, y.data() + row * p.inner, 1);
    }
    return;
  }
  if (p.form == Form::window && !p.adjoint) {
    for (std::int64_t n = 0; n < batch; ++n) p.window_pairs(w, x.data() + n * p.in, y.data() + n * p.out);
    return;
  }
  std::vector<num::Wide> weights;
  for (std::size_t k = 0; k < w.hi.size(); ++k) {
    const double hi = w.hi[k], lo = w.lo.empty() ? 0 : w.lo[k];
    weights.push_back({hi, lo, lo == 0 ? 0 : std::abs(hi) * 0x1p-104});
  }
  apply<num::Wide>(weights, x, y, batch);
}

void Linear::taps(std::int64_t j, const std::function<void(std::int64_t, std::int64_t)>& visit) const {
  const Plan& p = *plan_;
  switch (p.form) {
    case Form::matrix: {
      const std::int64_t row = j / p.inner, unit = j % p.inner;
      for (std::int64_t i = 0; i < p.channels; ++i) visit(row * p.channels + i, unit * p.channels + i);
      return;
    }
    case Form::diagonal:
      return visit(j, (j / p.inner) % p.channels);
    case Form::sum:
      for (std::int64_t o = 0; o < p.operands; ++o) visit(o * p.out + j, o);
      return;
    case Form::pool:
      for (std::int64_t t = 0; t < p.taps; ++t)
        if (const auto at = p.gather[std::size_t((j % p.places) * p.taps + t)]; at >= 0)
          visit((j / p.places) * p.wide_plane + at, j % p.places);
      return;
    case Form::window:
      break;
  }
  const std::int64_t ci = p.wide_channels / p.groups, co = p.narrow_channels / p.groups;
  if (!p.adjoint) {
    const std::int64_t o = j / p.places, place = j % p.places, g = o / co;
    for (std::int64_t c = 0; c < ci; ++c)
      for (std::int64_t t = 0; t < p.taps; ++t)
        if (const auto at = p.gather[std::size_t(place * p.taps + t)]; at >= 0)
          visit((g * ci + c) * p.wide_plane + at, (o * ci + c) * p.taps + t);
  } else {
    const std::int64_t c = j / p.wide_plane, g = c / ci;
    for (std::int64_t o = g * co; o < (g + 1) * co; ++o)
      for (const auto& [place, t] : p.scatter[std::size_t(j % p.wide_plane)])
        visit(o * p.places + place, (o * ci + c % ci) * p.taps + t);
  }
}

std::int64_t Linear::fan_in(std::int64_t out) const {
  std::int64_t count = 0;
  taps(out, [&](std::int64_t, std::int64_t) { ++count; });
  return count;
}

#define LRPROOF_LINEAR(S)                                                                                   \
  template void Linear::apply<S>(std::span<const S>, std::span<const S>, std::span<S>, std::int64_t) const; \
  template void Linear::apply_adjoint<S>(std::span<const S>, std::span<const S>, std::span<S>, std::int64_t) const;
LRPROOF_LINEAR(float)
LRPROOF_LINEAR(double)
LRPROOF_LINEAR(num::Interval)
LRPROOF_LINEAR(num::Wide)
LRPROOF_LINEAR(num::Rational)
LRPROOF_LINEAR(num::Symbol)
#undef LRPROOF_LINEAR

}  // namespace lrproof::net
