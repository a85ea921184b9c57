// Lint rules about rule files: names, selectors, and formulas at the biases they meet.
#include <algorithm>

#include "lint/look.hpp"
#include "prove/at_point.hpp"
#include "prove/tap_form.hpp"
#include "rule/builtin.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::lint {

using claim::Level;
using num::Rational;
using prove::TapClass;

namespace {

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string selector_text(const rule::Selector& to) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (to.op) add("op = " + quoted(*to.op));
  if (to.name) add("name = " + quoted(*to.name));
  if (to.index) add("index = " + std::to_string(*to.index));
  if (to.fan_in) add("fan_in = " + std::to_string(*to.fan_in));
  if (to.first) add("first = true");
  if (to.last) add("last = true");
  return "{ " + text + " }";
}

// Units whose chi(b) is as asked.
template <class Asked>
std::int64_t biases(Look& look, NodeId id, const std::vector<rule::BiasPart>& chi, Asked asked, std::int64_t& first) {
  const net::Linear& linear = look.ready().linear(id);
  std::int64_t count = 0;
  if (linear.bias().empty() || chi.empty()) return 0;
  for (std::int64_t j = 0; j < linear.out_size(); ++j) {
    const Rational b = linear.bias().rational(std::size_t(linear.bias_of(j)));
    Rational sum;
    for (const auto& part : chi) sum += part.coefficient * prove::factor_of_bias(part.chi, b);
    if (!asked(sum)) continue;
    if (count++ == 0) first = j;
  }
  return count;
}

// 1: every numerator is >= 0 whatever the weights, -1: <= 0, 0: neither, or there is none.
int side_of(Look& look, NodeId id, const rule::AffineRule& rule, const rule::Term& term) {
  const bool in_domain = std::count(rule.premises.begin(), rule.premises.end(), rule::Premise::inputs_in_domain) > 0;
  auto classes = prove::tap_classes(rule);
  if (look.reads_nonnegative(id)) std::erase_if(classes, [](TapClass c) { return c.a < 0; });
  bool up = true, down = true, some = false;
  for (const TapClass c : classes) {
    const auto form = prove::numerator_on(term, c);
    some = some || !form.empty();
    up = up && prove::surely_nonnegative(form, c, in_domain);
    down = down && prove::surely_nonnegative(prove::scaled(form, Rational(-1)), c, in_domain);
  }
  return !some || up == down ? 0 : up ? 1 : -1;
}

const std::vector<rule::BiasPart>& plain_bias() {
  static const std::vector<rule::BiasPart> b{{Rational(1), rule::Chi::b}};
  return b;
}

}  // namespace

void biases_against_sum(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule) continue;
    for (const auto& term : rule->terms) {
      const int side = side_of(look, id, *rule, term);
      std::int64_t first = 0;
      const auto count = side == 0
                             ? 0
                             : biases(
                                   look, id, term.bias, [&](const Rational& b) { return b.sign() * side < 0; }, first);
      if (count == 0) continue;
      out.push_back(Draft(look, "A011", int(c), id,
                          "rule " + quoted(look.rule_at(c, id)->name) + " sums only what is " +
                              (side > 0 ? ">= 0" : "<= 0") + " at " + name_of(look.node(id)) +
                              ", and adds a bias of the other sign at " + std::to_string(count) + " of " +
                              std::to_string(look.node(id).size()) + " units (first: " + std::to_string(first) + ")")
                        .number("units", double(count))
                        .fix(side > 0 ? "bias = \"pos(b)\", or none" : "bias = \"neg(b)\", or none")
                        .refuted());
      break;
    }
  }
}

void squares_with_bias(Look& look, std::size_t c, Findings& out) {
  using rule::Psi;
  const auto squares = [](const rule::Product& p) {
    return p.psi == Psi::square || p.psi == Psi::pos_square || p.psi == Psi::neg_square;
  };
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule) continue;
    for (const auto& term : rule->terms) {
      const bool only = !term.numerator.empty() && std::all_of(term.numerator.begin(), term.numerator.end(), squares);
      std::int64_t first = 0;
      const auto count = only ? biases(
                                    look, id, term.bias, [](const Rational& b) { return !b.is_zero(); }, first)
                              : 0;
      if (count == 0) continue;
      out.push_back(Draft(look, "A016", int(c), id,
                          "rule " + quoted(look.rule_at(c, id)->name) + " squares the weights of " +
                              name_of(look.node(id)) +
                              " and adds a bias to the sum: it keeps a share of the relevance of " +
                              std::to_string(count) + " of " + std::to_string(look.node(id).size()) + " units")
                        .number("units", double(count))
                        .fix("leave the bias part out")
                        .refuted());
      break;
    }
  }
}

namespace {

// How many operations an operation word may stand for.
int breadth(const rule::Selector& to) {
  if (!to.op) return 3;
  if (*to.op == "affine" || *to.op == "activation") return 2;
  return *to.op == "linear" ? 1 : 0;
}
bool by_operation_alone(const rule::Selector& to) {
  return !to.name && !to.index && !to.fan_in && !to.first && !to.last;
}

// Is assign k overruled on any network? A rule set for many networks may go from the special to the general, and then
// the general assign may find nothing left on one of them.
bool always_overruled(const rule::RuleSet& rules, std::size_t k) {
  const auto& to = rules.assigns[k].to;
  if (!by_operation_alone(to)) return true;
  return std::any_of(
      rules.assigns.begin(), rules.assigns.begin() + std::ptrdiff_t(k), [&](const rule::Assign& earlier) {
        return by_operation_alone(earlier.to) && (earlier.to.op == to.op || breadth(earlier.to) > breadth(to));
      });
}

}  // namespace

void dead_assigns(Look& look, std::size_t c, Findings& out) {
  const auto& rules = look.rules(c);
  const auto draft = [&](std::size_t k, const std::string& sentence) {
    const auto& to = rules.rules.assigns[k].to;
    return Draft(look, "A023", int(c), -1, selector_text(to) + " " + sentence).at(k);
  };
  std::vector<bool> told(rules.rules.assigns.size());
  for (const auto& complaint : rules.survey.complaints) {
    if (complaint.kind != rule::Complaint::Kind::selector) continue;
    told[complaint.assign] = true;
    out.push_back(draft(complaint.assign, "matches no node that takes a rule")
                      .reason(complaint.error.sentence)
                      .fix(complaint.error.hint)
                      .refuted());
  }
  for (std::size_t k = 0; k < rules.survey.reach.size(); ++k) {
    const auto& [selected, decided] = rules.survey.reach[k];
    const auto& to = rules.rules.assigns[k].to;
    if (told[k] || !decided.empty()) continue;
    if (selected.empty() && (to.index.value_or(0) > 0 || to.fan_in))
      out.push_back(draft(k, "matches no node that takes a rule").refuted());
    if (!selected.empty() && always_overruled(rules.rules, k))
      out.push_back(
          draft(k, "decides nothing: assigns before it speak of all that it matches").level(Level::warning).refuted());
  }
}

namespace {

// Does it read the input with nothing but moves and an elementwise scaling (a normalisation) between?
bool reads_input(const net::Network& network, NodeId id) {
  for (const NodeId in : network.node(id).inputs) {
    const auto& op = network.node(in).op;
    if (std::holds_alternative<net::Input>(op)) return true;
    const bool moves = std::holds_alternative<net::Reshape>(op) || std::holds_alternative<net::Select>(op) ||
                       std::holds_alternative<net::Concat>(op) || std::holds_alternative<net::Scale>(op);
    if (moves && reads_input(network, in)) return true;
  }
  return false;
}

bool is_layer(const net::Node& node) {
  return std::holds_alternative<net::Dense>(node.op) || std::holds_alternative<net::Conv>(node.op);
}

}  // namespace

void misplaced_first(Look& look, std::size_t c, Findings& out) {
  const auto& rules = look.rules(c);
  for (std::size_t k = 0; k < rules.survey.reach.size(); ++k) {
    const auto& assign = rules.rules.assigns[k];
    if (!assign.to.first || rules.survey.reach[k].decided.empty()) continue;
    const NodeId first = rules.survey.reach[k].decided.front();
    if (!is_layer(look.node(first))) continue;
    const auto tell = [&](NodeId at, const std::string& sentence) {
      out.push_back(Draft(look, "A024", int(c), at, selector_text(assign.to) + " " + sentence)
                        .at(k)
                        .fix("name the layer: to = { name = " + quoted(look.node(at).name) + " }")
                        .refuted());
    };
    if (!reads_input(look.network(), first))
      tell(first, "gives the rule " + quoted(assign.rule.name) + " to " + name_of(look.node(first)) +
                      ", which does not read the input");
    for (NodeId id = 0; id < look.network().size(); ++id) {
      const auto* other = look.rule_at(c, id);
      if (id == first || !other || !is_layer(look.node(id)) || !reads_input(look.network(), id)) continue;
      if (!(other->body == assign.rule.body))
        tell(id, "leaves out " + name_of(look.node(id)) + ", which reads the input as well and gets the rule " +
                     quoted(other->name));
    }
  }
}

void gates_beside_bias(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule) continue;
    const bool gated = std::any_of(rule->terms.begin(), rule->terms.end(), [](const rule::Term& term) {
      return term.gate != rule::Gate::always && term.bias.empty();
    });
    std::int64_t first = 0;
    const auto count = gated ? biases(
                                   look, id, plain_bias(), [](const Rational& b) { return !b.is_zero(); }, first)
                             : 0;
    if (count > 0)
      out.push_back(Draft(look, "A026", int(c), id,
                          "rule " + quoted(look.rule_at(c, id)->name) + " takes its branch at " +
                              name_of(look.node(id)) +
                              " by z with its bias, and divides by a sum without it: " + std::to_string(count) +
                              " of " + std::to_string(look.node(id).size()) + " units have a bias")
                        .number("units", double(count))
                        .fix("the same bias in every term, or a rule without gates")
                        .refuted());
  }
}

namespace {

// The same formula but for the values of its parameters (epsilon, gamma, alpha and beta)?
bool same_shape(const rule::Term& a, const rule::Term& b) {
  const auto products = [](const rule::Product& x, const rule::Product& y) {
    return x.phi == y.phi && x.psi == y.psi && x.coefficient.sign() == y.coefficient.sign();
  };
  const auto parts = [](const rule::BiasPart& x, const rule::BiasPart& y) {
    return x.chi == y.chi && x.coefficient.sign() == y.coefficient.sign();
  };
  const auto &s = a.stabilizer, &t = b.stabilizer;
  return a.gate == b.gate && a.share.sign() == b.share.sign() && s.kind == t.kind && s.zero_sign == t.zero_sign &&
         s.rms == t.rms && s.epsilon.is_zero() == t.epsilon.is_zero() &&
         std::ranges::equal(a.numerator, b.numerator, products) && std::ranges::equal(a.bias, b.bias, parts);
}

// Has some shipped rule set of the dialect this formula?
bool has_formula(const std::string& dialect, const rule::AffineRule& formula) {
  for (const auto& name : rule::shipped_rulesets()) {
    const auto shipped = rule::load_ruleset(name);
    if (!shipped || shipped->dialect != dialect) continue;
    for (const auto& assign : shipped->assigns)
      if (const auto* affine = std::get_if<rule::AffineRule>(&assign.rule.body);
          affine && std::ranges::equal(affine->terms, formula.terms, same_shape))
        return true;
  }
  return false;
}

}  // namespace

void borrowed_names(Look& look, std::size_t c, Findings& out) {
  const auto& rules = look.rules(c).rules;
  if (rules.dialect == "reference") return;
  std::vector<std::string> told;
  for (std::size_t k = 0; k < rules.assigns.size(); ++k) {
    const auto& rule = rules.assigns[k].rule;
    const auto* affine = std::get_if<rule::AffineRule>(&rule.body);
    if (!affine || !rule::find_affine_row(rule.name) || std::count(told.begin(), told.end(), rule.name)) continue;
    if (has_formula(rules.dialect, *affine)) continue;
    told.push_back(rule.name);
    out.push_back(Draft(look, "A028", int(c), -1,
                        "the rule set is of the dialect " + quoted(rules.dialect) + ", and its rule " +
                            quoted(rule.name) + " is a formula that no rule set of that library has")
                      .at(k)
                      .fix("take the library's formula (lrproof rules list), or dialect = \"reference\"")
                      .refuted());
  }
}

}  // namespace lrproof::lint
