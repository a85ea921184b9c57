// Elements moved: the operator that moves them so is looked for from the index alone, and taken when its own index is
// the same. What no single operator says is gathered from the flattened tensor.
#include <algorithm>
#include <numeric>

#include "onnx/emit.hpp"

namespace lrproof::onnx {

namespace {

struct Mover {
  Writer& writer;
  const net::Select& op;
  const Shape& in;
  const Shape& out;

  std::string x() const { return writer.operand(0); }
  bool fills() const {
    return std::ranges::any_of(op.index, [](auto k) { return k < 0; });
  }

  bool gather_from_a_list() const {
    if (in.size() != 1 || fills()) return false;
    writer.last("Gather", {x(), writer.integers("indices", out, op.index)}, {{"axis", std::int64_t(0)}});
    return true;
  }

  bool transpose() const {
    if (in.size() != out.size() || in.size() > 8 || fills()) return false;
    const auto from = strides_of(in), to = strides_of(out);
    Index perm(in.size(), -1);
    std::vector<bool> used(in.size(), false);
    for (std::size_t a = 0; a < out.size(); ++a) {
      if (out[a] == 1) continue;
      const auto step = op.index[std::size_t(to[a])] - op.index[0];
      for (std::size_t b = 0; b < in.size() && perm[a] < 0; ++b)
        if (!used[b] && in[b] == out[a] && from[b] == step) perm[a] = std::int64_t(b), used[b] = true;
      if (perm[a] < 0) return false;
    }
    for (std::size_t a = 0; a < out.size(); ++a)
      for (std::size_t b = 0; b < in.size() && perm[a] < 0; ++b)
        if (!used[b] && in[b] == 1) perm[a] = std::int64_t(b), used[b] = true;
    if (std::ranges::find(perm, -1) != perm.end() || transpose_index(in, perm) != op.index) return false;
    writer.last("Transpose", {x()}, {{"perm", perm}});
    return true;
  }

  bool expand() const {
    if (fills() || out.size() < in.size()) return false;
    const auto lead = out.size() - in.size();
    for (std::size_t a = 0; a < in.size(); ++a)
      if (in[a] != 1 && in[a] != out[lead + a]) return false;
    if (broadcast_index(in, out) != op.index) return false;
    writer.last("Expand", {x(), writer.integers("shape", out)});
    return true;
  }

  bool rearrange() const {
    if (in.size() != 4 || out.size() != 4 || fills()) return false;
    if (out[2] > in[2] && out[2] % in[2] == 0) {
      const auto b = out[2] / in[2];
      if (out[1] * b * b != in[1] || out[3] != in[3] * b) return false;
      const bool dcr = transpose_index({in[0], b, b, out[1], in[2], in[3]}, {0, 3, 4, 1, 5, 2}) == op.index;
      const bool crd = transpose_index({in[0], out[1], b, b, in[2], in[3]}, {0, 1, 4, 2, 5, 3}) == op.index;
      if (dcr || crd)
        writer.last("DepthToSpace", {x()}, {{"blocksize", b}, {"mode", std::string(dcr ? "DCR" : "CRD")}});
      return dcr || crd;
    }
    if (out[2] >= in[2] || in[2] % out[2] != 0) return false;
    const auto b = in[2] / out[2];
    if (in[3] != out[3] * b || out[1] != in[1] * b * b) return false;
    if (transpose_index({in[0], in[1], out[2], b, out[3], b}, {0, 3, 5, 1, 2, 4}) != op.index) return false;
    writer.last("SpaceToDepth", {x()}, {{"blocksize", b}});
    return true;
  }

  /// The source coordinates of each axis, when the index is one list per axis; nullopt when it is not.
  std::optional<std::vector<Index>> picks() const {
    if (in.size() != out.size()) return std::nullopt;
    const auto from = strides_of(in), to = strides_of(out);
    const auto inside = std::ranges::find_if(op.index, [](auto k) { return k >= 0; });
    if (inside == op.index.end()) return std::nullopt;
    const auto start = inside - op.index.begin();
    std::vector<Index> lists;
    for (std::size_t a = 0; a < out.size(); ++a) {
      const auto here = start / to[a] % out[a];
      lists.emplace_back();
      for (std::int64_t i = 0; i < out[a]; ++i) {
        const auto source = op.index[std::size_t(start + (i - here) * to[a])];
        lists.back().push_back(source < 0 ? -1 : source / from[a] % in[a]);
      }
    }
    if (pick_index(in, lists) != op.index) return std::nullopt;
    return lists;
  }

  static bool whole(const Index& list, std::int64_t extent) { return is_identity(list, extent); }
  static bool even(const Index& list) {
    for (std::size_t k = 2; k < list.size(); ++k)
      if (list[k] - list[k - 1] != list[1] - list[0]) return false;
    return list.size() < 2 || list[1] != list[0];
  }

  bool slice(const std::vector<Index>& lists) const {
    Index starts, ends, axes, steps;
    for (std::size_t a = 0; a < in.size(); ++a) {
      if (whole(lists[a], in[a])) continue;
      if (!even(lists[a])) return false;
      const auto step = lists[a].size() < 2 ? 1 : lists[a][1] - lists[a][0];
      const auto end = lists[a].back() + (step > 0 ? 1 : -1);
      starts.push_back(lists[a][0]), steps.push_back(step), axes.push_back(std::int64_t(a));
      ends.push_back(end < 0 ? -in[a] - 1 : end);
    }
    writer.last("Slice", {x(), writer.integers("starts", starts), writer.integers("ends", ends),
                          writer.integers("axes", axes), writer.integers("steps", steps)});
    return true;
  }

  bool gather(const std::vector<Index>& lists) const {
    std::int64_t axis = -1;
    for (std::size_t a = 0; a < in.size(); ++a) {
      if (whole(lists[a], in[a])) continue;
      if (axis >= 0) return false;
      axis = std::int64_t(a);
    }
    if (axis < 0) return false;
    writer.last("Gather", {x(), writer.integers("indices", lists[std::size_t(axis)])}, {{"axis", axis}});
    return true;
  }

  bool pad(const std::vector<Index>& lists, const std::string& mode) const {
    Index before, after;
    for (std::size_t a = 0; a < in.size(); ++a) {
      const auto& list = lists[a];
      const auto extent = std::int64_t(list.size());
      std::int64_t found = extent + 1;
      for (std::int64_t b = -in[a] + 1; b <= extent && found > extent; ++b) {
        bool same = true;
        for (std::int64_t i = 0; i < extent && same; ++i)
          same = padded_source(mode, in[a], i - b) == list[std::size_t(i)];
        if (same) found = b;
      }
      if (found > extent) return false;
      before.push_back(found), after.push_back(extent - in[a] - found);
    }
    before.insert(before.end(), after.begin(), after.end());
    std::vector<std::string> inputs{x(), writer.integers("pads", before)};
    if (mode == "constant") inputs.push_back(writer.reals("fill", {}, num::Constants::from_rationals({op.fill})));
    writer.last("Pad", inputs, {{"mode", mode}});
    return true;
  }

  bool tile(const std::vector<Index>& lists) const {
    Index repeats;
    for (std::size_t a = 0; a < in.size(); ++a) {
      if (std::int64_t(lists[a].size()) % in[a] != 0) return false;
      for (std::size_t k = 0; k < lists[a].size(); ++k)
        if (lists[a][k] != std::int64_t(k) % in[a]) return false;
      repeats.push_back(std::int64_t(lists[a].size()) / in[a]);
    }
    writer.last("Tile", {x(), writer.integers("repeats", repeats)});
    return true;
  }

  bool along_axes() const {
    const auto lists = picks();
    if (!lists) return false;
    if (fills()) return pad(*lists, "constant");
    if (slice(*lists) || gather(*lists) || tile(*lists)) return true;
    return pad(*lists, "edge") || pad(*lists, "reflect");
  }

  /// One axis replaced by the axes of the indices: Gather with a scalar or with a table.
  bool gather_table() const {
    if (fills() || in.empty() || out.size() + 1 < in.size()) return false;
    const auto within = out.size() + 1 - in.size();
    for (std::size_t axis = 0; axis < in.size(); ++axis) {
      const Shape table(out.begin() + long(axis), out.begin() + long(axis + within));
      Shape expected(in.begin(), in.begin() + long(axis));
      expected.insert(expected.end(), table.begin(), table.end());
      expected.insert(expected.end(), in.begin() + long(axis) + 1, in.end());
      if (expected != out) continue;
      const auto from = strides_of(in)[axis];
      std::int64_t to = 1;
      for (std::size_t a = axis + within; a < out.size(); ++a) to *= out[a];
      std::vector<Index> lists;
      for (const auto extent : in) {
        lists.emplace_back(std::size_t(extent));
        std::iota(lists.back().begin(), lists.back().end(), 0);
      }
      lists[axis].clear();
      for (std::int64_t i = 0; i < net::element_count(table); ++i)
        lists[axis].push_back(op.index[std::size_t(i * to)] / from % in[axis]);
      if (pick_index(in, lists) != op.index) continue;
      writer.last("Gather", {x(), writer.integers("indices", table, lists[axis])}, {{"axis", std::int64_t(axis)}});
      return true;
    }
    return false;
  }

  void from_flat() const {
    auto flat = writer.part("flat", "Reshape", {x(), writer.integers("flat-shape", {-1})});
    Index index = op.index;
    if (fills()) {
      const auto fill = writer.reals("fill", {1}, num::Constants::from_rationals({op.fill}));
      flat = writer.part("filled", "Concat", {flat, fill}, {{"axis", std::int64_t(0)}});
      for (auto& k : index) k = k < 0 ? net::element_count(in) : k;
    }
    writer.last("Gather", {flat, writer.integers("indices", out, index)}, {{"axis", std::int64_t(0)}});
  }
};

}  // namespace

void emit(Writer& writer, const net::Select& op) {
  const Shape& in = writer.network().node(writer.node().inputs[0]).shape;
  const Mover mover{writer, op, in, writer.node().shape};
  if (mover.gather_from_a_list() || mover.transpose() || mover.expand() || mover.rearrange() || mover.along_axes() ||
      mover.gather_table())
    return;
  mover.from_flat();
}

void emit_reshape(Writer& writer) {
  const Shape& in = writer.network().node(writer.node().inputs[0]).shape;
  Index to = writer.node().shape;
  if (in == to) return writer.last("Identity", {writer.operand(0)});
  // An open batch axis stays what it is.
  if (!in.empty() && !to.empty() && in[0] == 1 && to[0] == 1) to[0] = 0;
  writer.last("Reshape", {writer.operand(0), writer.integers("shape", to)});
}

}  // namespace lrproof::onnx
