// Proofs over a cell: certificates of roots whose conditions are affine (ROO-6), and the lemma of GXI-2 by the form of
// rules and pieces.
//
// On the cell a unit's root a - t v, t = z / D, D = w . v, meets row u of the suffix where row_u D - z s_u >= 0, with
// s_u = p_u . v and p_u the gradient of row_u at the layer's input (signs turned so that z > 0 and D > 0). That is
// affine where D and s_u are constant, where s_u = c row_u (then D - c z, as row_u >= 0), and where D - k z and s_u - k
// row_u are constant for k = 1 or -1. Each leaf of a certificate is a sum of rows that cannot be above 0 within the
// bounds of the inputs.
#include <sstream>

#include "oracle/rows.hpp"
#include "oracle/scope.hpp"

namespace lrproof::oracle {

namespace {

struct Leaf {
  int part = 1;
  std::string condition;
  std::vector<std::pair<std::string, Exact>> terms;
};

// "+ NAME row row | - NAME row", the multipliers in a list of their own.
std::vector<Leaf> read_leaves(const Question& q) {
  for (const Node& node : q.network().nodes)
    if (node.name.find_first_of(" |") != std::string::npos) throw NotCovered{"rows of nodes whose names hold spaces"};
  if (!q.has("leaves")) return {};  // nothing to show: no unit stands behind the root
  const auto multipliers = q.numbers("multipliers");
  std::istringstream words(q.word("leaves"));
  std::vector<Leaf> leaves;
  std::size_t used = 0;
  bool open = false;
  for (std::string word; words >> word;) {
    if (word == "|") {
      open = false;
    } else if (!open) {
      require(word == "+" || word == "-", "a leaf without its part");
      leaves.push_back({word == "+" ? 1 : -1, "", {}});
      open = bool(words >> leaves.back().condition);
    } else {
      require(used < multipliers.size(), "more rows than multipliers");
      leaves.back().terms.emplace_back(word, multipliers[used++]);
    }
  }
  require(used == multipliers.size(), "more multipliers than rows");
  return leaves;
}

class RootProof {
 public:
  RootProof(const Question& q, const Scope& scope)
      : q_(q), scope_(scope), here_(q.explanation.point()), unit_(q.index("unit")), z_(q.network()), drop_(z_) {
    layer_ = q.place();
    const Node& layer = q.network().node(layer_);
    require(unit_ >= 0 && unit_ < layer.size(), "no such unit");
    const Rule* rule = q.explanation.rule(layer_);
    require(rule && rule->affine() && rule->direction, "the rule has no root direction");
    if (q.root_kind != "hinge" || rule->direction->empty()) throw NotCovered{"a proof over a scope of such a root"};
    if (layer.inputs.size() != 1) throw NotCovered{"a layer of several operands"};
    tensor_ = layer.inputs[0];
    sign_ = sgn(here_.at<Exact>(layer_, unit_));
    require(sign_ != 0, "the unit's pre-activation is 0");
    read_direction(*rule->direction);
    z_.seeds.push_back({layer_, unit_, sign_});
    const auto size = std::size_t(q.network().node(tensor_).size());
    std::vector<Exact> w(size);
    taps(q.network(), layer, unit_,
         [&](int, long element, long weight) { w[std::size_t(element)] += layer.weight.exact(weight); });
    drop_ = along(w);
    if (const auto constant = constant_of(drop_)) require(sgn(*constant) != 0, "the unit has no root: w . v is 0");
    if (scope.least && Exact(abs(here_.at<Exact>(layer_, unit_))) < *scope.least)
      throw NotCovered{"a proof about a unit whose scope the input itself does not belong to"};
  }

  void always() {
    if (q_.check == "root.domain" && conditions().empty()) throw NotCovered{"a tensor without bounds"};
    const auto leaves = read_leaves(q_);
    for (const int part : needed_parts(leaves))
      for (const auto& [name, row] : conditions()) {
        const auto form = affine(part, name, row, true);
        if (!form) continue;
        if (const auto constant = constant_of(*form); constant && sgn(*constant) >= 0) continue;
        bool closed = false;
        for (const Leaf& leaf : leaves)
          closed = closed || (leaf.part == part && leaf.condition == name && closes(leaf, *form));
        require(closed, "no leaf shows that the root stays behind " + name);
      }
  }

  void never() {
    const auto leaves = read_leaves(q_);
    for (const int part : needed_parts(leaves)) {
      bool closed = false;
      for (const Leaf& leaf : leaves) closed = closed || (leaf.part == part && leaf.condition == "*" && excludes(leaf));
      if (!closed && cuts_t()) throw NotCovered{"a proof that cuts t into spans"};
      require(closed, "no leaf shows that the conditions of an inside root exclude each other");
    }
  }

 private:
  // v_i = constant + factor a_i.
  void read_direction(const Formula& formula) {
    const Node& layer = q_.network().node(layer_);
    const auto size = std::size_t(q_.network().node(tensor_).size());
    constant_.resize(size), factor_.resize(size);
    taps(q_.network(), layer, unit_, [&](int, long element, long weight) {
      const Exact w = layer.weight.exact(weight);
      for (const Product& product : formula) {
        Exact c = product.coefficient;
        if (product.chi != Chi::one) throw NotCovered{"a direction that reads the bias"};
        if (product.psi == Psi::w) c *= w;
        if (product.psi == Psi::nonneg && sgn(w) < 0) continue;
        if (product.psi == Psi::negative && sgn(w) >= 0) continue;
        if (product.psi != Psi::one && product.psi != Psi::w && product.psi != Psi::nonneg &&
            product.psi != Psi::negative)
          throw NotCovered{"a direction of another form"};
        const auto k = std::size_t(element);
        const Bounds domain = q_.explanation.domain();
        if (product.phi == Phi::one) constant_[k] += c;
        if (product.phi == Phi::a) factor_[k] += c;
        if (product.phi == Phi::low) constant_[k] += c * domain.low.value();
        if (product.phi == Phi::high) constant_[k] += c * domain.high.value();
        if (product.phi == Phi::pos || product.phi == Phi::neg) throw NotCovered{"a direction of another form"};
      }
    });
  }

  // gradient . v
  Combination along(const std::vector<Exact>& gradient) const {
    Combination sum(q_.network());
    for (std::size_t k = 0; k < gradient.size(); ++k) {
      if (sgn(gradient[k]) == 0) continue;
      sum.constant += gradient[k] * constant_[k];
      if (sgn(factor_[k]) != 0) sum.seeds.push_back({tensor_, long(k), Exact(gradient[k] * factor_[k])});
    }
    return sum;
  }

  std::optional<Exact> constant_of(const Combination& sum) const { return constant_value(here_, sum); }
  std::optional<Exact> greatest(const Combination& sum) const {
    return greatest_value(here_, sum, [&](long i) { return feature_bounds(scope_, here_, q_.domain, i); });
  }
  static Combination scaled(const Combination& sum, const Exact& factor, const Network& network) {
    Combination out(network);
    out.add(sum, factor);
    return out;
  }

  // Every inequality of the suffix that the root can break.
  const std::vector<std::pair<std::string, Combination>>& conditions() {
    if (!conditions_.empty()) return conditions_;
    if (q_.check == "root.domain") {
      for (long e = 0; e < q_.network().node(tensor_).size(); ++e) {
        const Bounds bounds = bounds_of(q_.network(), tensor_, e, q_.domain);
        for (const int side : {1, -1}) {
          const auto& limit = side > 0 ? bounds.low : bounds.high;
          if (!limit) continue;
          Combination row(q_.network());
          row.seeds.push_back({tensor_, e, side});
          row.constant = -side * *limit;
          conditions_.emplace_back((side > 0 ? "low:" : "high:") + std::to_string(e), std::move(row));
        }
      }
      return conditions_;
    }
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
        if (piece > 0) name_condition(node, e, ">=");
        if (piece < node.curve(e).kinks.size()) name_condition(node, e, "<=");
      }
    }
    return conditions_;
  }
  void name_condition(const Node& node, long e, const char* side) {
    const std::string name = node.name + ":" + std::to_string(e) + side;
    Combination row(q_.network());
    add_row(q_, row, name, 1, [&](long i) { return feature_bounds(scope_, here_, q_.domain, i); });
    conditions_.emplace_back(name, std::move(row));
  }

  bool same(Combination a, const Combination& b) const {
    a.add(b, -1);
    const auto off = constant_of(a);
    return off && sgn(*off) == 0;
  }

  // The condition as one affine form on the part, or nothing where it holds trivially.
  std::optional<Combination> affine(int part, const std::string& name, const Combination& row, bool divide) {
    const auto p = gradient<Exact>(here_, row.seeds, {}, {tensor_}).of[std::size_t(tensor_)];
    if (p.empty()) return std::nullopt;
    const Network& network = q_.network();
    const Combination s = scaled(along(p), sign_ * part, network), drop = scaled(drop_, part, network);
    const auto s_constant = constant_of(s), drop_constant = constant_of(drop);
    if (s_constant && sgn(*s_constant) == 0) return std::nullopt;
    if (same(row, z_) && same(s, drop)) return std::nullopt;  // such as the unit's own row: 0 everywhere
    Combination form(network);
    if (s_constant && drop_constant) {
      form.add(row, *drop_constant), form.add(z_, Exact(-*s_constant));
      return form;
    }
    const Exact here = value_at(here_, row);
    if (divide && sgn(here) != 0) {
      const Exact c = value_at(here_, s) / here;
      Combination rest = s;
      rest.add(row, Exact(-c));
      if (const auto zero = constant_of(rest); zero && sgn(*zero) == 0) {
        form.add(drop, 1), form.add(z_, Exact(-c));
        return form;
      }
    }
    for (const int k : {1, -1}) {
      Combination d = drop, e = s;
      d.add(z_, -k), e.add(row, -k);
      const auto first = constant_of(d), second = constant_of(e);
      if (!first || !second) continue;
      form.add(row, *first), form.add(z_, Exact(-*second));
      return form;
    }
    throw NotCovered{"a condition that is not affine: " + name};
  }

  // Spans other than 0, -1: conditions were read for a part of the values of t only.
  bool cuts_t() const {
    if (!q_.has("spans")) return false;
    const auto spans = q_.numbers("spans");
    for (std::size_t k = 0; k < spans.size(); ++k)
      if (spans[k] != (k % 2 ? -1 : 0)) return true;
    return false;
  }

  // s = c row: where the row is known to be above 0 a proof may divide by it.
  bool is_multiple_of_its_row(int part, const Combination& row) const {
    const auto p = gradient<Exact>(here_, row.seeds, {}, {tensor_}).of[std::size_t(tensor_)];
    const Exact here = value_at(here_, row);
    if (p.empty() || sgn(here) == 0) return false;
    Combination rest = scaled(along(p), sign_ * part, q_.network());
    rest.add(row, Exact(-value_at(here_, rest) / here));
    const auto zero = constant_of(rest);
    return zero && sgn(*zero) == 0;
  }

  // The rows of a leaf that anyone can read off; asked forms are added by the caller.
  void add_known(Combination& sum, const Leaf& leaf, const std::string& row, const Exact& multiplier) {
    require(sgn(multiplier) >= 0, "a multiplier is negative");
    if (row == "scale") {
      sum.add(z_, multiplier);
      const Exact z = abs(here_.at<Exact>(layer_, unit_));
      sum.constant -= multiplier * (scope_.least ? *scope_.least : Exact(z / 2));
    } else if (row == "drop") {
      sum.add(drop_, Exact(leaf.part * multiplier));
    } else {
      require(row != "output>=" && row != "output<=", "a row that is none of the scope's");
      add_row(q_, sum, row, multiplier, [&](long i) { return feature_bounds(scope_, here_, q_.domain, i); });
    }
  }

  // -form + rows <= 0 within the bounds, with -form taking part: form >= 0 on the part.
  bool closes(const Leaf& leaf, const Combination& form) {
    Combination sum(q_.network());
    bool asked = false;
    for (const auto& [row, multiplier] : leaf.terms) {
      if (row == "ask:" + leaf.condition) {
        require(sgn(multiplier) >= 0, "a multiplier is negative");
        asked = asked || sgn(multiplier) > 0;
        sum.add(form, Exact(-multiplier));
      } else {
        add_known(sum, leaf, row, multiplier);
      }
    }
    const auto level = greatest(sum);
    return asked && level && sgn(*level) <= 0;
  }

  // sum of forms + rows < 0 within the bounds: they cannot all be >= 0.
  bool excludes(const Leaf& leaf) {
    Combination sum(q_.network());
    bool divided = false;
    for (const auto& [row, multiplier] : leaf.terms) {
      if (row.rfind("ask:", 0) != 0) {
        add_known(sum, leaf, row, multiplier);
        continue;
      }
      require(sgn(multiplier) >= 0, "a multiplier is negative");
      const std::string name = row.substr(4);
      if (name == "from" || name == "to") throw NotCovered{"a proof that cuts t into spans"};
      bool known = false;
      for (const auto& [other, condition] : conditions()) {
        if (other != name) continue;
        const auto form = affine(leaf.part, name, condition, false);
        require(form.has_value(), "a condition that says nothing");
        sum.add(*form, multiplier), known = true;
        divided = divided || is_multiple_of_its_row(leaf.part, condition);
      }
      require(known, "no condition '" + name + "'");
    }
    const auto level = greatest(sum);
    if (level && sgn(*level) < 0) return true;
    if (divided) throw NotCovered{"a proof that divides a condition by its row"};
    return false;
  }

  // Signs of D on the scope: both, but for those that a leaf or a constant D excludes.
  std::vector<int> needed_parts(const std::vector<Leaf>& leaves) {
    if (const auto constant = constant_of(drop_)) return {sgn(*constant)};
    std::vector<int> parts;
    for (const int part : {1, -1}) {
      bool empty = false;
      for (const Leaf& leaf : leaves) {
        if (leaf.condition != "none" || leaf.part != part) continue;
        Combination sum(q_.network());
        bool asked = false;
        for (const auto& [row, multiplier] : leaf.terms) {
          require(sgn(multiplier) >= 0, "a multiplier is negative");
          if (row == "ask:drop")
            sum.add(drop_, Exact(part * multiplier)), asked = asked || sgn(multiplier) > 0;
          else
            add_known(sum, leaf, row, multiplier);
        }
        const auto level = greatest(sum);
        empty = empty || (asked && level && sgn(*level) <= 0);
      }
      if (!empty) parts.push_back(part);
    }
    return parts;
  }

  const Question& q_;
  const Scope& scope_;
  const Point& here_;
  int layer_ = -1, tensor_ = -1, sign_ = 0;
  long unit_;
  Combination z_, drop_;  // sign z_j; D
  std::vector<Exact> constant_, factor_;
  std::vector<std::pair<std::string, Combination>> conditions_;
};

bool lrp_0(const Rule& rule) {
  if (rule.terms.size() != 1) return false;
  const Term& t = rule.terms[0];
  const bool plain =
      t.gate == "always" && t.share == 1 && (t.stabilizer.kind == "none" || sgn(t.stabilizer.epsilon) == 0);
  const auto is = [](const Formula& f, Phi phi, Psi psi, Chi chi) {
    return f.size() == 1 && f[0].coefficient == 1 && f[0].phi == phi && f[0].psi == psi && f[0].chi == chi;
  };
  return plain && is(t.numerator, Phi::a, Psi::w, Chi::one) && is(t.bias, Phi::one, Psi::one, Chi::b);
}

// Every node that the output feels hands a_i g_i down when it holds a_j g_j, whatever the input of the cell is: LRP-0
// at affine layers, pass where the unit's piece goes through 0, a winner of its own.
void reduces_by_form(const Question& q) {
  const Network& network = q.network();
  const auto slope = gradient<Exact>(q.explanation.point(), {{network.output(), q.explanation.target(), 1}});
  if (!slope.edges.empty() || slope.tied) throw NotCovered{"edge: the output feels a kink at the input"};
  for (int id = 1; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    const Rule* rule = q.explanation.rule(id);
    if (!rule) continue;
    if (rule->affine() && node.affine()) {
      if (!lrp_0(*rule)) throw NotCovered{"a proof over a scope with another rule than LRP-0 at '" + node.name + "'"};
      continue;
    }
    const bool maximum = node.kind == Kind::max || node.kind == Kind::max_pool;
    if (maximum && (rule->named == "winner" || rule->named == "gradient")) continue;
    if (node.kind != Kind::activation || rule->named != "pass")
      throw NotCovered{"a proof over a scope with rule '" + rule->named + "' at '" + node.name + "'"};
    for (long e = 0; e < node.size(); ++e)  // all pieces: the cell's facets belong to those beyond as well
      for (const Exact& intercept : node.curve(e).intercepts)
        if (sgn(intercept) != 0) throw NotCovered{"a proof over a scope with a piece that does not go through 0"};
  }
}

}  // namespace

void replay_proof(const Question& q, const Scope& scope) {
  if (scope.kind != "cell") throw NotCovered{"a proof over a box"};
  if (q.has("at")) throw NotCovered{"a proof over a scope shown at another input"};
  if (q.check == "gxi.reduces" && q.kind == "reduces") {
    if (q.explanation.start_word() != "value") throw NotCovered{"a proof over a scope with another start than f_c"};
    replay_reduction(q);
    return reduces_by_form(q);
  }
  if (q.check == "root.exists") return replay_exists(q);  // one point of the cell, which all its inputs share
  if (q.check == "root.constant") return replay_constant(q, true);
  const bool root = q.check == "root.inside" || q.check == "root.domain";
  if (!root || q.kind != "everywhere" || !q.has("certificate")) throw NotCovered{"a proof over a scope"};
  RootProof(q, scope).always();
}

void replay_never(const Question& q, const Scope& scope) {
  if (q.check != "root.inside" && q.check != "root.domain") throw NotCovered{"a proof over a scope"};
  if (scope.kind != "cell") throw NotCovered{"a proof over a box"};
  if (!q.has("certificate")) throw NotCovered{"a proof over a scope"};
  RootProof(q, scope).never();
}

}  // namespace lrproof::oracle
