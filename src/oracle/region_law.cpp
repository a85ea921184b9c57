#include "oracle/region_law.hpp"

#include "oracle/factors.hpp"
#include "oracle/vanishing.hpp"

namespace lrproof::oracle {

namespace {

constexpr double kMost = std::numeric_limits<double>::infinity();

class RegionLaw {
 public:
  RegionLaw(const Question& q, Ranges& ranges, const std::vector<RegionBound>& bounds)
      : q_(q), ranges_(ranges), network_(q.network()), budget_(q.explanation.point().budget()) {
    for (const RegionBound& b : bounds) learn(b);
  }

  void show() {
    if (q_.check == "pre.rule") return premise();
    flow_.emplace(q_.explanation, ranges_, budget_);
    if (q_.check == "con.layer") return conserves(q_.place());
    if (q_.check == "con.total") return conserves_in_all();
    if (q_.check == "den.nonzero") return denominators(q_.place());
    if (q_.check == "pos.layer") return positive(q_.place());
    throw NotCovered{"a proof over a scope"};
  }

 private:
  // ---- bounds that a certificate brings
  void learn(const RegionBound& bound) {
    std::string name = bound.form;
    require(name.size() > 2 && (name.ends_with(">=") || name.ends_with("<=")), "a bound without a side");
    const int side = name.ends_with(">=") ? 1 : -1;
    name.resize(name.size() - 2);
    const bool denominator = name.rfind("den:", 0) == 0;
    std::vector<long> numbers;
    for (int k = 0; k < (denominator ? 2 : 1); ++k) numbers.insert(numbers.begin(), take_number(name));
    if (denominator) name.erase(0, 4);
    const int id = network_.find(name);
    require(id >= 0, "a bound of no node of the model: " + bound.form);
    require(numbers[0] >= 0 && numbers[0] < network_.node(id).size(), "a bound of no element: " + bound.form);
    const Affine form = denominator ? denominator_form(id, numbers[0], numbers[1]) : branch().of(id, numbers[0]);
    const auto gate = [&] {
      require(denominator, "a row of a gate, and no term: " + bound.form);
      const std::string& word = term_of(id, numbers[1]).gate;
      require(word != "always", "a row of a gate, of a term without one: " + bound.form);
      Affine open = branch().constant(0);
      open.add(branch().of(id, numbers[0]), word.find('>') != std::string::npos ? 1 : -1);
      return open;
    };
    const auto least = least_value(bound, form, side, gate);
    if (!least) throw NotCovered{"a bound that needs bounds of the inputs: " + bound.form};
    const Enclosure known = side > 0 ? Enclosure{enclose(*least).lo, kMost} : Enclosure{-kMost, -enclose(*least).lo};
    if (!denominator) return ranges_.narrow(id, numbers[0], known);
    const auto [kept, fresh] = known_.emplace(std::tuple(id, numbers[0], numbers[1]), known);
    if (!fresh) kept->second = meet_of(kept->second, known);
  }
  static long take_number(std::string& text) {
    const auto colon = text.rfind(':');
    const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
    require(!digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string::npos,
            "a bound without its numbers");
    text.resize(colon);
    return std::stol(digits);
  }
  const Branch& branch() const {
    require(ranges_.branch() != nullptr, "a bound where no pieces are known");
    return *ranges_.branch();
  }
  // Of side times the form: the rows are not negative, so that it is above what is left of it without them. "gate": a
  // denominator counts where its gate is open only.
  std::optional<Exact> least_value(const RegionBound& bound, const Affine& form, int side,
                                   const std::function<Affine()>& gate) const {
    Affine rest = branch().constant(0);
    rest.add(form, Exact(-side));
    for (const auto& [row, multiplier] : bound.terms) {
      require(row != "output>=" && row != "output<=", "a row that is none of the scope's");
      if (row == "gate") {
        rest.add(gate(), multiplier);
        continue;
      }
      Combination sum(network_);
      add_row(q_, sum, row, 1, ranges_.bounds());
      rest.add(branch().of(sum), multiplier);
    }
    const auto top = greatest_value(rest, ranges_.bounds());
    return top ? std::optional<Exact>(-*top) : std::nullopt;
  }
  const Term& term_of(int id, long k) const {
    const Rule* rule = q_.explanation.rule(id);
    require(rule && rule->affine() && network_.node(id).affine(), "the node has no rule with denominators");
    require(k >= 0 && k < long(rule->terms.size()), "no such term");
    return rule->terms[std::size_t(k)];
  }
  Affine denominator_form(int id, long unit, long k) const {
    const Node& node = network_.node(id);
    const Term& term = term_of(id, k);
    Affine form = branch().constant(chi(node, unit, term));
    taps(network_, node, unit, [&](int operand, long element, long weight) {
      const int tensor = node.inputs[std::size_t(operand)];
      const Enclosure& a = ranges_.of(tensor, element);
      for (const Product& p : term.numerator) {
        const Exact factor = p.coefficient * psi<Exact>(p.psi, node.weight, weight);
        if (sgn(factor) == 0) continue;
        if (p.phi == Phi::low || p.phi == Phi::high) {
          const auto& limit = p.phi == Phi::low ? q_.explanation.domain().low : q_.explanation.domain().high;
          if (!limit) throw NotCovered{"a rule needs bounds of the domain, and none are given"};
          form.constant += factor * *limit;
        } else if (p.phi == Phi::one) {
          form.constant += factor;
        } else {
          const bool split = p.phi != Phi::a && a.lo < 0 && a.hi > 0;
          if (split) throw NotCovered{"a denominator by the sign of an input that changes on the region"};
          const bool taken = p.phi == Phi::a || (p.phi == Phi::pos ? a.lo >= 0 : a.hi <= 0);
          if (taken) form.add(branch().of(tensor, element), factor);
        }
      }
    });
    return form;
  }

  // ---- denominators
  static Exact chi(const Node& node, long unit, const Term& term) {
    const long b = bias_of(node, unit);
    return chi_of<Exact>(term.bias, b < 0 ? Exact(0) : node.bias.exact(b));
  }
  Enclosure denominator(int id, long unit, long k, const Term& term) const {
    Enclosure d = enclose(chi(network_.node(id), unit, term));
    flow_->shares(id, unit, term, [&](const Share& s) { d = sum_of(d, value_of(s, ranges_.of(s.tensor, s.element))); });
    const auto found = known_.find({id, unit, k});
    if (found != known_.end()) d = meet_of(d, found->second);
    return ranges_.has_forms() && touches_zero(d) ? meet_of(d, by_form(id, unit, k)) : d;
  }
  Enclosure by_form(int id, long unit, long k) const {
    try {
      const auto none = [&] { return branch().constant(0); };
      const Affine form = denominator_form(id, unit, k);
      const auto least = least_value({}, form, 1, none), most = least_value({}, form, -1, none);
      return {least ? enclose(*least).lo : -kMost, most ? -enclose(*most).lo : kMost};
    } catch (const NotCovered&) {
      return whole_line();
    }
  }
  static bool is_plain(const Stabilizer& s) { return s.kind == "none" || sgn(s.epsilon) == 0; }
  // S(d), but for what a stabiliser does to d = 0.
  static bool may_vanish(const Stabilizer& s, const Enclosure& d) {
    if (is_plain(s)) return touches_zero(d);
    if (s.rms || sgn(s.epsilon) < 0) throw NotCovered{"such a stabiliser, over a scope"};
    if (s.kind == "unsigned") return touches_zero(sum_of(d, enclose(s.epsilon)));
    if (s.kind != "signed" && s.kind != "clip" && s.kind != "zero-only")
      throw NotCovered{"stabiliser '" + s.kind + "', over a scope"};
    return false;
  }

  // c d + side z >= 0 on the whole region, for c = 1 or -1.
  bool holds_back(int id, long unit, const Term& term, int side) const {
    const Node& node = network_.node(id);
    const long at = bias_of(node, unit);
    const Exact b = at < 0 ? Exact(0) : node.bias.exact(at);
    for (const int c : {1, -1}) {
      Enclosure sum = enclose(Exact(c * chi(node, unit, term) + side * b));
      flow_->shares(id, unit, term, [&](Share s) {
        const auto turned = [](const Enclosure& v, int sign) { return sign > 0 ? v : -v; };
        const Enclosure w = turned(s.w, side);
        s.below = sum_of(turned(s.below, c), w), s.above = sum_of(turned(s.above, c), w);
        s.constant = turned(s.constant, c);
        sum = sum_of(sum, value_of(s, ranges_.of(s.tensor, s.element)));
      });
      if (sum.lo >= 0) return true;
    }
    return false;
  }
  // d = 0 only where the unit has no relevance.
  bool zeros_unused(int id, long unit, const Term& term) const {
    const Vanishing& v = flow_->of(id, unit);
    if (!v.zero) return false;
    const Enclosure& z = ranges_.of(id, unit);
    const bool not_above = v.above || z.hi <= 0 || holds_back(id, unit, term, -1);
    return not_above && (v.below || z.lo >= 0 || holds_back(id, unit, term, 1));
  }
  // DEN-1; in_use: of the explained output, what it divides counts even where f_c = 0.
  void require_used_off_zero(int id, long unit, bool in_use) const {
    const Rule& rule = *q_.explanation.rule(id);
    for (std::size_t k = 0; k < rule.terms.size(); ++k) {
      const Term& term = rule.terms[k];
      if (!flow_->may_open(id, unit, term)) continue;
      const Enclosure d = denominator(id, unit, long(k), term);
      if (!may_vanish(term.stabilizer, d)) continue;
      const bool excused = !in_use || !flow_->starts_at(id, unit);
      if (excused && is_plain(term.stabilizer) && zeros_unused(id, unit, term)) continue;
      throw NotCovered{"intervals do not keep the denominator of unit " + std::to_string(unit) + " of '" +
                       network_.node(id).name + "' from 0"};
    }
  }
  void denominators(int id) const {
    term_of(id, 0);
    for (long unit = 0; unit < network_.node(id).size(); ++unit)
      if (!flow_->of(id, unit).everywhere() || flow_->starts_at(id, unit)) require_used_off_zero(id, unit, true);
  }

  // ---- conservation
  void conserves(int id) const {
    const Node& node = network_.node(id);
    for (const int operand : node.inputs)
      if (network_.node(operand).kind == Kind::constant) throw NotCovered{"an operand that is constant"};
    for (long e = 0; e < node.size(); ++e)
      if (!flow_->of(id, e).everywhere() && !conserves(id, e))
        throw NotCovered{"unit " + std::to_string(e) + " of '" + node.name + "' is not shown to conserve"};
  }
  bool conserves(int id, long e) const {
    const Node& node = network_.node(id);
    const Rule* rule = q_.explanation.rule(id);
    if (node.kind == Kind::input) return true;
    if (node.kind == Kind::constant) throw NotCovered{"relevance of a constant"};
    if (node.kind == Kind::move) return node.sources.empty() || node.sources[std::size_t(e)].operand >= 0;
    if (!rule) throw NotCovered{"no rule for '" + node.name + "'"};
    if (node.kind == Kind::activation) return rule->named == "pass" || (rule->named == "gradient" && kept(id, e));
    if (node.kind == Kind::max || node.kind == Kind::max_pool)
      return rule->named == "winner" || rule->named == "gradient";
    if (!rule->affine())
      return rule->named == "pass" && node.inputs.size() == 1 && network_.node(node.inputs[0]).size() == node.size();
    return shares_add_up(id, e, *rule);
  }
  // Slopes of 1, or of 0 where there is nothing to keep.
  bool kept(int id, long e) const {
    const Curve& curve = network_.node(id).curve(e);
    for (std::size_t k = 0; k < curve.slopes.size(); ++k)
      if (curve.slopes[k] != 1 &&
          !(sgn(curve.slopes[k]) == 0 && sgn(curve.intercepts[k]) == 0 && flow_->of(id, e).zero))
        return false;
    return true;
  }
  bool shares_add_up(int id, long unit, const Rule& rule) const {
    const Node& node = network_.node(id);
    for (const int sign : flow_->signs(id, unit)) {
      Exact sum;
      for (const Term& term : rule.terms)
        if (gate_open(term.gate, sign)) sum += term.share;
      if (sum != 1) return false;
    }
    for (const Term& term : rule.terms) {
      if (!flow_->may_open(id, unit, term) || sgn(term.share) == 0) continue;
      if (sgn(chi(node, unit, term)) != 0) return false;
      if (is_plain(term.stabilizer)) continue;
      if (term.stabilizer.kind != "zero-only") return false;
      const Enclosure d = denominator(id, unit, &term - rule.terms.data(), term);
      if (touches_zero(d) && !zeros_unused(id, unit, term)) return false;
    }
    require_used_off_zero(id, unit, false);
    return true;
  }
  void conserves_in_all() const {
    if (!network_.readers(network_.output()).empty()) throw NotCovered{"an output that is read on"};
    for (int id = 0; id < int(network_.nodes.size()); ++id) {
      if (network_.node(id).kind != Kind::constant) conserves(id);
      for (long e = 0; network_.node(id).kind == Kind::constant && e < network_.node(id).size(); ++e)
        if (!flow_->of(id, e).everywhere()) throw NotCovered{"relevance of a constant"};
    }
  }

  // ---- positivity
  void positive(int id) const {
    const Rule* rule = q_.explanation.rule(id);
    const Node& node = network_.node(id);
    if (!node.affine() || !rule || !rule->affine()) throw NotCovered{"pos.layer at a node without an affine rule"};
    for (long unit = 0; unit < node.size(); ++unit)
      for (std::size_t k = 0; k < rule->terms.size(); ++k) {
        const Term& term = rule->terms[k];
        if (!flow_->may_open(id, unit, term) || sgn(term.share) == 0) continue;
        const int side = sgn(term.share) * side_of(term.stabilizer, denominator(id, unit, long(k), term));
        flow_->shares(id, unit, term, [&](const Share& s) {
          const Enclosure n = value_of(s, ranges_.of(s.tensor, s.element));
          if (is_zero(n) || (side > 0 && n.lo >= 0) || (side < 0 && n.hi <= 0)) return;
          throw NotCovered{"intervals do not show the shares of unit " + std::to_string(unit) + " positive"};
        });
      }
  }
  // The sign that S(d) has wherever it is not 0; 0: both.
  static int side_of(const Stabilizer& s, const Enclosure& d) {
    if (is_plain(s)) return d.lo >= 0 ? 1 : d.hi <= 0 ? -1 : 0;
    may_vanish(s, d);
    const double epsilon = enclose(s.epsilon).lo;
    if (s.kind == "unsigned") return sum_of(d, {epsilon, kMost}).lo >= 0 ? 1 : 0;
    if (s.kind == "zero-only") return d.lo >= 0 && sgn(s.epsilon) > 0 ? 1 : d.hi < 0 ? -1 : 0;
    if (d.lo > 0 || (d.lo >= 0 && s.zero_sign > 0)) return 1;
    return d.hi < 0 || (d.hi <= 0 && s.zero_sign <= 0) ? -1 : 0;
  }

  // ---- premises
  void premise() const {
    const std::string premise = q_.word("premise");
    require(q_.notion.empty() || q_.notion == premise, "a witness of another premise");
    if (premise == "f > 0") {
      if (ranges_.of(network_.output(), q_.explanation.target()).lo > 0) return;
      throw NotCovered{"intervals do not show the output positive"};
    }
    const bool positive = premise == "a >= 0";
    if (!positive && premise != "low <= a <= high") throw NotCovered{"premise '" + premise + "'"};
    const Bounds& domain = q_.explanation.domain();
    if (!positive && (!domain.low || !domain.high)) throw NotCovered{"a premise about bounds, and none are given"};
    const double low = positive ? 0 : enclose(*domain.low).hi, high = positive ? kMost : enclose(*domain.high).lo;
    for (const int tensor : network_.node(q_.place()).inputs)
      for (long e = 0; e < network_.node(tensor).size(); ++e) {
        if (tensor == 0 && !positive && within_domain(e)) continue;
        const Enclosure& a = ranges_.of(tensor, e);
        if (a.lo < low || a.hi > high) throw NotCovered{"intervals do not show the premise"};
      }
  }
  // Compared exactly: bounds of the domain are its own.
  bool within_domain(long e) const {
    const Bounds have = ranges_.bounds()(e);
    const Bounds& domain = q_.explanation.domain();
    return have.low && have.high && *have.low >= *domain.low && *have.high <= *domain.high;
  }

  const Question& q_;
  Ranges& ranges_;
  const Network& network_;
  Budget& budget_;
  std::optional<Flow> flow_;
  std::map<std::tuple<int, long, long>, Enclosure> known_;  // denominators that a bound speaks of
};

}  // namespace

std::vector<RegionBound> read_region_bounds(const Question& q) {
  std::vector<RegionBound> bounds;
  for (WrittenSum& sum : read_sums(q, "bounds", "bound_multipliers"))
    bounds.push_back({read_region(sum.head), std::move(sum.form), std::move(sum.terms)});
  return bounds;
}

void require_moving(const Question& q, const Ranges& ranges) {
  const Network& network = q.network();
  std::vector<std::vector<char>> felt;
  for (const Node& node : network.nodes) felt.emplace_back(std::size_t(node.size()));
  felt[std::size_t(network.output())][std::size_t(q.explanation.target())] = 1;
  for (int id = int(network.nodes.size()); id-- > 1;) {
    const Node& node = network.node(id);
    const auto feel = [&](int operand, long e) {
      felt[std::size_t(node.inputs[std::size_t(operand)])][std::size_t(e)] = 1;
    };
    for (long e = 0; e < node.size(); ++e) {
      if (!felt[std::size_t(id)][std::size_t(e)]) continue;
      if (node.affine()) {
        if (touches_zero(ranges.of(id, e))) throw NotCovered{"intervals do not keep a unit that is felt from 0"};
        taps(network, node, e, [&](int operand, long element, long) { feel(operand, element); });
      } else if (node.kind == Kind::activation) {
        const Curve& curve = node.curve(e);
        const Enclosure& t = ranges.of(node.inputs[0], e);
        std::size_t reached = 0, moving = 0;
        for (std::size_t k = 0; k < curve.slopes.size(); ++k) {
          const bool here = (k == 0 || t.hi >= enclose(curve.kinks[k - 1]).lo) &&
                            (k == curve.kinks.size() || t.lo <= enclose(curve.kinks[k]).hi);
          reached += here, moving += here && sgn(curve.slopes[k]) != 0;
        }
        if (moving == 0) continue;
        if (reached > 1) throw NotCovered{"intervals do not keep a unit that is felt off its kinks"};
        feel(0, e);
      } else if (node.kind == Kind::move) {
        const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
        if (s.operand >= 0) feel(s.operand, s.element);
      } else if (node.kind != Kind::constant) {
        throw NotCovered{"a claim without exceptions behind '" + node.name + "', over a scope"};
      }
    }
  }
}

void require_law(const Question& q, Ranges& ranges, const std::vector<RegionBound>& bounds) {
  RegionLaw(q, ranges, bounds).show();
}

}  // namespace lrproof::oracle
