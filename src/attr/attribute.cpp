#include "attr/attribute.hpp"

#include "attr/start.hpp"

namespace lrproof::attr {
namespace {

base::Status check_request(const net::Network& network, const Request& request) {
  LRPROOF_INVARIANT(std::int64_t(request.inputs.size()) == request.batch * network.input_size(),
                    "inputs of another size than the network's");
  LRPROOF_INVARIANT(request.chunk > 0, "an empty chunk");
  LRPROOF_INVARIANT(request.targets.empty() || std::int64_t(request.targets.size()) == request.batch,
                    "one target per input");
  for (std::size_t k = 0; k < request.targets.size(); ++k)
    if (request.targets[k] < 0 || request.targets[k] >= network.output_size())
      return base::Diagnostic{"attr.target", "input " + std::to_string(k),
                              "target " + std::to_string(request.targets[k]) + " does not exist",
                              "the output has " + std::to_string(network.output_size()) + " elements, counted from 0"};
  const net::NodeId opaque = network.first_opaque();
  if (opaque < 0) return base::fine();
  const net::Node& node = network.node(opaque);
  if (request.precision == Precision::exact || !std::get<net::Opaque>(node.op).evaluable)
    return base::Diagnostic{
        "attr.opaque", "node " + node.name,
        "not supported: evaluating " + node.type + (request.precision == Precision::exact ? " exactly" : ""),
        "cut the network before it"};
  return base::fine();
}

template <num::Scalar S>
base::Result<Attribution> run(const net::Network& network, const rule::Assignment& assignment, const Request& request) {
  LRPROOF_CHECK(supported<S>(network, assignment, request.options));
  const net::Evaluator<S> evaluator(network);
  const Engine<S> engine(evaluator, assignment, request.options);
  const std::int64_t size = network.input_size();
  Attribution out;
  for (std::int64_t first = 0; first < request.batch; first += request.chunk) {
    const std::int64_t count = std::min(request.chunk, request.batch - first);
    std::vector<S> inputs;
    for (std::int64_t k = first * size; k < (first + count) * size; ++k)
      inputs.push_back(num::from_double<S>(request.inputs[std::size_t(k)]));
    const net::Values<S> values = evaluator.run(inputs, count);
    std::vector<std::int64_t> targets;
    if (request.targets.empty())
      targets = best_targets<S>(network, values, false);
    else
      targets.assign(request.targets.begin() + first, request.targets.begin() + first + count);
    const auto start = start_relevance<S>(network, values, request.start, targets);
    Relevance<S> relevance = engine.run(values, start);
    std::vector<S>& map = relevance.of[0];
    map.resize(std::size_t(count * size));
    for (const S& r : map) out.relevance.push_back(num::to_double(r));
    if constexpr (num::kExact<S>) std::move(map.begin(), map.end(), std::back_inserter(out.exact));
    for (std::int64_t n = 0; n < count; ++n) {
      const std::int64_t c = targets[std::size_t(n)];
      out.outputs.push_back(num::to_double(values.at(network.output(), n, network.output_size())[std::size_t(c)]));
      out.targets.push_back(c);
    }
  }
  return out;
}

}  // namespace

base::Result<Attribution> attribute(const net::Network& network, const rule::Assignment& assignment,
                                    const Request& request) {
  LRPROOF_CHECK(check_request(network, request));
  switch (request.precision) {
    case Precision::single:
      return run<float>(network, assignment, request);
    case Precision::double_:
      return run<double>(network, assignment, request);
    case Precision::exact:
      break;
  }
  return run<num::Rational>(network, assignment, request);
}

}  // namespace lrproof::attr
