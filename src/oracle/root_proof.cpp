#include "oracle/root_proof.hpp"

#include <sstream>

namespace lrproof::oracle {

namespace {

// "2+": the part + of region 2; "+": of the only one.
Leaf read_part(std::string word) {
  Leaf leaf;
  const char part = word.empty() ? ' ' : word.back();
  require(part == '+' || part == '-', "a leaf without its part");
  leaf.part = part == '+' ? 1 : -1;
  word.pop_back();
  if (!word.empty()) leaf.region = read_region(word);
  return leaf;
}

Affine scaled(Affine form, const Exact& factor) {
  for (Exact& s : form.slope) s *= factor;
  form.constant *= factor;
  return form;
}
Affine difference(Affine a, const Affine& b, const Exact& factor = 1) {
  a.add(b, Exact(-factor));
  return a;
}

// c with a = c b, for b that is not constant.
std::optional<Exact> multiple(const Affine& a, const Affine& b) {
  std::size_t k = 0;
  while (k < b.slope.size() && sgn(b.slope[k]) == 0) ++k;
  if (k == b.slope.size()) return std::nullopt;
  const Exact c = a.slope[k] / b.slope[k];
  return difference(a, b, c).is_zero() ? std::optional(c) : std::nullopt;
}

bool takes_part(const Leaf& leaf, const std::string& name) {
  for (const auto& [row, multiplier] : leaf.terms)
    if (row == "ask:" + name && sgn(multiplier) > 0) return true;
  return false;
}

}  // namespace

std::vector<Leaf> read_leaves(const Question& q) {
  std::vector<Leaf> leaves;
  if (!q.has("leaves")) return leaves;  // nothing to show: no unit stands behind the root
  const auto spans = q.numbers("spans");
  for (WrittenSum& sum : read_sums(q, "leaves", "multipliers")) {
    Leaf leaf = read_part(std::move(sum.head));
    leaf.condition = std::move(sum.form), leaf.terms = std::move(sum.terms);
    require(2 * leaves.size() + 1 < spans.size(), "a leaf without a span");
    leaf.from = spans[2 * leaves.size()], leaf.to = spans[2 * leaves.size() + 1];
    require(sgn(leaf.from) >= 0, "a span that begins below 0");
    require(leaf.to == -1 || leaf.to >= leaf.from, "a span that ends before it begins");
    leaves.push_back(std::move(leaf));
  }
  require(2 * leaves.size() == spans.size(), "more spans than leaves");
  return leaves;
}

RootProof::RootProof(const Question& q, const UnitScope& scope, const Branch& branch,
                     std::function<Bounds(long)> bounds, std::vector<Leaf> leaves)
    : q_(q),
      scope_(scope),
      here_(q.explanation.point()),
      branch_(branch),
      bounds_(std::move(bounds)),
      leaves_(std::move(leaves)),
      unit_(q.index("unit")) {
  layer_ = q.place();
  const Node& layer = q.network().node(layer_);
  require(layer.affine() && unit_ >= 0 && unit_ < layer.size(), "no such unit");
  const Rule* rule = q.explanation.rule(layer_);
  require(rule && rule->affine() && rule->direction, "the rule has no root direction");
  const bool hinge = q.root_kind == "hinge" || (q.root_kind == "relevance" && has_relevance_of_its_value());
  if (!hinge || rule->direction->empty()) throw NotCovered{"a proof over a scope of such a root"};
  if (layer.inputs.size() != 1) throw NotCovered{"a layer of several operands"};
  tensor_ = layer.inputs[0];
  read_direction(*rule->direction);
  z_ = scaled(branch_.of(layer_, unit_), scope_.sign);
  std::vector<Exact> w(constant_.size());
  taps(q.network(), layer, unit_,
       [&](int, long element, long weight) { w[std::size_t(element)] += layer.weight.exact(weight); });
  drop_ = along(w);
}

// R_j = z_j on the whole branch, so that its relevance root is its hinge root: the explained output starts from its own
// value, and nothing but what hands both on as they are lies between it and the unit.
bool RootProof::has_relevance_of_its_value() const {
  if (q_.explanation.start_word() != "value") return false;
  const Network& network = q_.network();
  int id = network.output();
  long e = q_.explanation.target();
  for (std::size_t readers = 0; network.readers(id).size() == readers; readers = 1) {
    if (id == layer_) return e == unit_;
    const Node& node = network.node(id);
    if (node.kind == Kind::activation) {
      const Rule* rule = q_.explanation.rule(id);
      const Piece piece = here_.piece(id, e);
      const Curve& curve = node.curve(e);
      const auto at = std::size_t(piece.index);
      if (!rule || rule->named != "pass" || piece.kink || curve.slopes[at] != 1 || sgn(curve.intercepts[at]) != 0)
        return false;
      id = node.inputs[0];
    } else {
      if (node.kind != Kind::move) return false;
      const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
      if (s.operand < 0) return false;
      id = node.inputs[std::size_t(s.operand)], e = s.element;
    }
  }
  return false;
}

void RootProof::add_direction(const Product& product, const Exact& w, long element) {
  Exact c = product.coefficient;
  if (product.chi != Chi::one) throw NotCovered{"a direction that reads the bias"};
  if (product.psi == Psi::w) c *= w;
  if (product.psi == Psi::nonneg && sgn(w) < 0) return;
  if (product.psi == Psi::negative && sgn(w) >= 0) return;
  if (product.psi != Psi::one && product.psi != Psi::w && product.psi != Psi::nonneg && product.psi != Psi::negative)
    throw NotCovered{"a direction of another form"};
  const auto k = std::size_t(element);
  switch (product.phi) {
    case Phi::one:
      constant_[k] += c;
      return;
    case Phi::a:
      factor_[k] += c;
      return;
    case Phi::low:
    case Phi::high: {
      const Bounds domain = q_.explanation.domain();
      const auto& bound = product.phi == Phi::low ? domain.low : domain.high;
      require(bound.has_value(), "a direction that reads a bound, and none is given");
      constant_[k] += c * *bound;
      return;
    }
    default: {  // pos(a) is a, and neg(a) is 0, where the tensor cannot be negative
      const Bounds bounds = bounds_of(q_.network(), tensor_, element, q_.domain);
      if (!bounds.low || sgn(*bounds.low) < 0) throw NotCovered{"a direction by signs of inputs"};
      if (product.phi == Phi::pos) factor_[k] += c;
    }
  }
}

void RootProof::read_direction(const Formula& formula) {
  const Node& layer = q_.network().node(layer_);
  const auto size = std::size_t(q_.network().node(tensor_).size());
  constant_.resize(size), factor_.resize(size);
  taps(q_.network(), layer, unit_, [&](int, long element, long weight) {
    const Exact w = layer.weight.exact(weight);
    for (const Product& product : formula) add_direction(product, w, element);
  });
}

// gradient . v
Affine RootProof::along(const std::vector<Exact>& gradient) const {
  Affine sum = branch_.constant(0);
  for (std::size_t k = 0; k < gradient.size(); ++k) {
    if (sgn(gradient[k]) == 0) continue;
    sum.constant += gradient[k] * constant_[k];
    if (sgn(factor_[k]) != 0) sum.add(branch_.of(tensor_, long(k)), Exact(gradient[k] * factor_[k]));
  }
  return sum;
}

Affine RootProof::drop(int part) const { return scaled(drop_, part); }

// Every inequality of the suffix that the root can break.
const std::vector<RootProof::Condition>& RootProof::conditions() {
  if (conditions_) return *conditions_;
  conditions_.emplace();
  q_.check == "root.domain" ? make_domain_conditions() : make_conditions();
  return *conditions_;
}

void RootProof::make_domain_conditions() {
  for (long e = 0; e < q_.network().node(tensor_).size(); ++e) {
    const Bounds bounds = bounds_of(q_.network(), tensor_, e, q_.domain);
    for (const int side : {1, -1}) {
      const auto& limit = side > 0 ? bounds.low : bounds.high;
      if (!limit) continue;
      Condition c{(side > 0 ? "low:" : "high:") + std::to_string(e), scaled(branch_.of(tensor_, e), side), {}};
      c.row.constant -= side * *limit;
      c.gradient.resize(constant_.size());
      c.gradient[std::size_t(e)] = side;
      conditions_->push_back(std::move(c));
    }
  }
}

void RootProof::make_conditions() {
  const Point suffix(here_, {{tensor_,
                              {[&](long e) { return here_.at<Enclosure>(tensor_, e); },
                               [&](long e) { return here_.at<Exact>(tensor_, e); }}}});
  for (int id = 0; id < int(q_.network().nodes.size()); ++id) {
    const Node& node = q_.network().node(id);
    const bool maximum = node.kind == Kind::max || node.kind == Kind::max_pool;
    if ((node.kind != Kind::activation && !maximum) || !suffix.moves(id) || suffix.is_replaced(id)) continue;
    for (long e = 0; e < node.size(); ++e) {
      if (maximum) throw NotCovered{"a proof over a scope behind a maximum"};
      const Piece at = here_.piece(id, e);
      if (at.kink && (here_.edge(id, e) || suffix.edge(id, e))) throw NotCovered{"edge: a unit on its kink"};
      if (at.kink) continue;
      const auto piece = std::size_t(at.index);
      if (piece > 0) add_condition(node, e, ">=");
      if (piece < node.curve(e).kinks.size()) add_condition(node, e, "<=");
    }
  }
}

void RootProof::add_condition(const Node& node, long e, const char* side) {
  const std::string name = node.name + ":" + std::to_string(e) + side;
  Combination row(q_.network());
  add_row(q_, row, name, 1, bounds_);
  const auto gradient = oracle::gradient<Exact>(here_, row.seeds, {}, {tensor_});
  if (!gradient.edges.empty() || gradient.tied) throw NotCovered{"edge: a row that feels a kink"};
  conditions_->push_back({name, branch_.of(row), gradient.of[std::size_t(tensor_)]});
}

RootProof::Asked RootProof::asked(int part, const Condition& condition) const {
  const Affine drop = this->drop(part);
  Asked out{condition.row, scaled(along(condition.gradient), scope_.sign * part), {}};
  // s = 0: the root does not move the unit. The unit's own row is 0 at every root.
  out.trivial = out.s.is_zero() || (difference(out.row, z_).is_zero() && difference(out.s, drop).is_zero());
  if (out.trivial) return out;
  if (out.s.is_constant() && drop.is_constant()) {
    out.form = difference(scaled(out.row, drop.constant), z_, out.s.constant);
  } else if (const auto c = multiple(out.s, out.row)) {
    out.form = difference(drop, z_, *c), out.divided = true;
  } else {
    for (const int k : {1, -1}) {
      const Affine first = difference(drop, z_, k), second = difference(out.s, out.row, k);
      if (out.form || drop.is_constant() || !first.is_constant() || !second.is_constant()) continue;
      out.form = difference(scaled(out.row, first.constant), z_, second.constant);
    }
  }
  out.trivial = out.form && out.form->is_constant() && sgn(out.form->constant) >= 0;
  return out;
}

// The rows that anyone can read off: each is not negative on the part (0: on both). "scale" is |z| - least.
const Affine& RootProof::known(const std::string& row, int part) {
  const std::string key = row == "drop" ? row + std::to_string(part) : row;
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  require(row != "output>=" && row != "output<=", "a row that is none of the scope's");
  require(row != "drop" || part != 0, "a row of one sign of D");
  Affine form;
  if (row == "scale") {
    form = z_, form.constant -= scope_.least;
  } else if (row == "drop") {
    form = drop(part);
  } else {
    Combination sum(q_.network());
    add_row(q_, sum, row, 1, bounds_);
    form = branch_.of(sum);
  }
  return known_[key] = std::move(form);
}

// The greatest value of the sum within the bounds; `asked` has the forms of the rows "ask:...".
std::optional<Exact> RootProof::level(const Leaf& leaf, int part,
                                      const std::function<Affine(const std::string&)>& asked) {
  Affine sum = branch_.constant(0);
  for (const auto& [row, multiplier] : leaf.terms)
    sum.add(row.rfind("ask:", 0) == 0 ? asked(row.substr(4)) : known(row, part), multiplier);
  return greatest_value(sum, bounds_);
}

// t = z / D lies in the span.
Affine RootProof::link(const Leaf& leaf, const std::string& name) const {
  if (name == "from") return difference(z_, drop(leaf.part), leaf.from);
  require(name == "to" && leaf.ends(), "a leaf that asks for something else: " + name);
  return difference(scaled(drop(leaf.part), leaf.to), z_);
}

// With the condition broken the sum would be above 0, but within the bounds it is not.
bool RootProof::closes(const Leaf& leaf, const std::string& name, const Asked& asked) {
  const auto top = level(leaf, leaf.part, [&](const std::string& row) {
    if (row == name + "'") return leaf.ends() ? difference(scaled(asked.s, leaf.to), asked.row) : asked.s;
    if (row != name) return link(leaf, row);
    require(asked.form.has_value(), "a condition that is not affine: " + name);
    return scaled(*asked.form, -1);
  });
  const bool broken = takes_part(leaf, name) || takes_part(leaf, name + "'");
  return top && (sgn(*top) < 0 || (broken && sgn(*top) == 0));
}

// With all conditions met no term would be below 0, but their sum is.
bool RootProof::excludes(const Leaf& leaf) {
  const auto top = level(leaf, leaf.part, [&](const std::string& row) {
    for (const Condition& condition : conditions()) {
      const bool on_span = row == condition.name + "'";
      if (!on_span && row != condition.name) continue;
      const Asked here = asked(leaf.part, condition);
      if (on_span) return difference(here.row, here.s, leaf.from);
      require(here.form.has_value(), "a condition that is not affine: " + row);
      require(!here.divided || off_zero(leaf.part, row, here.row),
              "a condition divided by a row that may be 0: " + row);
      return *here.form;
    }
    return link(leaf, row);
  });
  return top && sgn(*top) < 0;
}

// A leaf shows that the row is above 0 on the part.
bool RootProof::off_zero(int part, const std::string& name, const Affine& row) {
  for (const Leaf& leaf : leaves_) {
    if (leaf.condition != "off:" + name || leaf.part != part) continue;
    const auto top = level(leaf, part, [&](const std::string& asked) {
      require(asked == "row", "a leaf that asks for something else: " + asked);
      return scaled(row, -1);
    });
    if (top && sgn(*top) < 0) return true;
  }
  return false;
}

// A leaf shows that |z| >= least nowhere.
bool RootProof::empty() {
  for (const Leaf& leaf : leaves_) {
    if (leaf.condition != "empty") continue;
    const auto top = level(leaf, 0, [&](const std::string& asked) {
      require(asked == "scale", "a leaf that asks for something else: " + asked);
      return known("scale", 0);
    });
    if (top && sgn(*top) < 0) return true;
  }
  return false;
}

// A leaf shows that D does not have this sign.
bool RootProof::has_no_part(int part) {
  for (const Leaf& leaf : leaves_) {
    if (leaf.condition != "none" || leaf.part != part) continue;
    const auto top = level(leaf, part, [&](const std::string& asked) {
      require(asked == "drop", "a leaf that asks for something else: " + asked);
      return drop(part);
    });
    if (top && (sgn(*top) < 0 || (sgn(*top) == 0 && takes_part(leaf, "drop")))) return true;
  }
  return false;
}

// Signs of D on the scope: both, but for those that a leaf or a constant D excludes.
std::vector<int> RootProof::parts() {
  if (empty()) return {};
  if (drop_.is_constant()) return sgn(drop_.constant) == 0 ? std::vector<int>() : std::vector{sgn(drop_.constant)};
  std::vector<int> parts;
  for (const int part : {1, -1})
    if (!has_no_part(part)) parts.push_back(part);
  return parts;
}

// Closed spans that leave no t > 0 out.
bool RootProof::spans_cover(std::vector<std::pair<Exact, Exact>> spans) {
  std::sort(spans.begin(), spans.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Exact reached = 0;
  for (const auto& [from, to] : spans) {
    if (from > reached) return false;
    if (to == -1) return true;
    reached = larger(reached, to);
  }
  return false;
}

bool RootProof::always() {
  if (q_.check == "root.domain" && conditions().empty()) throw NotCovered{"a tensor without bounds"};
  const auto parts = this->parts();
  for (const int part : parts)
    for (const Condition& condition : conditions()) {
      const Asked here = asked(part, condition);
      if (here.trivial) continue;
      std::vector<std::pair<Exact, Exact>> spans;
      for (const Leaf& leaf : leaves_)
        if (leaf.part == part && leaf.condition == condition.name && closes(leaf, condition.name, here))
          spans.emplace_back(leaf.from, leaf.to);
      require(spans_cover(std::move(spans)), "no leaves show that the root stays behind " + condition.name);
    }
  return !parts.empty();
}

bool RootProof::never() {
  const auto parts = this->parts();
  for (const int part : parts) {
    std::vector<std::pair<Exact, Exact>> spans;
    for (const Leaf& leaf : leaves_)
      if (leaf.part == part && leaf.condition == "*" && excludes(leaf)) spans.emplace_back(leaf.from, leaf.to);
    require(spans_cover(std::move(spans)), "no leaves show that the conditions of an inside root exclude each other");
  }
  return !parts.empty();
}

}  // namespace lrproof::oracle
