// A node of a window is a tensor of its operands' tensors; the same operation on the same tensors is the same tensor,
// on whichever side it stands, so a copy of a layer costs nothing. Nodes outside the window are given by their names:
// by induction along the rewritten network they have the same values on both sides, since all that outsiders read is
// compared here and that nothing else changed is check_surroundings' word.
#include "prove/rewrites/element_forms.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "net/curve.hpp"
#include "net/evaluate.hpp"
#include "net/linear.hpp"
#include "prove/rewrites/forms.hpp"

namespace lrproof::prove {

namespace {

using net::NodeId;
using num::Rational;

struct Tensor {
  const net::Network* network = nullptr;
  NodeId id = -1;
  bool given = false;
  std::vector<int> operands;
  std::vector<std::optional<Form>> known;
  std::unique_ptr<net::Linear> linear;
  std::unique_ptr<net::PoolCells> cells;
  const net::Node& node() const { return network->node(id); }
};

/// Same values from the same operands. A mark of a gate has no part in them.
bool same_operation(const net::Node& a, const net::Node& b) {
  if (a.shape != b.shape) return false;
  const auto *left = std::get_if<net::Opaque>(&a.op), *right = std::get_if<net::Opaque>(&b.op);
  if (!left || !right) return a.op == b.op;
  auto x = *left, y = *right;
  x.numbers.erase("gate"), y.numbers.erase("gate");
  return x == y;
}

class Tensors {
 public:
  explicit Tensors(Forms& forms) : forms_(forms) {}

  int of(const net::Network& network, const std::set<std::string>& window, NodeId id) {
    const auto place = std::make_pair(&network, id);
    if (const auto found = at_.find(place); found != at_.end()) return found->second;
    Tensor tensor{&network, id, !window.contains(network.node(id).name), {}, {}, {}, {}};
    if (!tensor.given)
      for (const auto operand : network.node(id).inputs) tensor.operands.push_back(of(network, window, operand));
    return at_[place] = placed(std::move(tensor));
  }
  const Tensor& tensor(int t) const { return tensors_[std::size_t(t)]; }
  /// A node whose curve is not continuous, so that no form is its value; "": none was met.
  const std::string& jump() const { return jump_; }

  const Form& form(int t, std::int64_t e) {
    auto& known = tensors_[std::size_t(t)].known;
    if (known.empty()) known.resize(std::size_t(tensor(t).node().size()));
    if (!known[std::size_t(e)]) {
      auto made = compute(t, e);
      tensors_[std::size_t(t)].known[std::size_t(e)] = std::move(made);
    }
    return *tensors_[std::size_t(t)].known[std::size_t(e)];
  }

 private:
  int placed(Tensor tensor) {
    for (std::size_t k = 0; k < tensors_.size(); ++k) {
      const auto& other = tensors_[k];
      if (tensor.given || other.given
              ? tensor.given && other.given && tensor.node().name == other.node().name
              : tensor.operands == other.operands && same_operation(tensor.node(), other.node()))
        return int(k);
    }
    if (!tensor.given) prepare(tensor);
    tensors_.push_back(std::move(tensor));
    return int(tensors_.size()) - 1;
  }
  static void prepare(Tensor& tensor) {
    const auto& node = tensor.node();
    if (net::is_affine(node.op)) tensor.linear = std::make_unique<net::Linear>(*tensor.network, tensor.id);
    if (const auto* pool = std::get_if<net::MaxPool>(&node.op))
      tensor.cells = std::make_unique<net::PoolCells>(
          net::pool_cells(pool->window, tensor.network->node(node.inputs[0]).shape, node.shape));
  }

  Form compute(int t, std::int64_t e);
  Form affine(int t, std::int64_t e);
  Form largest(const std::vector<std::pair<int, std::int64_t>>& rivals, bool minimum);
  Form concat(int t, std::int64_t axis, std::int64_t e);

  Forms& forms_;
  std::vector<Tensor> tensors_;
  std::string jump_;
  std::map<std::pair<const net::Network*, NodeId>, int> at_;
};

Form Tensors::affine(int t, std::int64_t e) {
  struct Tap {
    int operand;
    std::int64_t element, weight;
  };
  std::vector<Tap> taps;
  const auto size = tensor(tensor(t).operands[0]).node().size();
  tensor(t).linear->taps(e, [&](std::int64_t in, std::int64_t weight) {
    taps.push_back({int(in / size), in % size, weight});
  });
  for (const auto& tap : taps) form(tensor(t).operands[std::size_t(tap.operand)], tap.element);
  const auto& linear = *tensor(t).linear;
  for (const auto& tap : taps)
    forms_.add(linear.weights().rational(std::size_t(tap.weight)),
               form(tensor(t).operands[std::size_t(tap.operand)], tap.element));
  if (!linear.bias().empty()) forms_.add(linear.bias().rational(std::size_t(linear.bias_of(e))));
  return forms_.sum();
}

Form Tensors::largest(const std::vector<std::pair<int, std::int64_t>>& rivals, bool minimum) {
  const auto signed_form = [&](const std::pair<int, std::int64_t>& at) {
    const Form& found = form(at.first, at.second);
    forms_.add(Rational(minimum ? -1 : 1), found);
    return forms_.sum();
  };
  Form best = signed_form(rivals[0]);
  for (std::size_t k = 1; k < rivals.size(); ++k) best = forms_.larger(signed_form(rivals[k]), best);
  forms_.add(Rational(minimum ? -1 : 1), best);
  return forms_.sum();
}

Form Tensors::concat(int t, std::int64_t axis, std::int64_t e) {
  const auto& shape = tensor(t).node().shape;
  std::int64_t row = 1;
  for (auto a = std::size_t(axis); a < shape.size(); ++a) row *= shape[a];
  const std::int64_t lead = e / row;
  std::int64_t rest = e % row;
  for (const int operand : tensor(t).operands) {
    const auto part = tensor(operand).node().size() / (tensor(t).node().size() / row);
    if (rest < part) return form(operand, lead * part + rest);
    rest -= part;
  }
  LRPROOF_INVARIANT(false, "a concatenation is as long as its parts");
  return {};
}

Form Tensors::compute(int t, std::int64_t e) {
  if (forms_.spent()) return {};
  const auto& node = tensor(t).node();
  const auto operands = tensor(t).operands;
  if (tensor(t).given || std::holds_alternative<net::Opaque>(node.op) || std::holds_alternative<net::Input>(node.op))
    return forms_.element(t, e);
  if (net::is_affine(node.op)) return affine(t, e);
  if (const auto* constant = std::get_if<net::Constant>(&node.op))
    return {{}, constant->value.rational(std::size_t(e))};
  if (const auto* activation = std::get_if<net::Activation>(&node.op)) {
    const Form of = form(operands[0], e);
    if (net::is_continuous(activation->curve(e))) return forms_.curve(activation->curve(e), of);
    jump_ = node.name;  // a form has no jumps
    return forms_.element(t, e);
  }
  if (const auto* max = std::get_if<net::Max>(&node.op)) {
    std::vector<std::pair<int, std::int64_t>> rivals;
    for (const int operand : operands) rivals.emplace_back(operand, e);
    return largest(rivals, max->minimum);
  }
  if (std::holds_alternative<net::MaxPool>(node.op)) {
    const auto& cells = *tensor(t).cells;
    std::vector<std::pair<int, std::int64_t>> rivals;
    for (auto k = cells.start[std::size_t(e)]; k < cells.start[std::size_t(e) + 1]; ++k)
      rivals.emplace_back(operands[0], cells.cell[std::size_t(k)]);
    return rivals.empty() ? forms_.element(t, e) : largest(rivals, false);
  }
  if (const auto* concat_op = std::get_if<net::Concat>(&node.op)) return concat(t, concat_op->axis, e);
  if (const auto* select = std::get_if<net::Select>(&node.op)) {
    const auto from = select->index[std::size_t(e)];
    return from < 0 ? Form{{}, select->fill} : form(operands[0], from);
  }
  LRPROOF_INVARIANT(std::holds_alternative<net::Reshape>(node.op), "a form for every operation");
  return form(operands[0], e);
}

/// "x[3] = 1/2, x[4] = -1": at most a handful.
std::string spelt(const std::vector<Forms::Coordinate>& point, const Tensors& tensors) {
  constexpr std::size_t kMost = 6;
  std::string text;
  for (std::size_t k = 0; k < std::min(kMost, point.size()); ++k)
    text += (k ? ", " : "") + tensors.tensor(point[k].tensor).node().name + "[" + std::to_string(point[k].index) +
            "] = " + point[k].value.to_string();
  return point.size() > kMost ? text + " and " + std::to_string(point.size() - kMost) + " more" : text;
}

/// A carried pair: old, new.
using Pair = std::pair<std::string, std::string>;

void compare(Forms& forms, Tensors& tensors, const Pair& pair, int old_tensor, int new_tensor, InstanceCheck& check) {
  const auto size = tensors.tensor(old_tensor).node().size();
  if (tensors.tensor(old_tensor).node().shape != tensors.tensor(new_tensor).node().shape) {
    check.fault = "'" + pair.second + "' has another shape than '" + pair.first + "'";
    return;
  }
  check.points += size;
  if (old_tensor == new_tensor) return;
  for (std::int64_t e = 0; e < size && !forms.spent(); ++e) {
    const Form old_form = tensors.form(old_tensor, e), new_form = tensors.form(new_tensor, e);
    if (!tensors.jump().empty()) {
      check.undecided = "a curve of '" + tensors.jump() + "' is not continuous";
      return;
    }
    if (forms.spent() || old_form == new_form) continue;
    Rational before, after;
    const auto point = forms.difference(old_form, new_form, before, after);
    const std::string place = "'" + pair.first + "' element " + std::to_string(e);
    if (before == after) {
      check.undecided = place + ": its forms before and after differ, and no values tell them apart";
      return;
    }
    check.fault = place + " is " + before.to_string() + " before and " + after.to_string() + " after";
    if (!point.empty()) check.fault += " at " + spelt(point, tensors);
    return;
  }
  if (forms.spent()) check.undecided = "the forms of '" + pair.first + "' cost more steps than allowed";
}

}  // namespace

Footprint window_of(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes) {
  Footprint window;
  const std::set<std::string> matched(nodes.begin(), nodes.end());
  window.matched.assign(matched.begin(), matched.end());
  for (const auto& node : after.nodes())
    if (matched.contains(node.name) || before.find(node.name) < 0) window.made.push_back(node.name);
  const auto carry = [&](NodeId old_read, NodeId new_read) {
    if (const auto& name = before.node(old_read).name; matched.contains(name))
      window.carries.emplace(name, after.node(new_read).name);
  };
  for (const auto& reader : before.nodes()) {
    const auto twin = matched.contains(reader.name) ? -1 : after.find(reader.name);
    if (twin < 0 || after.node(twin).inputs.size() != reader.inputs.size()) continue;
    for (std::size_t k = 0; k < reader.inputs.size(); ++k) carry(reader.inputs[k], after.node(twin).inputs[k]);
  }
  for (std::size_t k = 0; k < std::min(before.outputs().size(), after.outputs().size()); ++k)
    carry(before.outputs()[k], after.outputs()[k]);
  return window;
}

InstanceCheck check_window(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes,
                           std::int64_t steps) {
  InstanceCheck check;
  for (const auto& name : nodes)
    if (before.find(name) < 0) return check.fault = "a matched node is missing", check;
  check.footprint = window_of(before, after, nodes);
  Forms forms(steps);
  Tensors tensors(forms);
  const std::set<std::string> matched(nodes.begin(), nodes.end());
  const std::set<std::string> made(check.footprint.made.begin(), check.footprint.made.end());
  for (const auto& pair : check.footprint.carries) {
    const int old_tensor = tensors.of(before, matched, before.find(pair.first));
    const int new_tensor = tensors.of(after, made, after.find(pair.second));
    compare(forms, tensors, pair, old_tensor, new_tensor, check);
    if (!check.fault.empty() || !check.undecided.empty()) return check;
  }
  check.note = std::to_string(check.points) + " elements are the same functions of what the window reads";
  return check;
}

}  // namespace lrproof::prove
