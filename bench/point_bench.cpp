// What exact verdicts at a point cost beside plain double: point_bench MODEL.onnx X.npy [LOW,HIGH|-] [RULE SET]...
// Processor seconds, median of several runs on one thread: one evaluation in each scalar; then for each rule set all
// hinge roots of root.inside at input 0, beside a double evaluation of the same roots through the rest of the network,
// and the checker's time on what was found, apart.
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "cert/check.hpp"
#include "job/load.hpp"
#include "prove/at_point.hpp"
#include "prove/audit_points.hpp"

namespace {

using namespace lrproof;

double processor() { return double(std::clock()) / CLOCKS_PER_SEC; }

// The median of so many runs as fit into about two seconds, at most 31.
template <class Work>
double seconds_of(Work work) {
  std::vector<double> seconds;
  const double begin = processor();
  do {
    const double before = processor();
    work();
    seconds.push_back(processor() - before);
  } while (seconds.size() < 31 && processor() - begin < 2);
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

// Too short to time once: so many at a time that it takes a fiftieth of a second.
template <class Work>
double seconds_of_short(Work work) {
  long times = 1;
  for (double once = seconds_of(work); once * double(times) < 0.02 && times < 4096;) times *= 2;
  return seconds_of([&] {
           for (long k = 0; k < times; ++k) work();
         }) /
         double(times);
}

template <num::Scalar S>
double evaluation(const char* scalar, const net::Network& network, const std::vector<num::Rational>& x, double beside) {
  const net::Evaluator<S> evaluator(network);
  std::vector<S> input;
  for (const auto& v : x) input.push_back(num::from_rational<S>(v));
  const double seconds = seconds_of_short([&] { evaluator.run(input, 1); });
  std::printf("%-40s %.6f s  %8.1f x double\n", scalar, seconds, beside > 0 ? seconds / beside : 1.0);
  return seconds;
}

/// The roots of one layer as plain doubles, and the rest of the network behind them.
struct PlainRoots {
  region::Suffix suffix;
  std::vector<double> values;
  std::int64_t count = 0;
};

std::vector<PlainRoots> plain_roots(prove::AtPoint& at, const std::vector<prop::Obligation>& asked) {
  std::vector<PlainRoots> all;
  const auto& subject = at.shared().subject;
  for (const auto& o : asked) {
    const auto& layer = subject.cases[std::size_t(o.rule_case)].layers[std::size_t(o.root_layer)];
    const root::LayerRoots roots(at.point(), layer, subject.settings.domain, [&](net::NodeId node, std::int64_t e) {
      return at.exact_relevance(std::size_t(o.rule_case), node, e);
    });
    const auto& relevance = at.maps(std::size_t(o.rule_case))[0].relevance.of[std::size_t(layer.node)];
    std::vector<root::Unit> units;
    for (const auto& verdict : prove::root_verdicts(at, o).of)
      units.push_back(roots.unit(verdict.unit, relevance[std::size_t(verdict.unit)]));
    PlainRoots plain{at.shared().suffixes[std::size_t(o.rule_case)][std::size_t(o.root_layer)], {}, 0};
    plain.count = std::int64_t(units.size());
    for (const auto& v : roots.candidates(units, o.kind).values) plain.values.push_back(num::to_double(v));
    all.push_back(std::move(plain));
  }
  return all;
}

// One at a time, or a layer's in one batch; layers whose tensor cuts the network only, as here everything moves.
void evaluate_plain(const net::Evaluator<double>& evaluator, const PlainRoots& roots, bool batched) {
  const net::Network& network = evaluator.network();
  const std::int64_t step = batched ? roots.count : 1, size = network.node(roots.suffix.at).size();
  std::vector<std::vector<double>> of(std::size_t(network.size()));
  for (std::int64_t c = 0; c < roots.count; c += step) {
    const auto first = roots.values.begin() + c * size;
    of[std::size_t(roots.suffix.at)].assign(first, first + step * size);
    for (const net::NodeId id : roots.suffix.nodes) {
      std::vector<std::span<const double>> operands;
      for (const net::NodeId in : network.node(id).inputs) operands.emplace_back(of[std::size_t(in)]);
      of[std::size_t(id)] = evaluator.node(id, operands, step);
    }
  }
}

void row(const char* what, double seconds, double beside) {
  std::printf("  %-38s %.6f s  %8.1f x double\n", what, seconds, seconds / beside);
}

void measure_roots(const prop::Subject& subject, const job::LoadedModel& model, const job::LoadedInputs& inputs,
                   const job::LoadedRules& rules, const prove::PointInput& input) {
  std::vector<prop::Obligation> asked;
  for (const auto& o : prop::obligations(subject))
    if (o.check == "root.inside" && o.kind == root::Kind::hinge && o.rejected.empty()) asked.push_back(o);
  const prove::Shared shared(subject);
  prove::AtPoint first(shared, input.x, input.target, input.index);
  const auto plain = plain_roots(first, asked);
  std::int64_t count = 0, decided = 0;
  for (const auto& roots : plain) {
    if (!roots.suffix.cuts) return void(std::printf("%s: a layer does not cut the network\n", rules.path.c_str()));
    count += roots.count;
  }
  for (const auto& o : asked)
    for (const auto& v : prove::root_verdicts(first, o).of) decided += v.verdict != claim::Verdict::unknown;
  if (count == 0) return void(std::printf("%s: no root is asked at this input\n", rules.path.c_str()));
  std::printf("\n%s: %lld roots, %lld decided\n", rules.path.c_str(), (long long)count, (long long)decided);
  const net::Evaluator<double> evaluator(*subject.network);
  const auto plain_seconds = [&](bool batched) {
    return seconds_of_short([&] {
      for (const auto& roots : plain) evaluate_plain(evaluator, roots, batched);
    });
  };
  const double one_by_one = plain_seconds(false), batched = plain_seconds(true);
  row("double, one root at a time", one_by_one, one_by_one);
  row("double, a layer's roots in one batch", batched, one_by_one);
  const double point = seconds_of([&] { prove::AtPoint(shared, input.x, input.target, input.index); });
  double roots = 0, maps = 0;
  const double whole = seconds_of([&] {
    prove::AtPoint at(shared, input.x, input.target, input.index);
    const double before = processor();
    at.maps(0);
    maps = processor() - before;
    for (const auto& o : asked) prove::root_verdicts(at, o);
    roots = processor() - before - maps;
  });
  row("the input decided exactly", point, one_by_one);
  row("its relevance map, enclosed (last run)", maps, one_by_one);
  row("roots placed and judged (last run)", roots, one_by_one);
  row("exact verdicts, all of this", whole, one_by_one);
  std::printf("  %-38s %.6f s  %8.1f x a batch in double\n", "", whole, whole / batched);
  cert::Material material;
  material.model = model.bytes, material.steps = model.info.steps, material.cut = model.info.cut;
  material.rules.emplace_back(rules.rules.name, rules.text);
  const auto& domain = subject.settings.domain;
  if (domain.low && domain.high) material.domain = domain.low->to_string() + "," + domain.high->to_string();
  material.input = [&](long) {
    return std::optional(std::vector(inputs.values.begin(), inputs.values.begin() + inputs.size));
  };
  const auto found = prove::audit_points(subject, {input}, 1, {});
  const double before = processor();
  const auto checker = cert::Checker::create(std::move(material));
  if (!checker) return void(std::printf("  no checker: %s\n", checker.error().text().c_str()));
  const double made = processor() - before;
  int accepted = 0, rejected = 0;
  for (const auto& c : checker->check(found.findings)) accepted += c.accepted, rejected += c.rejected;
  std::printf("  checker: %.3f s to read the model again, %.3f s for %d exemplars of both kinds, %d rejected\n", made,
              processor() - before - made, accepted, rejected);
}

int fail(const base::Diagnostic& d) { return std::fprintf(stderr, "%s\n", d.text().c_str()), 2; }

}  // namespace

int main(int count, char** given) {
  if (count < 3) return std::fprintf(stderr, "usage: point_bench MODEL.onnx X.npy [LOW,HIGH|-] [RULE SET]...\n"), 2;
  const auto model = job::load_model(given[1], {});
  if (!model) return fail(model.error());
  const auto inputs = job::load_inputs(given[2]);
  if (!inputs) return fail(inputs.error());
  const auto fits = job::check_inputs(*inputs, model->network);
  if (!fits) return fail(fits.error());
  const std::string words = count > 3 && std::string(given[3]) != "-" ? given[3] : "";
  const auto domain = job::parse_domain(words);
  if (!domain) return fail(domain.error());
  std::vector<std::string> names(given + std::min(count, 4), given + count);
  if (names.empty()) names = {"dtd-w2", "dtd-z-plus"};
  prove::PointInput input;
  for (std::int64_t k = 0; k < inputs->size; ++k) input.x.emplace_back(inputs->values[std::size_t(k)]);
  const auto target = job::targets_of(model->network, *inputs, {0}, "argmax");
  if (!target) return fail(target.error());
  input.target = target->front();
  const double beside = evaluation<double>("one evaluation, double", model->network, input.x, 0);
  evaluation<num::Interval>("one evaluation, interval", model->network, input.x, beside);
  evaluation<num::Rational>("one evaluation, exact", model->network, input.x, beside);
  for (const auto& name : names) {
    const auto rules = job::load_rules(name);
    if (!rules) return fail(rules.error());
    const auto assignment = job::assign(*rules, model->network);
    if (!assignment) return fail(assignment.error());
    prop::Subject subject;
    subject.network = &model->network;
    subject.settings.domain.low = domain->low, subject.settings.domain.high = domain->high;
    subject.settings.checks = {"root.inside"};
    subject.cases.push_back({rules->rules, *assignment, root::asked_layers(model->network, *assignment)});
    measure_roots(subject, *model, *inputs, *rules, input);
  }
}
