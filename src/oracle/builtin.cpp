// The published rules, each written down once more, from the papers (Bach et al. 2015; Montavon et al. 2017, 2019;
// Andeol et al. 2021 for gamma on signed inputs; Lapuschkin et al. 2019 for flat).
#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

namespace {

Term make_term(const std::string& numerator, const std::string& bias) {
  Term term;
  term.numerator = *read_formula(numerator).value;
  term.bias = *read_formula(bias).value;
  return term;
}

std::string bracketed(const Exact& number) {
  std::string text("(");
  text += number.get_str();
  return text += ")";
}

std::vector<Term> gamma_terms(const Exact& gamma) {
  const std::string g = bracketed(gamma);
  Term up = make_term("pos(a)*(w + " + g + "*pos(w)) + neg(a)*(w + " + g + "*neg(w))", "b + " + g + "*pos(b)");
  Term down = make_term("pos(a)*(w + " + g + "*neg(w)) + neg(a)*(w + " + g + "*pos(w))", "b + " + g + "*neg(b)");
  up.gate = "z > 0";
  down.gate = "z < 0";
  return {up, down};
}

struct Row {
  const char* name;
  const char* numerator;
  const char* bias;
  const char* direction;
};
constexpr Row kRows[] = {
    {"lrp-0", "a*w", "b", nullptr},
    {"epsilon", "a*w", "b", nullptr},
    {"z-plus", "pos(a)*pos(w) + neg(a)*neg(w)", "pos(b)", nullptr},
    {"w-square", "w^2", "0", nullptr},
    {"flat", "1", "0", nullptr},
    {"box", "a*w - low*pos(w) - high*neg(w)", "0", nullptr},
    {"dtd-x", "a*w", "0", "a"},
    {"dtd-z-plus", "a*pos(w)", "0", "a*(w >= 0)"},
    {"dtd-w2", "w^2", "0", "w"},
    {"dtd-zb", "a*w - low*pos(w) - high*neg(w)", "0", "a - low*(w >= 0) - high*(w < 0)"},
    {"dtd-zero", "a*w", "b", "0"},
};
constexpr const char* kNamed[] = {"pass",      "gradient", "ratio",       "winner", "proportional", "guided-backprop",
                                  "deconvnet", "rectgrad", "beta-smooth", "zero"};

}  // namespace

std::optional<Rule> builtin_rule(const std::string& name, const std::map<std::string, Exact>& parameters) {
  const auto parameter = [&](const char* key, const Exact& otherwise) {
    const auto found = parameters.find(key);
    return found == parameters.end() ? otherwise : found->second;
  };
  Rule rule;
  rule.name = name;
  for (const char* named : kNamed)
    if (name == named) {
      rule.named = name;
      if (name == "ratio") rule.parameter = parameter("epsilon", 0);
      return rule;
    }
  for (const Row& row : kRows)
    if (name == row.name) {
      rule.terms = {make_term(row.numerator, row.bias)};
      if (row.direction) rule.direction = *read_formula(row.direction).value;
    }
  if (name == "epsilon") rule.terms[0].stabilizer = {"signed", parameter("epsilon", Exact(1, 1000000)), 1, false};
  if (name == "gamma") rule.terms = gamma_terms(parameter("gamma", Exact(1, 4)));
  if (name == "alpha-beta") {
    rule.terms = {make_term("pos(a)*pos(w) + neg(a)*neg(w)", "pos(b)"),
                  make_term("pos(a)*neg(w) + neg(a)*pos(w)", "neg(b)")};
    rule.terms[0].share = parameter("alpha", 2);
    rule.terms[1].share = -parameter("beta", 1);
  }
  if (name == "dtd-gamma") {
    const std::string g = bracketed(parameter("gamma", 1));
    rule.terms = {make_term("a*(w + " + g + "*pos(w))", "0")};
    rule.direction = *read_formula("a*(1 + " + g + "*(w >= 0))").value;
  }
  if (rule.terms.empty()) return std::nullopt;
  return rule;
}

}  // namespace lrproof::oracle
