// root.constant: full-backward decomposition with given root functions (ROO-3), from its definition. The relevance of
// every tensor of the chain is kept as affine functions of that tensor, one per element; each root is put into the
// network, every later unit is compared with the input's, and what stays unresolved is evaluated at the root itself.
#include <set>

#include "oracle/question.hpp"

namespace lrproof::oracle {

bool cuts(const Network& network, int tensor) {
  std::vector<char> free(network.nodes.size(), 0);
  free[0] = tensor != 0;
  for (std::size_t i = 1; i < network.nodes.size(); ++i)
    for (const int operand : network.nodes[i].inputs)
      if (int(i) != tensor && free[std::size_t(operand)]) free[i] = 1;
  return !free[std::size_t(network.output())];
}

namespace {

using Numbers = std::vector<Exact>;

// A tensor of the chain and its root function.
struct Level {
  int tensor = 0;
  GivenRoot given;  // an empty constant: the origin
  bool slope() const {
    return std::any_of(given.slope.begin(), given.slope.end(), [](double m) { return m != 0; });
  }
};

// sum of coefficient x element + constant, over the elements of one tensor.
struct Row {
  std::vector<std::pair<long, Exact>> terms;
  Exact constant;
};

std::vector<char> needed_nodes(const Network& network) {
  std::vector<char> needed(network.nodes.size(), 0);
  needed[std::size_t(network.output())] = 1;
  for (std::size_t i = needed.size(); i-- > 0;)
    if (needed[i])
      for (const int operand : network.nodes[i].inputs) needed[std::size_t(operand)] = 1;
  return needed;
}

// The origin at the input of every layer, as the rule set has it.
std::vector<Level> origins(const Question& q) {
  std::set<int> tensors;
  const auto needed = needed_nodes(q.network());
  for (int id = 0; id < int(needed.size()); ++id) {
    const Node& node = q.network().node(id);
    const bool layer = node.kind == Kind::dense || node.kind == Kind::conv || node.kind == Kind::conv_transposed;
    const Rule* rule = layer && needed[std::size_t(id)] ? q.explanation.rule(id) : nullptr;
    if (!rule || !rule->affine() || !rule->direction) continue;
    require(rule->direction->empty(), "the root of '" + node.name + "' is not the origin");
    tensors.insert(node.inputs[0]);
  }
  std::vector<Level> levels;
  for (const int tensor : tensors) levels.push_back({tensor, {q.network().node(tensor).name, "layer", {}, {}}});
  return levels;
}

std::vector<Level> given_levels(const Question& q) {
  std::vector<Level> levels;
  for (const GivenRoot& given : q.given) {
    const int tensor = q.network().find(given.node);
    require(tensor >= 0, "no node '" + given.node + "' in the model");
    require(levels.empty() || levels.back().tensor < tensor, "the tensors are not listed from the input up");
    levels.push_back({tensor, given});
  }
  return levels;
}

class Chain {
 public:
  explicit Chain(const Question& q)
      : q_(q), here_(q.explanation.point()), levels_(q.by_rules ? origins(q) : given_levels(q)) {
    require(!levels_.empty() && levels_[0].tensor == 0, "no root at the input");
    for (std::size_t l = 0; l < levels_.size(); ++l) check_shape(l);
    std::string names;
    for (std::size_t l = levels_.size(); l-- > 0;)
      names += (names.empty() ? "" : " | ") + q.network().node(levels_[l].tensor).name;
    names_ = names;
  }

  const std::string& names() const { return names_; }
  bool moving() const {
    return std::any_of(levels_.begin(), levels_.end(), [](const Level& l) { return l.slope(); });
  }

  // The named root leaves its cell.
  void escape() const {
    const std::size_t to = level_of(q_.word("tensor"));
    std::size_t at = q_.has("from") ? level_of(q_.word("from")) : to;
    const long unit = q_.has("above") ? q_.index("above") : -1;
    require((unit >= 0) == (levels_[at].given.per == "unit") && unit < units(at), "no such unit above the root");
    require(at <= to, "the way up to a root leads down");
    auto there = suffix(at, root_at(at, std::max(unit, 0L), values(here_, at)));
    for (; at < to; ++at) {
      require(levels_[at + 1].slope(), "a constant root does not follow those below it");
      there = suffix(at + 1, root_at(at + 1, 0, values(*there, at + 1)));
    }
    replay_escape(q_, *there, *suffix(to, values(here_, to)));
  }

  // R^0 and all that goes with it; every root is inside.
  void decompose() {
    std::vector<Row> rows{{{{q_.explanation.target(), 1}}, 0}};
    Exact before = value(here_, q_.network().output(), rows);
    output_ = before;
    int above = q_.network().output();
    for (std::size_t l = levels_.size(); l-- > 0;) {
      Exact left;
      rows = step(l, above, rows, left);
      above = levels_[l].tensor;
      const Exact after = value(here_, above, rows);
      require(after + left == before, "relevance and what is unresolved do not add up to the relevance above");
      unresolved_.push_back(left), before = after;
    }
    sum_ = before, rows_ = std::move(rows);
  }

  void check_numbers() const {
    require(q_.word("tensors") == names_, "'tensors' are others");
    require(q_.numbers("unresolved") == unresolved_, "the unresolved relevance is another");
    require(q_.number("sum") == sum_ && q_.number("output") == output_, "the sum or the output is another");
    const long unit = first();
    const auto there = suffix(0, root_at(0, unit, values(here_, 0)));
    require(q_.number("output_at_root") == there->at<Exact>(q_.network().output(), q_.explanation.target()),
            "the output at the root is another");
    require(q_.index("beyond_bounds") == beyond_bounds(), "'beyond_bounds' is miscounted");
  }

  // The map is gradient times (input - root) for every unit that takes part; `whole`: as functions.
  void require_product(bool whole) const {
    const Numbers x = values(here_, 0);
    for (const long k : listed()) {
      const Numbers root = root_at(0, k, x);
      for (long i = 0; i < long(rows_.size()); ++i) {
        const Exact is = value(here_, 0, {rows_[std::size_t(i)]});
        require(is == product(x, root, i), "feature " + std::to_string(i) + " has relevance " + is.get_str());
        if (whole) require_coefficients(k, i);
      }
    }
  }
  void require_other() const {
    const long i = q_.index("feature"), unit = q_.has("above") ? q_.index("above") : -1;
    require(i >= 0 && i < long(rows_.size()), "no such feature");
    require((unit >= 0) == (levels_[0].given.per == "unit"), "the unit above is missing, or there is none");
    const auto all = listed();
    require(unit < 0 || std::count(all.begin(), all.end(), unit), "the root named has no weight");
    const Numbers x = values(here_, 0);
    const Exact is = value(here_, 0, {rows_[std::size_t(i)]}),
                wanted = product(x, root_at(0, std::max(unit, 0L), x), i);
    require(is == q_.number("relevance") && wanted == q_.number("gradient_x_difference"),
            "the two values at the feature are others");
    require(is != wanted, "the map is gradient times (input - root) at this feature");
  }

 private:
  long size(std::size_t l) const { return q_.network().node(levels_[l].tensor).size(); }
  long units(std::size_t l) const {
    return levels_[l].given.per != "unit" || l + 1 == levels_.size() ? 1 : size(l + 1);
  }
  std::size_t level_of(const std::string& name) const {
    for (std::size_t l = 0; l < levels_.size(); ++l)
      if (q_.network().node(levels_[l].tensor).name == name) return l;
    refuse("there is no root at '" + name + "'");
  }

  void check_shape(std::size_t l) const {
    const GivenRoot& given = levels_[l].given;
    const auto n = std::size_t(size(l));
    require(cuts(q_.network(), levels_[l].tensor), "'" + given.node + "' does not cut the network");
    require(given.slope.empty() || (given.slope.size() == n * n && given.per != "unit"), "a slope of a wrong shape");
    const bool fits = given.per == "input"   ? q_.input >= 0 && given.constant.size() >= n * std::size_t(q_.input + 1)
                      : given.per == "unit"  ? given.constant.size() == n * std::size_t(units(l))
                      : given.per == "layer" ? given.constant.empty() || given.constant.size() == n
                                             : false;
    require(fits, "the roots at '" + given.node + "' have a wrong shape");
  }

  Numbers values(const Point& point, std::size_t l) const {
    Numbers out;
    for (long k = 0; k < size(l); ++k) out.push_back(point.at<Exact>(levels_[l].tensor, k));
    return out;
  }
  Exact constant(std::size_t l, long unit, long i) const {
    const GivenRoot& given = levels_[l].given;
    const long row = given.per == "unit" ? unit : given.per == "input" ? q_.input : 0;
    return given.constant.empty() ? Exact(0) : Exact(given.constant[std::size_t(row * size(l) + i)]);
  }
  Exact slope(std::size_t l, long i, long k) const {
    return levels_[l].slope() ? Exact(levels_[l].given.slope[std::size_t(i * size(l) + k)]) : Exact(0);
  }
  Numbers root_at(std::size_t l, long unit, const Numbers& a) const {
    Numbers root;
    for (long i = 0; i < size(l); ++i) {
      Exact v = constant(l, unit, i);
      for (long k = 0; levels_[l].slope() && k < size(l); ++k) v += slope(l, i, k) * a[std::size_t(k)];
      root.push_back(v);
    }
    return root;
  }
  std::unique_ptr<Point> suffix(std::size_t l, Numbers values) const {
    const auto kept = std::make_shared<Numbers>(std::move(values));
    const Replacement with{[kept](long k) { return enclose((*kept)[std::size_t(k)]); },
                           [kept](long k) { return (*kept)[std::size_t(k)]; }};
    return std::make_unique<Point>(here_, std::map<int, Replacement>{{levels_[l].tensor, with}});
  }

  // Every unit behind the tensor is on the closed piece that it is on at the input.
  void require_branch(const Point& start, const Point& there) const {
    for (int id = 0; id < int(q_.network().nodes.size()); ++id) {
      const Node& node = q_.network().node(id);
      const bool maximum = node.kind == Kind::max || node.kind == Kind::max_pool;
      if ((!maximum && node.kind != Kind::activation) || !there.moves(id) || there.is_replaced(id)) continue;
      for (long e = 0; e < node.size(); ++e) {
        if (start.edge(id, e)) throw NotCovered{"edge: the input lies on a kink of '" + node.name + "'"};
        bool same = true;
        if (maximum) {
          const auto &best = here_.winners(id, e), &now = there.winners(id, e);
          same = std::find(now.begin(), now.end(), best.front()) != now.end();
        } else if (const Piece at = here_.piece(id, e); !at.kink) {
          const Piece now = there.piece(id, e);
          same = now.index == at.index || (now.kink && now.index + 1 == at.index);
        }
        require(same, "a root leaves its cell at '" + node.name + "' element " + std::to_string(e));
      }
    }
  }
  // The root functions above, as far as they move with a root here.
  void climb(std::size_t l, const Point& there) const {
    if (l + 1 >= levels_.size() || !levels_[l + 1].slope()) return;
    const auto next = suffix(l + 1, root_at(l + 1, 0, values(there, l + 1)));
    require_branch(*suffix(l + 1, values(here_, l + 1)), *next);
    climb(l + 1, *next);
  }

  static Exact value(const Point& point, int node, const std::vector<Row>& rows) {
    Exact sum;
    for (const Row& row : rows) {
      sum += row.constant;
      for (const auto& [k, c] : row.terms) sum += c * point.at<Exact>(node, k);
    }
    return sum;
  }
  Numbers gradient_of(const Point& start, int above, const std::vector<Row>& rows, std::size_t l) const {
    std::vector<Seed> seeds;
    for (const Row& row : rows)
      for (const auto& [k, c] : row.terms) seeds.push_back({above, k, c});
    const int tensor = levels_[l].tensor;
    const auto found = gradient<Exact>(start, seeds, {}, {tensor});
    if (!found.edges.empty() || found.tied) throw NotCovered{"edge: the relevance feels a kink at the input"};
    auto out = found.of[std::size_t(tensor)];
    out.resize(std::size_t(size(l)));
    return out;
  }

  // R^l from R^l+1; left: the relevance above at its roots.
  std::vector<Row> step(std::size_t l, int above, const std::vector<Row>& rows, Exact& left) {
    std::vector<Row> out(std::size_t(size(l)));
    const Numbers a = values(here_, l);
    const auto start = suffix(l, a);
    const bool each = levels_[l].given.per == "unit";
    taking_part_.clear();
    for (long k = 0; k < units(l); ++k) {
      const std::vector<Row> part = each ? std::vector<Row>{rows[std::size_t(k)]} : rows;
      const auto there = suffix(l, root_at(l, k, a));
      require_branch(*start, *there);
      climb(l, *there);
      left += value(*there, above, part);
      const Numbers g = gradient_of(*start, above, part, l);
      if (std::any_of(g.begin(), g.end(), [](const Exact& v) { return sgn(v) != 0; })) taking_part_.push_back(k);
      for (long i = 0; i < size(l); ++i) {
        Row& row = out[std::size_t(i)];
        const Exact& gi = g[std::size_t(i)];
        row.constant -= gi * constant(l, k, i);
        if (row.terms.empty()) row.terms.emplace_back(i, 0);
        row.terms[0].second += gi;
        for (long j = 0; levels_[l].slope() && j < size(l); ++j) row.terms.emplace_back(j, Exact(-gi * slope(l, i, j)));
      }
    }
    return out;
  }

  std::vector<long> listed() const { return taking_part_.empty() ? std::vector<long>{0} : taking_part_; }
  long first() const { return listed().front(); }
  const Numbers& slope_of_output() const {
    if (slope_.empty()) {
      const auto start = suffix(0, values(here_, 0));
      slope_ = gradient_of(*start, q_.network().output(), {{{{q_.explanation.target(), 1}}, 0}}, 0);
    }
    return slope_;
  }
  Exact product(const Numbers& x, const Numbers& root, long feature) const {
    const auto i = std::size_t(feature);
    return slope_of_output()[i] * (x[i] - root[i]);
  }
  void require_coefficients(long k, long i) const {
    const Row& row = rows_[std::size_t(i)];
    const Exact& g = slope_of_output()[std::size_t(i)];
    require(row.terms.size() == 1 && row.terms[0].first == i && row.terms[0].second == g,
            "the slope of feature " + std::to_string(i) + " is not the gradient's");
    require(row.constant == -g * constant(0, k, i), "the offset of feature " + std::to_string(i) + " is another");
  }

  long beyond_bounds() const {
    long count = 0;
    for (std::size_t l = 0; l < levels_.size(); ++l)
      for (long k = 0; k < units(l); ++k) {
        const Numbers root = root_at(l, k, values(here_, l));
        for (long i = 0; i < size(l); ++i) {
          const Bounds bounds = bounds_of(q_.network(), levels_[l].tensor, i, q_.domain);
          const Exact& v = root[std::size_t(i)];
          count += (bounds.low && v < *bounds.low) || (bounds.high && v > *bounds.high);
        }
      }
    return count;
  }

  const Question& q_;
  const Point& here_;
  std::vector<Level> levels_;
  std::string names_;
  std::vector<Row> rows_;  // of R^0
  std::vector<long> taking_part_;
  Numbers unresolved_;
  Exact sum_, output_;
  mutable Numbers slope_;
};

}  // namespace

void replay_constant(const Question& q, bool whole) {
  Chain chain(q);
  if (q.kind == "escape") {
    require(q.verdict == "refuted", "a witness 'escape' does not prove " + q.check);
    return chain.escape();
  }
  if (whole && chain.moving()) throw NotCovered{"root functions with a slope over a scope"};
  chain.decompose();
  chain.check_numbers();
  if (q.verdict == "refuted") {
    require(q.kind == "map", "a witness '" + q.kind + "' does not refute " + q.check);
    return chain.require_other();
  }
  require(q.kind == "constant", "a witness '" + q.kind + "' does not prove " + q.check);
  chain.require_product(whole);
}

}  // namespace lrproof::oracle
