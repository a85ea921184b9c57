// Operations that move elements, for variables and for constants alike: each is an index from output to input element.
#include <numeric>

#include "oracle/importer.hpp"

namespace lrproof::oracle {

namespace {

const std::set<std::string> kShapeOnly = {"Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout", "Cast"};
const std::set<std::string> kMoves = {"Transpose", "Slice", "Gather", "Pad", "Expand", "Tile"};

std::vector<long> counting(long count) {
  std::vector<long> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

// Output coordinate k on axis a reads source coordinate picks[a][k]; -1 is fill.
std::vector<long> grid(const std::vector<long>& in, const std::vector<std::vector<long>>& picks) {
  std::vector<long> shape, index;
  for (const auto& pick : picks) shape.push_back(long(pick.size()));
  const long count = product(shape);
  for (long k = 0; k < count; ++k) {
    const auto at = unflatten(k, shape);
    long flat = 0;
    bool inside = true;
    for (std::size_t a = 0; a < in.size(); ++a) {
      const long p = picks[a][std::size_t(at[a])];
      inside = inside && p >= 0;
      flat = flat * in[a] + p;
    }
    index.push_back(inside ? flat : -1);
  }
  return index;
}

long axis_in(long axis, std::size_t rank) {
  if (axis < 0) axis += long(rank);
  if (axis < 0 || axis >= long(rank)) throw Unreadable{"an axis out of range"};
  return axis;
}

}  // namespace

Importer::Moved Importer::reshape(const Proto& proto, const std::vector<long>& in) const {
  const std::string& op = proto.op_type();
  const Attributes attributes(proto);
  Moved moved{in, counting(product(in))};
  if (op == "Flatten") {
    const long axis = attributes.integer("axis", 1);
    const long at = axis < 0 ? axis + long(in.size()) : axis;
    moved.shape = {1, 1};
    for (std::size_t a = 0; a < in.size(); ++a) moved.shape[long(a) < at ? 0 : 1] *= in[a];
  } else if (op == "Reshape") {
    moved.shape = whole_constant(proto, 1, "shape");
    long known = 1, open = -1;
    for (std::size_t a = 0; a < moved.shape.size(); ++a) {
      if (moved.shape[a] == 0 && a < in.size()) moved.shape[a] = in[a];
      if (moved.shape[a] == -1)
        open = long(a);
      else
        known *= moved.shape[a];
    }
    if (open >= 0 && known > 0) moved.shape[std::size_t(open)] = product(in) / known;
  } else if (op == "Squeeze" || op == "Unsqueeze") {
    moved = axes_moved(proto, in);
  }
  if (product(moved.shape) != product(in)) throw Unreadable{"a reshape of wrong size at '" + name_of(proto) + "'"};
  return moved;
}

Importer::Moved Importer::axes_moved(const Proto& proto, const std::vector<long>& in) const {
  Moved moved{{}, counting(product(in))};
  auto axes = whole_constant(proto, 1, "axes");
  if (proto.op_type() == "Squeeze") {
    std::set<long> gone;
    for (long axis : axes) gone.insert(axis_in(axis, in.size()));
    for (std::size_t a = 0; a < in.size(); ++a)
      if (axes.empty() ? in[a] != 1 : gone.count(long(a)) == 0) moved.shape.push_back(in[a]);
    return moved;
  }
  const std::size_t rank = in.size() + axes.size();
  std::set<long> fresh;
  for (long axis : axes) fresh.insert(axis_in(axis, rank));
  std::size_t next = 0;
  for (std::size_t a = 0; a < rank; ++a)
    moved.shape.push_back(fresh.count(long(a)) || next >= in.size() ? 1 : in[next++]);
  return moved;
}

Importer::Moved Importer::grid_moved(const Proto& proto, const std::vector<long>& in) const {
  const std::string& op = proto.op_type();
  std::vector<std::vector<long>> picks;
  for (long d : in) picks.push_back(counting(d));
  if (op == "Pad") {
    const auto pads = whole_constant(proto, 1, "pads");
    if (pads.size() != 2 * in.size()) throw Unreadable{"a pad of wrong rank at '" + name_of(proto) + "'"};
    if (Attributes(proto).word("mode", "constant") != "constant") throw Unreadable{"a pad that is not constant"};
    for (std::size_t a = 0; a < in.size(); ++a) {
      picks[a].clear();
      for (long p = -pads[a]; p < in[a] + pads[a + in.size()]; ++p) picks[a].push_back(p >= 0 && p < in[a] ? p : -1);
    }
  } else if (op == "Slice") {
    const auto starts = whole_constant(proto, 1, "starts"), ends = whole_constant(proto, 2, "ends");
    auto axes = whole_constant(proto, 3, "axes");
    auto steps = has(proto, 4) ? constant(proto.input(4)).whole : std::vector<long>(starts.size(), 1);
    if (axes.empty()) axes = counting(long(starts.size()));
    if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
      throw Unreadable{"a slice of wrong size"};
    for (std::size_t k = 0; k < starts.size(); ++k) {
      const long a = axis_in(axes[k], in.size()), d = in[std::size_t(a)], step = steps[k];
      if (step == 0) throw Unreadable{"a slice that does not move"};
      long from = starts[k] < 0 ? starts[k] + d : starts[k], to = ends[k] < -d  ? -1
                                                                  : ends[k] < 0 ? ends[k] + d
                                                                                : ends[k];
      from = std::clamp(from, 0L, step > 0 ? d : d - 1);
      to = std::clamp(to, step > 0 ? 0L : -1L, step > 0 ? d : d - 1);
      auto& pick = picks[std::size_t(a)];
      pick.clear();
      for (long p = from; step > 0 ? p < to : p > to; p += step) pick.push_back(p);
    }
  } else {  // Tile
    const auto repeats = constant(proto.input(1)).whole;
    for (std::size_t a = 0; a < in.size() && a < repeats.size(); ++a)
      for (long p = in[a]; p < in[a] * repeats[a]; ++p) picks[a].push_back(p % in[a]);
  }
  Moved moved{{}, grid(in, picks)};
  for (const auto& pick : picks) moved.shape.push_back(long(pick.size()));
  return moved;
}

void Importer::place_moved(const Proto& proto, const std::string& output, Moved moved, double fill) {
  const std::string& from = proto.input(0);
  if (is_constant(from)) {
    Stored result = picked(constant(from), moved.index, moved.shape, fill);
    if (proto.op_type() == "Cast") {
      const long to = Attributes(proto).integer("to", 1);
      const bool real = to == 1 || to == 10 || to == 11 || to == 16;
      if (real && result.integer) result.real = std::vector<double>(result.whole.begin(), result.whole.end());
      if (!real && !result.integer)
        for (double v : result.real.doubles()) result.whole.push_back(long(v));
      result.integer = !real;
      if (real) result.whole.clear();
      if (!real) result.real = {};
    }
    stored_[output] = std::move(result);
    return;
  }
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::move;
  node.inputs = {variable(from)};
  node.shape = moved.shape;
  node.fill = fill;
  node.rewrites_shape_only = kShapeOnly.count(proto.op_type()) != 0;
  if (!node.rewrites_shape_only)
    for (long i : moved.index) node.sources.push_back(i < 0 ? Source{-1, 0} : Source{0, i});
  emit(std::move(node), output);
}

void Importer::concat(const Proto& proto) {
  bool all_constant = true;
  for (const auto& operand : proto.input()) all_constant = all_constant && is_constant(operand);
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::move;
  node.shape = shape_of(proto.input(0));
  const auto axis = std::size_t(axis_in(Attributes(proto).integer("axis", 1), node.shape.size()));
  std::vector<long> begin{0};
  for (const auto& operand : proto.input()) begin.push_back(begin.back() + shape_of(operand).at(axis));
  node.shape[axis] = begin.back();
  for (int o = 0; o < proto.input_size() && !all_constant; ++o)
    node.inputs.push_back(broadcast_operand(proto.input(o), shape_of(proto.input(o)), node.name));
  for (long k = 0; k < product(node.shape); ++k) {
    auto at = unflatten(k, node.shape);
    int o = 0;
    while (at[axis] >= begin[std::size_t(o) + 1]) ++o;
    at[axis] -= begin[std::size_t(o)];
    const auto& in = shape_of(proto.input(o));
    long flat = 0;
    for (std::size_t a = 0; a < in.size(); ++a) flat = flat * in[a] + at[a];
    node.sources.push_back({o, flat});
  }
  if (!all_constant) {
    emit(std::move(node), proto.output(0));
    return;
  }
  Stored result;
  result.integer = constant(proto.input(0)).integer;
  result.shape = node.shape;
  std::vector<double> real;
  for (const Source& source : node.sources) {
    const Stored& from = constant(proto.input(source.operand));
    if (result.integer) result.whole.push_back(from.whole.at(std::size_t(source.element)));
    if (!result.integer) real.push_back(from.real.at(std::size_t(source.element)));
  }
  result.real = std::move(real);
  stored_[proto.output(0)] = std::move(result);
}

void Importer::split(const Proto& proto) {
  const auto in = shape_of(proto.input(0));
  const auto axis = std::size_t(axis_in(Attributes(proto).integer("axis", 0), in.size()));
  auto parts = whole_constant(proto, 1, "split");
  const long count = proto.output_size();
  if (parts.empty())
    for (long k = 0, each = (in[axis] + count - 1) / count; k < count; ++k)
      parts.push_back(std::min(each, in[axis] - k * each));
  long begin = 0;
  for (int k = 0; k < proto.output_size() && k < int(parts.size()); ++k) {
    std::vector<std::vector<long>> picks;
    for (long d : in) picks.push_back(counting(d));
    picks[axis].clear();
    for (long p = begin; p < begin + parts[std::size_t(k)]; ++p) picks[axis].push_back(p);
    begin += parts[std::size_t(k)];
    Moved moved{in, grid(in, picks)};
    moved.shape[axis] = parts[std::size_t(k)];
    place_moved(proto, proto.output(k), std::move(moved), 0);
  }
}

bool Importer::lower_move(const Proto& proto) {
  const std::string& op = proto.op_type();
  if (op == "Concat") return concat(proto), true;
  if (op == "Split") return split(proto), true;
  if (!kShapeOnly.count(op) && !kMoves.count(op)) return false;
  const auto in = shape_of(proto.input(0));
  const Attributes attributes(proto);
  double fill = 0;
  Moved moved;
  if (kShapeOnly.count(op)) {
    moved = reshape(proto, in);
  } else if (op == "Transpose") {
    auto perm = attributes.integers("perm");
    if (perm.empty())
      for (long a = long(in.size()); a-- > 0;) perm.push_back(a);
    for (long a : perm) moved.shape.push_back(in.at(std::size_t(a)));
    for (long k = 0; k < product(in); ++k) {
      const auto at = unflatten(k, moved.shape);
      std::vector<long> source(in.size());
      for (std::size_t a = 0; a < perm.size(); ++a) source[std::size_t(perm[a])] = at[a];
      long flat = 0;
      for (std::size_t a = 0; a < in.size(); ++a) flat = flat * in[a] + source[a];
      moved.index.push_back(flat);
    }
  } else if (op == "Gather") {
    const auto axis = std::size_t(axis_in(attributes.integer("axis", 0), in.size()));
    const Stored& index = constant(proto.input(1));
    std::vector<std::vector<long>> picks;
    for (long d : in) picks.push_back(counting(d));
    picks[axis] = index.whole;
    for (long& p : picks[axis]) p = axis_in(p, std::size_t(in[axis]));
    moved = {in, grid(in, picks)};
    moved.shape.erase(moved.shape.begin() + long(axis));
    moved.shape.insert(moved.shape.begin() + long(axis), index.shape.begin(), index.shape.end());
  } else if (op == "Expand") {
    moved.shape = broadcast_shape(in, constant(proto.input(1)).whole);
    moved.index = broadcast_index(in, moved.shape);
  } else {
    if (op == "Pad") fill = has(proto, 2) ? constant(proto.input(2)).real.at(0) : attributes.real("value", 0);
    moved = grid_moved(proto, in);
  }
  place_moved(proto, proto.output(0), std::move(moved), fill);
  return true;
}

bool Importer::lower_constant(const Proto& proto) {
  const std::string& op = proto.op_type();
  const Attributes attributes(proto);
  Stored result;
  result.integer = true;
  if (op == "Constant") {
    if (const auto* value = attributes.find("value"))
      result = read_stored(value->t());
    else if (const auto* real = attributes.find("value_float"))
      result = {{}, std::vector<double>{double(real->f())}, {}, false};
    else if (const auto* reals = attributes.find("value_floats"))
      result = {
          {long(reals->floats_size())}, std::vector<double>(reals->floats().begin(), reals->floats().end()), {}, false};
    else if (attributes.find("value_int"))
      result.whole = {attributes.integer("value_int", 0)};
    else if (attributes.find("value_ints")) {
      result.whole = attributes.integers("value_ints");
      result.shape = {result.size()};
    } else
      throw Unreadable{"a constant of a kind that is not read at '" + name_of(proto) + "'"};
  } else if (op == "Shape") {
    result.whole = shape_of(proto.input(0));
    result.shape = {result.size()};
  } else if (op == "ConstantOfShape") {
    Stored value{{1}, std::vector<double>{0}, {}, false};
    if (const auto* given = attributes.find("value")) value = read_stored(given->t());
    const auto shape = constant(proto.input(0)).whole;
    if (product(shape) < 0 || product(shape) > (1L << 27)) throw Unreadable{"a constant too large"};
    result = picked(value, std::vector<long>(std::size_t(product(shape)), 0), shape, 0);
  } else if ((op == "Add" || op == "Sub" || op == "Mul" || op == "Div") && proto.input_size() == 2 &&
             is_constant(proto.input(0)) && is_constant(proto.input(1)) && constant(proto.input(0)).integer) {
    const Stored &a = constant(proto.input(0)), &b = constant(proto.input(1));
    result.shape = broadcast_shape(a.shape, b.shape);
    const auto ia = broadcast_index(a.shape, result.shape), ib = broadcast_index(b.shape, result.shape);
    for (std::size_t k = 0; k < ia.size(); ++k) {
      const long x = a.whole[std::size_t(ia[k])], y = b.whole[std::size_t(ib[k])];
      if (op == "Div" && y == 0) throw Unreadable{"a division of integers by zero"};
      result.whole.push_back(op == "Add" ? x + y : op == "Sub" ? x - y : op == "Mul" ? x * y : x / y);
    }
  } else
    return false;
  stored_[proto.output(0)] = std::move(result);
  return true;
}

}  // namespace lrproof::oracle
