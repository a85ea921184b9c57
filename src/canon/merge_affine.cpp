// merge-affine. Theorem: V (W a + b) + c = (V W) a + (V b + c). Two affine layers with nothing between, the first read
// by the second alone, are one layer of the second's name: dense and dense, a scale beside a dense layer or a
// convolution, a convolution and one of kernel 1. A scale in front of a padded convolution may not add: the padding
// would be scaled with it.
#include <algorithm>

#include "canon/drafts.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

using net::Conv;
using net::Dense;
using net::Scale;
using num::Rational;
using Row = std::vector<Rational>;

constexpr std::int64_t kMostProducts = 50'000'000;

/// One layer for two, or why there is none.
struct Merged {
  net::Op op;
  std::string type, reason;
  bool fine = true;  ///< no number beyond the range of a double
};

Merged no(std::string reason) { return {{}, "", std::move(reason), true}; }

Row row_of(const num::Constants& values, std::int64_t size) {
  if (values.empty()) return Row(std::size_t(size));
  Row out;
  for (std::size_t k = 0; k < values.size(); ++k) out.push_back(values.rational(k));
  return out;
}

template <class Layer>
Merged layer(Layer op, std::string type, Row weight, Row bias) {
  Merged out{{}, std::move(type), "", representable(weight) && representable(bias)};
  op.weight = num::Constants::from_rationals(std::move(weight));
  op.bias = num::Constants::from_rationals(std::move(bias));
  out.op = std::move(op);
  return out;
}

/// One number per unit, when all elements of a unit have the same; else nothing.
template <class Unit>
std::optional<Row> per_unit(const num::Constants& values, std::int64_t units, Unit unit) {
  std::vector<std::optional<Rational>> found(static_cast<std::size_t>(units));
  for (std::size_t e = 0; e < values.size(); ++e) {
    auto& slot = found[std::size_t(unit(std::int64_t(e)))];
    if (slot && *slot != values.rational(e)) return std::nullopt;
    slot = values.rational(e);
  }
  Row out;
  for (auto& value : found) out.push_back(value.value_or(Rational(0)));
  return out;
}

struct Diagonal {
  Row mul, add;
};
template <class Unit>
std::optional<Diagonal> diagonal(const Scale& scale, std::int64_t units, Unit unit) {
  auto mul = per_unit(scale.mul, units, unit), add = per_unit(scale.add, units, unit);
  if (!mul || !add) return std::nullopt;
  return Diagonal{std::move(*mul), std::move(*add)};
}

/// The two layers, first and second, as nodes.
struct Pair {
  const net::Node &first, &second;

  Merged operator()(const Scale& a, const Scale& b) const {
    Row mul, add;
    for (std::size_t e = 0; e < a.mul.size(); ++e) {
      mul.push_back(b.mul.rational(e) * a.mul.rational(e));
      add.push_back(b.mul.rational(e) * a.add.rational(e) + b.add.rational(e));
    }
    const bool fine = representable(mul) && representable(add);
    return {Scale{num::Constants::from_rationals(std::move(mul)), num::Constants::from_rationals(std::move(add))},
            second.type, "", fine};
  }
  Merged operator()(const Dense& a, const Dense& b) const {
    if (a.rows != b.rows) return no("they do not work on the same rows");
    if (a.in * a.out * b.out > kMostProducts) return no("their product takes too many multiplications");
    const Row w = row_of(a.weight, 0), v = row_of(b.weight, 0), inner = row_of(a.bias, a.out);
    Row weight(std::size_t(b.out * a.in)), bias = row_of(b.bias, b.out);
    for (std::int64_t o = 0; o < b.out; ++o)
      for (std::int64_t m = 0; m < a.out; ++m) {
        const auto& factor = v[std::size_t(o * a.out + m)];
        bias[std::size_t(o)].add_product(factor, inner[std::size_t(m)]);
        for (std::int64_t i = 0; i < a.in; ++i)
          weight[std::size_t(o * a.in + i)].add_product(factor, w[std::size_t(m * a.in + i)]);
      }
    Dense out{{}, {}, a.in, b.out, a.rows};
    return layer(std::move(out), second.type, std::move(weight), std::move(bias));
  }
  Merged operator()(const Dense& a, const Scale& b) const {
    const auto scale = diagonal(b, a.out, [&](std::int64_t e) { return e % a.out; });
    if (!scale) return no("the scale is not the same for every row");
    Row weight, bias = row_of(a.bias, a.out);
    for (std::size_t k = 0; k < a.weight.size(); ++k)
      weight.push_back(scale->mul[k / std::size_t(a.in)] * a.weight.rational(k));
    for (std::size_t o = 0; o < bias.size(); ++o) bias[o] = scale->mul[o] * bias[o] + scale->add[o];
    return layer(Dense{{}, {}, a.in, a.out, a.rows}, first.type, std::move(weight), std::move(bias));
  }
  Merged operator()(const Scale& a, const Dense& b) const {
    const auto scale = diagonal(a, b.in, [&](std::int64_t e) { return e % b.in; });
    if (!scale) return no("the scale is not the same for every row");
    Row weight, bias = row_of(b.bias, b.out);
    for (std::size_t k = 0; k < b.weight.size(); ++k) {
      const auto in = k % std::size_t(b.in);
      weight.push_back(b.weight.rational(k) * scale->mul[in]);
      bias[k / std::size_t(b.in)].add_product(b.weight.rational(k), scale->add[in]);
    }
    return layer(Dense{{}, {}, b.in, b.out, b.rows}, second.type, std::move(weight), std::move(bias));
  }
  Merged operator()(const Conv& a, const Scale& b) const {
    const auto channels = second.shape[1], plane = second.size() / channels;
    const auto scale = diagonal(b, channels, [&](std::int64_t e) { return e / plane; });
    if (!scale) return no("the scale is not the same at every position of a channel");
    if (!a.bias.empty() && std::int64_t(a.bias.size()) != channels) return no("the bias differs between positions");
    const auto taps = net::element_count(a.window.kernel), count = std::int64_t(a.weight.size());
    const auto own = channels / a.groups, per_out = count / channels;  // transposed: [in, out of the group, taps]
    Row weight, bias = row_of(a.bias, channels);
    for (std::int64_t k = 0; k < count; ++k) {
      const auto into = k / (taps * own) / (count / (taps * own) / a.groups) * own + k / taps % own;
      weight.push_back(scale->mul[std::size_t(a.transposed ? into : k / per_out)] * a.weight.rational(std::size_t(k)));
    }
    for (std::size_t o = 0; o < bias.size(); ++o) bias[o] = scale->mul[o] * bias[o] + scale->add[o];
    return layer(Conv{{}, {}, a.window, a.groups, a.transposed}, first.type, std::move(weight), std::move(bias));
  }
  Merged operator()(const Scale& a, const Conv& b) const {
    const auto channels = first.shape[1], plane = first.size() / channels;
    const auto scale = diagonal(a, channels, [&](std::int64_t e) { return e / plane; });
    if (!scale) return no("the scale is not the same at every position of a channel");
    if (b.transposed) return no("the convolution is transposed");
    if (std::int64_t(b.bias.size()) != second.shape[1]) return no("the bias differs between positions");
    const auto zero = [](std::int64_t pad) { return pad == 0; };
    const bool padded =
        !std::ranges::all_of(b.window.pads_begin, zero) || !std::ranges::all_of(b.window.pads_end, zero);
    if (padded && std::ranges::any_of(scale->add, [](const Rational& r) { return !r.is_zero(); }))
      return no("the convolution is padded, and what the scale adds is not padded with it");
    const auto taps = net::element_count(b.window.kernel), in = channels / b.groups, out = second.shape[1] / b.groups;
    Row weight, bias = row_of(b.bias, second.shape[1]);
    for (std::int64_t k = 0; k < std::int64_t(b.weight.size()); ++k) {
      const auto o = k / (taps * in);
      const auto channel = std::size_t(o / out * in + k / taps % in);
      weight.push_back(b.weight.rational(std::size_t(k)) * scale->mul[channel]);
      bias[std::size_t(o)].add_product(b.weight.rational(std::size_t(k)), scale->add[channel]);
    }
    return layer(Conv{{}, {}, b.window, b.groups, false}, second.type, std::move(weight), std::move(bias));
  }
  Merged operator()(const Conv& a, const Conv& b) const {
    const auto is = [](std::int64_t to) { return [to](std::int64_t v) { return v == to; }; };
    const auto& w = b.window;
    if (a.transposed || b.transposed) return no("one of them is transposed");
    if (net::element_count(w.kernel) != 1 || !std::ranges::all_of(w.strides, is(1)) ||
        !std::ranges::all_of(w.pads_begin, is(0)) || !std::ranges::all_of(w.pads_end, is(0)))
      return no("the second is no convolution of kernel 1 without stride and padding");
    if (a.groups != 1 || b.groups != 1) return no("one of them works in groups: their product would not");
    const auto between = first.shape[1], out = second.shape[1], slice = std::int64_t(a.weight.size()) / between;
    if (std::int64_t(a.bias.size()) != between || std::int64_t(b.bias.size()) != out)
      return no("the bias differs between positions");
    if (between * out * slice > kMostProducts) return no("their product takes too many multiplications");
    const Row inner = row_of(a.weight, 0), offset = row_of(a.bias, between);
    Row weight(std::size_t(out * slice)), bias = row_of(b.bias, out);
    for (std::int64_t o = 0; o < out; ++o)
      for (std::int64_t m = 0; m < between; ++m) {
        const auto factor = b.weight.rational(std::size_t(o * between + m));
        bias[std::size_t(o)].add_product(factor, offset[std::size_t(m)]);
        for (std::int64_t k = 0; k < slice; ++k)
          weight[std::size_t(o * slice + k)].add_product(factor, inner[std::size_t(m * slice + k)]);
      }
    return layer(Conv{{}, {}, a.window, 1, false}, first.type, std::move(weight), std::move(bias));
  }
  Merged operator()(const auto& a, const auto& b) const {
    return no("no rewrite merges a " + net::op_word(net::Op(a)) + " into a " + net::op_word(net::Op(b)));
  }
};

bool is_layer(const net::Op& op) {
  return std::holds_alternative<Dense>(op) || std::holds_alternative<Conv>(op) || std::holds_alternative<Scale>(op);
}

}  // namespace

Attempt merge_affine(const DataFlow& flow, NodeId at) {
  const auto& second = flow.node(at);
  if (!is_layer(second.op) || !is_layer(flow.operand(at).op)) return {};
  const auto& first = flow.operand(at);
  const auto place = "'" + first.name + "' and '" + second.name + "': ";
  if (flow.is_output(second.inputs[0])) return {std::nullopt, place + "the first is also an output of the network"};
  if (const auto reads = flow.reads(second.inputs[0]); reads != 1)
    return {std::nullopt, place + "the first is read " + std::to_string(reads) + " times"};
  auto merged = std::visit(Pair{first, second}, first.op, second.op);
  if (!merged.reason.empty()) return {std::nullopt, place + merged.reason};
  if (!merged.fine) return {std::nullopt, place + "a product is beyond the range of a double"};
  Edit edit;
  edit.matched = {second.inputs[0], at};
  edit.statement = "'" + second.name + "' after '" + first.name + "' is one affine layer";
  edit.drafts.push_back(
      draft_of(second.name, merged.type, std::move(merged.op), second.shape, {flow.operand(second.inputs[0]).name}));
  return {std::move(edit)};
}

}  // namespace lrproof::canon
