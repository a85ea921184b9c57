#include "onnx/tensor.hpp"

#include <algorithm>
#include <cmath>

namespace lrproof::onnx {

std::int64_t first_nonfinite(const Tensor& tensor) {
  for (std::size_t k = 0; k < tensor.reals.size(); ++k)
    if (!std::isfinite(tensor.reals.approx[k]) && tensor.reals.all_double()) return std::int64_t(k);
  return -1;
}

std::optional<std::int64_t> checked_count(const Shape& shape) {
  std::int64_t count = 1;
  bool empty = false;
  for (const auto extent : shape) {
    if (extent < 0) return std::nullopt;
    empty = empty || extent == 0;
    if (extent > 0 && count > kLargestTensor / extent) return std::nullopt;
    if (extent > 0) count *= extent;
  }
  return empty ? 0 : count;
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (std::size_t a = shape.size(); a-- > 1;) strides[a - 1] = strides[a] * shape[a];
  return strides;
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (std::size_t k = 0; k < out.size(); ++k) {
    const auto p = k < a.size() ? a[a.size() - 1 - k] : 1, q = k < b.size() ? b[b.size() - 1 - k] : 1;
    if (p != q && p != 1 && q != 1) return std::nullopt;
    out[out.size() - 1 - k] = p == 1 ? q : p;
  }
  return out;
}

namespace {

/// offset + sum of coordinate times stride, for all coordinates of `out` in row-major order.
Index strided_index(const Shape& out, const Shape& strides) {
  Index index{0};
  for (std::size_t a = 0; a < out.size(); ++a) {
    Index next;
    next.reserve(index.size() * std::size_t(out[a]));
    for (const auto base : index)
      for (std::int64_t i = 0; i < out[a]; ++i) next.push_back(base + i * strides[a]);
    index = std::move(next);
  }
  return index;
}

}  // namespace

Index broadcast_index(const Shape& from, const Shape& to) {
  const auto own = strides_of(from);
  Shape strides(to.size(), 0);
  const auto lead = to.size() - from.size();
  for (std::size_t a = 0; a < from.size(); ++a) strides[lead + a] = from[a] == 1 ? 0 : own[a];
  return strided_index(to, strides);
}

Shape permuted(const Shape& in, const Index& perm) {
  Shape out;
  for (const auto axis : perm) out.push_back(in[std::size_t(axis)]);
  return out;
}

Index transpose_index(const Shape& in, const Index& perm) {
  return strided_index(permuted(in, perm), permuted(strides_of(in), perm));
}

Index pick_index(const Shape& in, const std::vector<Index>& picks) {
  const auto strides = strides_of(in);
  Index index{0};
  for (std::size_t a = 0; a < picks.size(); ++a) {
    Index next;
    next.reserve(index.size() * picks[a].size());
    for (const auto base : index)
      for (const auto pick : picks[a]) next.push_back(base < 0 || pick < 0 ? -1 : base + pick * strides[a]);
    index = std::move(next);
  }
  return index;
}

std::int64_t padded_source(const std::string& mode, std::int64_t extent, std::int64_t i) {
  if (i >= 0 && i < extent) return i;
  if (mode == "constant") return -1;
  if (mode == "edge") return i < 0 ? 0 : extent - 1;
  if (mode == "wrap") return (i % extent + extent) % extent;
  const auto period = std::max<std::int64_t>(2 * (extent - 1), 1);
  const auto folded = (i % period + period) % period;
  return extent == 1 ? 0 : std::min(folded, period - folded);
}

bool is_identity(const Index& index, std::int64_t size) {
  if (std::int64_t(index.size()) != size) return false;
  for (std::int64_t k = 0; k < size; ++k)
    if (index[std::size_t(k)] != k) return false;
  return true;
}

num::Constants taken(const num::Constants& from, const Index& index, const num::Rational& fill) {
  if (!from.all_double() || !fill.is_double()) {
    std::vector<num::Rational> values;
    for (const auto k : index) values.push_back(k < 0 ? fill : from.rational(std::size_t(k)));
    return num::Constants::from_rationals(std::move(values));
  }
  std::vector<double> values;
  values.reserve(index.size());
  const double filled = fill.to_double();
  for (const auto k : index) values.push_back(k < 0 ? filled : from.approx[std::size_t(k)]);
  return {std::move(values)};
}

Tensor taken(const Tensor& from, const Index& index, Shape shape, const num::Rational& fill) {
  Tensor out{from.kind, std::move(shape), {}, {}, from.name};
  if (from.kind == Kind::real) {
    out.reals = taken(from.reals, index, fill);
    return out;
  }
  out.integers.reserve(index.size());
  for (const auto k : index)
    out.integers.push_back(k < 0 ? std::int64_t(fill.to_double()) : from.integers[std::size_t(k)]);
  return out;
}

std::string shown(const std::string& name) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : name.substr(0, 200)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f)
      out += c;
    else
      out += std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 15];
  }
  return name.size() > 200 ? out + "..." : out;
}

}  // namespace lrproof::onnx
