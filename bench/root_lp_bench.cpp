// What an exact verdict of a root's linear program costs beside the same program in doubles alone:
//   root_lp_bench MODEL.onnx INPUTS.npy LOW,HIGH [UNITS]
// At the first input off kinks: the exact rows of the cell are made (timed apart), and for units of the first layer
// with roots of dtd-w2, whose conditions are affine, two programs are solved: can all conditions of an inside root be
// above 0 at once, and can the last of them be below? Each by CLP with all its rows, loaded from doubles, and by
// max_slack, which proposes by CLP and answers exactly: a point that is checked, or multipliers that add up. Processor
// seconds.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "base/file.hpp"
#include "onnx/import.hpp"
#include "prove/float_lp.hpp"
#include "prove/in_scope.hpp"
#include "prove/root_conditions.hpp"
#include "rule/ruleset_file.hpp"
#include "text/npy.hpp"

namespace {

using namespace lrproof;
using num::Rational;

double processor_seconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

// Columns x - interior and the slack; rows scaled to largest slope 1.
prove::FloatProgram program_of(const prove::Polytope& polytope, const std::vector<prove::AskedForm>& asked) {
  const std::size_t n = polytope.bounds.size();
  prove::FloatProgram p;
  p.columns = n + 1;
  std::vector<double> centre;
  for (std::size_t k = 0; k < n; ++k) {
    const auto& bound = polytope.bounds[k];
    centre.push_back(polytope.interior[k].to_double());
    p.low.push_back(bound.low ? bound.low->to_double() - centre[k] : -HUGE_VAL);
    p.high.push_back(bound.high ? bound.high->to_double() - centre[k] : HUGE_VAL);
  }
  p.low.push_back(-HUGE_VAL), p.high.push_back(1);
  p.cost.assign(n + 1, 0), p.cost[n] = -1;
  const auto add = [&](const std::vector<double>& form, double slack) {
    double here = form[n], scale = 0;
    for (std::size_t k = 0; k < n; ++k) here += form[k] * centre[k], scale = std::max(scale, std::abs(form[k]));
    if (scale == 0) scale = 1;
    for (std::size_t k = 0; k < n; ++k) p.rows.push_back(form[k] / scale);
    p.rows.push_back(slack), p.row_low.push_back(-here / scale), p.row_high.push_back(HUGE_VAL);
  };
  for (const auto& form : asked) add(form.approx(n), -1);
  for (const auto& row : polytope.rows) add(row.approx, 0);
  return p;
}

struct Sums {
  int programs = 0;
  double clp = 0, exact = 0;
};

void solve(const prove::Polytope& polytope, const std::vector<prove::AskedForm>& asked, Sums (&sums)[3]) {
  const prove::FloatProgram program = program_of(polytope, asked);
  const double start = processor_seconds();
  const auto optimum = prove::minimise(program, 20'000);
  const double middle = processor_seconds();
  const prove::Slack slack = prove::max_slack(polytope, asked);
  const double end = processor_seconds();
  const bool undecided = slack.answer == prove::Slack::Answer::unknown;
  Sums& sum = sums[undecided ? 2 : slack.answer == prove::Slack::Answer::positive ? 0 : 1];
  ++sum.programs, sum.clp += middle - start, sum.exact += end - middle;
  if (!optimum.found) std::printf("CLP found no optimum of a program that was timed\n");
}

void measure(prove::Region& region, std::int64_t units) {
  Sums sums[3];
  prove::RootPlace place;
  const auto& layer = region.at->shared().subject.cases[0].layers[0];
  const std::int64_t all = region.at->point().network().node(layer.node).size();
  for (std::int64_t k = 0; k < units && k < all; ++k) {
    place.unit = k * all / std::min(units, all);
    const Rational z = region.at->point().exact(layer.node, place.unit);
    if (z.is_zero()) continue;
    place.sign = z.sign();
    const prove::RootForms forms = prove::root_forms(region, place);
    const auto rounded_z = std::make_shared<prove::RoundedForm>(forms.z),
               rounded_drop = std::make_shared<prove::RoundedForm>(forms.drop);
    std::vector<prove::RootCondition> conditions;
    for (const auto& c : forms.conditions) {
      auto made = prove::made_affine(c, place.sign, rounded_z, rounded_drop, false);
      if (made.affine && !prove::equal(*made.row, *rounded_z)) conditions.push_back(std::move(made));
    }
    if (conditions.empty()) continue;
    std::vector<prove::AskedForm> inside, outside(1);
    for (const auto& c : conditions) inside.emplace_back(*c.affine);
    outside[0].add(*conditions.back().affine, Rational(-1));
    solve(region.polytope, inside, sums), solve(region.polytope, outside, sums);
  }
  const char* const names[] = {"feasible", "infeasible", "decided neither way"};
  for (int k = 0; k < 3; ++k)
    if (sums[k].programs)
      std::printf("%-20s %5d programs  CLP alone %8.3f s  exact verdict %8.3f s  ratio %.2f\n", names[k],
                  sums[k].programs, sums[k].clp, sums[k].exact, sums[k].exact / sums[k].clp);
}

int fail(const std::string& why) { return std::fprintf(stderr, "%s\n", why.c_str()), 2; }

}  // namespace

int main(int count, char** given) {
  if (count < 4) return fail("usage: root_lp_bench MODEL.onnx INPUTS.npy LOW,HIGH [UNITS]");
  const auto model = onnx::import_file(given[1]);
  if (!model) return fail(model.error().text());
  const auto bytes = base::read_file(given[2]);
  if (!bytes) return fail(bytes.error().text());
  const auto inputs = text::read_array(*bytes, given[2]);
  if (!inputs) return fail(inputs.error().text());
  const std::string domain = given[3];
  const auto comma = domain.find(',');
  const auto low = Rational::parse(domain.substr(0, comma)), high = Rational::parse(domain.substr(comma + 1));
  if (comma == std::string::npos || !low || !high) return fail("the domain is LOW,HIGH");
  const net::Network network = net::cut_head(model->network).network;
  prop::Subject subject;
  subject.network = &network, subject.settings.scope = prop::ScopeKind::cell, subject.settings.domain = {*low, *high};
  subject.settings.exact_budget = 1'000'000'000;
  const auto rules = rule::load_ruleset("dtd-w2");
  if (!rules) return fail(rules.error().text());
  const auto assignment = rule::assign(*rules, network);
  if (!assignment) return fail(assignment.error().text());
  subject.cases.push_back({*rules, *assignment, root::asked_layers(network, *assignment)});
  const prove::Shared shared(subject);
  const auto size = std::size_t(network.input_size());
  for (std::size_t from = 0; from + size <= inputs->values.size(); from += size) {
    std::vector<Rational> x;
    for (std::size_t k = 0; k < size; ++k) x.emplace_back(inputs->values[from + k]);
    prove::AtPoint centre(shared, std::move(x), 0);
    prove::InScope scope(centre);
    if (!scope.impossible().empty()) continue;
    const double before = processor_seconds();
    auto& regions = scope.regions();
    std::printf("%zu rows in %zu inputs made exactly in %.3f s\n", regions[0].polytope.rows.size(), size,
                processor_seconds() - before);
    measure(regions[0], count > 4 ? std::max(1L, std::atol(given[4])) : 20);
    return 0;
  }
  return fail("every input lies on a kink or outside the domain");
}
