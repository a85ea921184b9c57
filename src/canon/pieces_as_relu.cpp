// pieces-as-relu. Theorem: a continuous function of t with slopes s0, s1, ... between kinks k1, k2, ... is
//     s0 t + i0 + (s1 - s0) relu(t - k1) + (s2 - s1) relu(t - k2) + ...
// since relu(t - k) is 0 below k and t - k above. Elements with fewer kinks than others take the coefficient 0. What is
// 0 or multiplies by 1 makes no node.
#include <algorithm>

#include "canon/drafts.hpp"
#include "canon/patterns.hpp"
#include "net/curve.hpp"

namespace lrproof::canon {

namespace {

using num::Rational;
using Row = std::vector<Rational>;

bool all(const Row& row, int value) {
  return std::ranges::all_of(row, [&](const Rational& r) { return r == Rational(value); });
}

/// mul t + add as a node, or what it reads when nothing changes.
std::string scaled(const DataFlow& flow, const net::Node& node, const std::string& word, const std::string& of, Row mul,
                   Row add, Edit& edit) {
  if (all(mul, 1) && all(add, 0)) return of;
  auto name = fresh_name(flow.network(), node.name + "." + word);
  edit.drafts.push_back(scale_draft(name, node.shape, of, std::move(mul), std::move(add)));
  return name;
}

/// The numbers of one term of the sum, per element: relu(t - kink) times bend.
struct Term {
  Row kink, bend;
};

struct Pieces {
  Row slope, intercept;
  std::vector<Term> terms;

  Pieces(const net::Activation& activation, std::int64_t size) {
    std::size_t most = 0;
    for (const auto& curve : activation.curves) most = std::max(most, curve.kinks.size());
    terms.assign(most, {Row(std::size_t(size)), Row(std::size_t(size))});
    for (std::int64_t e = 0; e < size; ++e) {
      const auto& curve = activation.curve(e);
      slope.push_back(curve.slopes[0]), intercept.push_back(curve.intercepts[0]);
      for (std::size_t k = 0; k < curve.kinks.size(); ++k) {
        terms[k].kink[std::size_t(e)] = curve.kinks[k];
        terms[k].bend[std::size_t(e)] = curve.slopes[k + 1] - curve.slopes[k];
      }
    }
  }
  bool representable() const {
    bool fine = canon::representable(slope) && canon::representable(intercept);
    for (const auto& term : terms) fine = fine && canon::representable(term.kink) && canon::representable(term.bend);
    return fine;
  }
};

Row negated(Row row) {
  for (auto& value : row) value = -value;
  return row;
}

Edit as_sum(const DataFlow& flow, NodeId at, const Pieces& pieces) {
  const auto& node = flow.node(at);
  const auto& operand = flow.operand(at).name;
  const Row one(std::size_t(node.size()), Rational(1)), zero(std::size_t(node.size()));
  Edit edit;
  edit.matched = {at};
  std::vector<std::string> parts;
  std::vector<int> signs;
  if (!all(pieces.slope, 0) || !all(pieces.intercept, 0) || pieces.terms.empty())
    parts.push_back(scaled(flow, node, "line", operand, pieces.slope, pieces.intercept, edit)), signs.push_back(1);
  for (std::size_t k = 0; k < pieces.terms.size(); ++k) {
    const auto number = std::to_string(k + 1);
    const auto shifted = scaled(flow, node, "shift" + number, operand, one, negated(pieces.terms[k].kink), edit);
    const auto relu = fresh_name(flow.network(), node.name + ".relu" + number);
    edit.drafts.push_back(relu_draft(relu, node.shape, shifted));
    const bool minus = all(pieces.terms[k].bend, -1);
    parts.push_back(minus ? relu : scaled(flow, node, "part" + number, relu, pieces.terms[k].bend, zero, edit));
    signs.push_back(minus ? -1 : 1);
  }
  if (parts.size() == 1 && signs[0] > 0)
    edit.drafts.back().node.name = node.name;
  else
    edit.drafts.push_back(sum_draft(node.name, node.shape, parts, signs));
  edit.statement = "'" + node.name + "' is a sum of " + std::to_string(pieces.terms.size()) + " ReLUs of '" + operand +
                   "' for every input";
  return edit;
}

// Curves that no element has do not count.
bool everywhere(const net::Activation& activation, std::int64_t size, const net::Curve& curve) {
  for (std::int64_t e = 0; e < size; ++e)
    if (!(activation.curve(e) == curve)) return false;
  return true;
}

}  // namespace

Attempt pieces_as_relu(const DataFlow& flow, NodeId at) {
  const auto* activation = std::get_if<net::Activation>(&flow.node(at).op);
  if (!activation) return {};
  const net::Curve same{{}, {Rational(1)}, {Rational(0)}};
  for (const auto& plain : {net::relu_curve(), same})  // a ReLU is one, and an identity is remove-identity's
    if (everywhere(*activation, flow.node(at).size(), plain)) return {};
  const Pieces pieces(*activation, flow.node(at).size());
  if (!pieces.representable())
    return {std::nullopt, "a number of '" + flow.node(at).name + "' is beyond the range of a double"};
  return {as_sum(flow, at, pieces)};
}

}  // namespace lrproof::canon
