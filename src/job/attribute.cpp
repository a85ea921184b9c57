#include "job/attribute.hpp"

#include <filesystem>
#include <numeric>

#include "base/file.hpp"
#include "text/npy.hpp"

namespace lrproof::job {

using base::Diagnostic;

namespace {

base::Result<attr::Precision> precision_of(const AttributeRequest& request) {
  if (request.exact) return attr::Precision::exact;
  if (request.precision == "single") return attr::Precision::single;
  if (request.precision == "double") return attr::Precision::double_;
  return Diagnostic{"usage.precision", "--precision " + request.precision, "is no precision", "single or double"};
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// {"targets": [..], "relevance": [["p/q", ..], ..]}
std::string exact_json(const attr::Attribution& map, std::int64_t size) {
  std::string out = "{\"targets\": [";
  for (std::size_t k = 0; k < map.targets.size(); ++k) out += (k ? ", " : "") + std::to_string(map.targets[k]);
  out += "],\n \"relevance\": [";
  for (std::size_t k = 0; k < map.exact.size(); ++k) {
    const bool row = k % std::size_t(size) == 0;
    out += row ? (k ? "],\n  [" : "\n  [") : ", ";
    out += "\"" + map.exact[k].to_string() + "\"";
  }
  return out + "]]}\n";
}

}  // namespace

base::Result<std::string> attribute(const AttributeRequest& request) {
  LRPROOF_TRY(precision, precision_of(request));
  const bool json = ends_with(request.output, ".json");
  if (!json && !ends_with(request.output, ".npy"))
    return Diagnostic{"usage.output", request.output, "is no format for maps", ".npy, or .json under --exact"};
  if (json && !request.exact)
    return Diagnostic{"usage.output", request.output, "holds exact fractions", "add --exact, or write a .npy file"};
  LRPROOF_CHECK(base::check_writable(request.output));
  std::error_code ignored;
  if (std::filesystem::equivalent(request.output, request.inputs, ignored))
    return Diagnostic{"usage.output", request.output, "is the file of the inputs", "write to another file"};
  LRPROOF_TRY(rules, load_rules(request.rules));
  LRPROOF_TRY(rewrites, passes(request.canonize, request.canonize_given, {rules}));
  LRPROOF_TRY(model, load_model(request.model, rewrites));
  LRPROOF_TRY(inputs, load_inputs(request.inputs));
  LRPROOF_CHECK(check_inputs(inputs, model.network));
  LRPROOF_TRY(domain, parse_domain(request.domain));
  LRPROOF_TRY(assignment, assign(rules, model.network));
  const std::int64_t count = request.limit > 0 ? std::min<std::int64_t>(request.limit, inputs.count) : inputs.count;
  attr::Request ask;
  ask.inputs = std::span<const double>(inputs.values).first(std::size_t(count * inputs.size));
  ask.batch = count, ask.start = rules.rules.start, ask.precision = precision;
  const auto low = domain.low ? domain.low : rules.rules.low, high = domain.high ? domain.high : rules.rules.high;
  if (low) ask.options.low = {*low};
  if (high) ask.options.high = {*high};
  if (request.target != "argmax") {
    if (const auto opaque = model.network.first_opaque(); opaque >= 0 && request.target == "argmin")
      return Diagnostic{"attribute.opaque", "node " + model.network.node(opaque).name,
                        "not supported: argmin on a network that is not piecewise linear", "name the output"};
    std::vector<long> indices(static_cast<std::size_t>(count));
    std::iota(indices.begin(), indices.end(), 0L);
    LRPROOF_TRY(targets, targets_of(model.network, inputs, indices, request.target));
    ask.targets = targets;
  }
  LRPROOF_TRY(map, attr::attribute(model.network, assignment, ask));
  std::vector<std::int64_t> shape{count};
  const auto& one = model.network.input_shape();
  shape.insert(shape.end(), one.begin() + (one.size() > 1 && one[0] == 1 ? 1 : 0), one.end());
  const auto width = precision == attr::Precision::single ? text::Width::float32 : text::Width::float64;
  LRPROOF_CHECK(base::write_file(request.output,
                                 json ? exact_json(map, inputs.size) : text::write_npy(width, shape, map.relevance)));
  return "wrote " + std::to_string(count) + " maps of " + rules.rules.name + " to " + request.output;
}

}  // namespace lrproof::job
