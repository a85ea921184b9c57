// How many forward passes a relevance map costs: attribute_bench MODEL.onnx [BATCH] [RULE SET]...
// Prints seconds per input, median of seven runs, and the ratio to the forward pass of the same scalar.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "attr/relevance.hpp"
#include "attr/start.hpp"
#include "onnx/import.hpp"
#include "rule/ruleset_file.hpp"

namespace {

using namespace lrproof;

template <class Work>
double median_seconds(Work work) {
  std::vector<double> seconds;
  for (int k = 0; k < 7; ++k) {
    const auto before = std::chrono::steady_clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[3];
}

template <num::Scalar S>
void measure(const char* scalar, const net::Network& network, std::int64_t batch,
             const std::vector<std::string>& names) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<S> x;
  for (std::int64_t k = 0; k < batch * network.input_size(); ++k) x.push_back(num::from_double<S>(uniform(random)));
  const net::Evaluator<S> evaluator(network);
  const double forward = median_seconds([&] { evaluator.run(x, batch); });
  std::printf("%-8s forward                        %.6f s an input\n", scalar, forward / double(batch));
  const auto values = evaluator.run(x, batch);
  const auto start =
      attr::start_relevance<S>(network, values, rule::Start::value, std::vector<std::int64_t>(std::size_t(batch), 0));
  for (const std::string& name : names) {
    const auto rules = rule::load_ruleset(name);
    if (!rules) {
      std::printf("%s\n", rules.error().text().c_str());
      continue;
    }
    const auto assignment = rule::assign(*rules, network);
    const attr::Options bounds{{num::Rational(-1)}, {num::Rational(1)}};
    const auto fine = assignment ? attr::supported<S>(network, *assignment, bounds) : base::Status(assignment.error());
    if (!fine) {
      std::printf("%s\n", fine.error().text().c_str());
      continue;
    }
    const attr::Engine<S> engine(evaluator, *assignment, bounds);
    engine.run(values, start);
    const double seconds = median_seconds([&] { engine.run(values, start); });
    std::printf("%-8s %-30s %.6f s an input, %.2f forward passes\n", scalar, name.c_str(), seconds / double(batch),
                seconds / forward);
  }
}

}  // namespace

int main(int count, char** given) {
  if (count < 2) return std::fprintf(stderr, "usage: attribute_bench MODEL.onnx [BATCH] [RULE SET]...\n"), 2;
  const auto model = onnx::import_file(given[1]);
  if (!model) return std::fprintf(stderr, "%s\n", model.error().text().c_str()), 2;
  const std::int64_t batch = count > 2 ? std::max(1L, std::atol(given[2])) : 8;
  std::vector<std::string> names(given + std::min(count, 3), given + count);
  if (names.empty()) names = {"lrp-0", "zennit-epsilon-plus", "zennit-epsilon-alpha2-beta1-flat", "lrp-gamma"};
  const net::Network network = net::cut_head(model->network).network;
  measure<float>("float", network, batch, names);
  measure<double>("double", network, batch, names);
  measure<num::Interval>("interval", network, 1, names);
}
