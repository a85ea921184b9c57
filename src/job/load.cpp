#include "job/load.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/words.hpp"
#include "canon/rewrite.hpp"
#include "cert/steps.hpp"
#include "net/evaluate.hpp"
#include "net/text.hpp"
#include "prove/canonization.hpp"
#include "region/exact_cone.hpp"
#include "text/npy.hpp"

namespace lrproof::job {

using base::Diagnostic;
using num::Rational;

namespace {

// Every step replayed by the oracle, from the file on: what it makes of them is the network that is used.
void check(LoadedModel& model, const net::Network& rewritten) {
  const auto checked = cert::check_steps(model.bytes, model.info.cut, model.info.steps, model.network, rewritten);
  LRPROOF_INVARIANT(checked.verdict != cert::Verdict::rejected,
                    "the checker makes another network of the rewrites: " + checked.why);
  if (checked.verdict == cert::Verdict::accepted)
    for (auto& step : model.info.steps) step.trust = claim::Trust::checked;
  else
    model.info.notes.push_back("the rewrites are proved, but not checked by the second opinion: " + checked.why);
}

// Rewrites with every claim proved and checked before the result is used (CAN-1).
base::Status canonize(LoadedModel& model, const std::vector<std::string>& passes) {
  if (passes.empty()) return base::fine();
  std::vector<canon::Refused> refused;
  LRPROOF_TRY(rewritten, canon::canonize(model.network, passes));
  for (bool again = true; again;) {
    again = false;
    model.info.steps = prove::prove_steps(model.network, rewritten.stages, rewritten.steps);
    for (const auto& step : model.info.steps) {
      LRPROOF_INVARIANT(step.verdict != claim::Verdict::refuted,
                        "rewrite " + step.rewrite + " at " + step.nodes.front() + " does not preserve the function");
      if (step.verdict == claim::Verdict::proved) continue;
      model.info.notes.push_back(step.rewrite + " is not applied at " + step.nodes.front() + ": " + step.note);
      refused.push_back({step.rewrite, step.nodes}), again = true;
    }
    if (!again) break;
    LRPROOF_TRY(without, canon::canonize(model.network, passes, refused));
    rewritten = std::move(without);
  }
  model.info.canonized = true;
  if (!model.info.steps.empty()) check(model, rewritten.network);
  for (const auto& miss : rewritten.near_misses)
    model.info.notes.push_back(miss.rewrite + " does not apply at " + miss.node + ": " + miss.reason);
  if (!model.info.steps.empty())
    model.other = std::make_shared<const OtherNetwork>(
        OtherNetwork{"the network before its rewrites", model.network, "", {}, true});
  model.network = std::move(rewritten.network);
  model.info.canonized_digest = net::digest_of(model.network);
  return base::fine();
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    const int more = lead < 0x80                   ? 0
                     : lead >= 0xC2 && lead < 0xE0 ? 1
                     : lead >= 0xE0 && lead < 0xF0 ? 2
                     : lead >= 0xF0 && lead < 0xF5 ? 3
                                                   : -1;
    if (more < 0) return false;
    std::uint32_t point = lead & (0x7F >> (more ? more + 1 : 0));
    for (int k = 0; k < more; ++k, ++at) {
      if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) return false;
      point = point << 6 | (static_cast<unsigned char>(text[at]) & 0x3F);
    }
    if ((more == 2 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) ||
        (more == 3 && (point < 0x10000 || point > 0x10FFFF)))
      return false;
  }
  return true;
}

// A report names nodes; a name that JSON cannot hold could not be found again.
base::Status check_names(const net::Network& network, const std::string& path) {
  for (net::NodeId id = 0; id < network.size(); ++id)
    if (!is_utf8(network.node(id).name))
      return Diagnostic{"onnx.name", path + ": node " + std::to_string(id) + " (" + network.node(id).type + ")",
                        "its name is no UTF-8 text", "is the file damaged?"};
  return base::fine();
}

}  // namespace

base::Result<LoadedModel> load_model_bytes(std::string bytes, const std::string& path,
                                           const std::vector<std::string>& passes) {
  LRPROOF_TRY(imported, onnx::import_model(bytes, path));
  return load_imported(std::move(bytes), std::move(imported), path, passes, true);
}

base::Result<LoadedModel> load_imported(std::string bytes, onnx::Model imported, const std::string& path,
                                        const std::vector<std::string>& passes, bool cut_head) {
  LRPROOF_CHECK(check_names(imported.network, path));
  net::Cut cut = cut_head ? net::cut_head(imported.network) : net::Cut{imported.network, {}};
  LoadedModel model{std::move(bytes), std::move(cut.network), {}};
  model.info.path = path, model.info.sha256 = imported.sha256;
  model.info.cut = cut.removed, model.info.notes = imported.notes;
  model.info.inputs = {model.network.input_shape()};
  model.info.outputs = {model.network.node(model.network.output()).shape};
  for (const auto& name : model.info.cut) model.info.notes.push_back("cut off: " + name + "; logits are explained");
  for (const auto& node : model.network.nodes())
    if (std::holds_alternative<net::BatchNorm>(node.op)) {
      model.info.notes.push_back(
          "batch normalisation: the scale gamma / sqrt(variance + epsilon) is taken as the nearest double (NET-3)");
      break;
    }
  if (const auto opaque = model.network.first_opaque(); opaque >= 0) {
    const auto& node = model.network.node(opaque);
    model.info.notes.push_back("not piecewise linear: " + node.type + " at " + node.name);
  }
  LRPROOF_CHECK(canonize(model, passes));
  model.info.nodes = model.network.size();
  return model;
}

base::Result<LoadedModel> load_model(const std::string& path, const std::vector<std::string>& passes) {
  LRPROOF_TRY(bytes, base::read_file(path));
  return load_model_bytes(std::move(bytes), path, passes);
}

base::Result<LoadedInputs> load_inputs(const std::string& path) {
  LRPROOF_TRY(bytes, base::read_file(path));
  LRPROOF_TRY(array, text::read_array(bytes, path));
  if (array.shape.empty() || array.shape[0] <= 0)
    return Diagnostic{"inputs.shape", path, "holds no inputs", "an array [batch, ...], batch first"};
  LoadedInputs inputs;
  inputs.path = path, inputs.sha256 = base::sha256(bytes);
  inputs.count = array.shape[0];
  inputs.size = std::int64_t(array.values.size()) / inputs.count;
  inputs.values = std::move(array.values);
  return inputs;
}

base::Status check_inputs(const LoadedInputs& inputs, const net::Network& network) {
  if (inputs.size == network.input_size()) return base::fine();
  return Diagnostic{"inputs.shape", inputs.path,
                    "holds " + std::to_string(inputs.count) + " samples of " + std::to_string(inputs.size) +
                        " numbers, but the network's input " + net::to_string(network.input_shape()) + " has " +
                        std::to_string(network.input_size()),
                    "an array [batch, ...] of the network's input shape"};
}

base::Result<LoadedRules> load_rules(const std::string& name_or_path) {
  LRPROOF_TRY(rules, rule::load_ruleset(name_or_path));
  LoadedRules loaded{std::move(rules), name_or_path, ""};
  loaded.text = rule::print_ruleset(loaded.rules);
  return loaded;
}

base::Status check_distinct(const std::vector<LoadedRules>& rules) {
  for (std::size_t later = 0; later < rules.size(); ++later)
    for (std::size_t first = 0; first < later; ++first)
      if (rules[first].rules.name == rules[later].rules.name)
        return Diagnostic{"usage.rules", rules[later].path, "a rule set of this name is already in the audit", ""};
  return base::fine();
}

claim::RuleSetInfo info_of(const LoadedRules& loaded, const rule::Assignment& assignment, const net::Network& network) {
  claim::RuleSetInfo info;
  info.name = loaded.rules.name, info.path = loaded.path, info.dialect = loaded.rules.dialect;
  info.text = loaded.text, info.sha256 = base::sha256(loaded.text);
  for (net::NodeId id = 0; id < network.size(); ++id)
    if (const auto& rule = assignment.of[std::size_t(id)])
      info.assignment.push_back({network.node(id).name, net::op_word(network.node(id).op), rule->name});
  return info;
}

Diagnostic in_file(const LoadedRules& loaded, Diagnostic error) {
  if (loaded.path != loaded.rules.name && error.place.rfind(loaded.rules.name, 0) == 0)
    error.place.replace(0, loaded.rules.name.size(), loaded.path);
  return error;
}

base::Result<rule::Assignment> assign(const LoadedRules& loaded, const net::Network& network) {
  auto assignment = rule::assign(loaded.rules, network);
  if (!assignment) return in_file(loaded, assignment.error());
  return assignment;
}

namespace {

base::Status check_passes(const std::vector<std::string>& passes, const std::string& place) {
  std::vector<std::string> known;
  for (const auto& row : canon::rewrites()) known.push_back(row.name);
  for (const auto& pass : passes) {
    if (pass == "none") return Diagnostic{"canon.unknown-pass", place, "'none' stands alone", ""};
    if (std::find(known.begin(), known.end(), pass) == known.end())
      return Diagnostic{"canon.unknown-pass", place, "no canonization pass '" + pass + "'",
                        base::did_you_mean(pass, known)};
  }
  return base::fine();
}

}  // namespace

base::Result<std::vector<std::string>> passes(const std::vector<std::string>& asked, bool given,
                                              const std::vector<LoadedRules>& rules) {
  if (given && asked.size() == 1 && asked[0] == "none") return std::vector<std::string>{};
  LRPROOF_CHECK(check_passes(asked, "--canonize"));
  if (given) return asked;
  for (const auto& r : rules) LRPROOF_CHECK(check_passes(r.rules.canonize, r.path));
  for (const auto& r : rules)
    if (r.rules.canonize != rules[0].rules.canonize)
      return Diagnostic{"audit.canonize", r.path,
                        "asks for other rewrites than " + rules[0].path + ", but an audit has one network",
                        "say --canonize PASS,... or --canonize none"};
  return rules.empty() ? std::vector<std::string>{} : rules[0].rules.canonize;
}

base::Result<DomainWords> parse_domain(const std::string& text) {
  if (text.empty()) return DomainWords{};
  const auto comma = text.find(',');
  const auto low = Rational::parse(std::string_view(text).substr(0, comma));
  const auto high =
      comma == std::string::npos ? std::nullopt : Rational::parse(std::string_view(text).substr(comma + 1));
  if (!low || !high || *high < *low)
    return Diagnostic{"usage.domain", "--domain " + text, "is not LOW,HIGH with LOW <= HIGH",
                      "two numbers such as 0,1 or -1/2,0.5"};
  return DomainWords{low, high};
}

namespace {

std::vector<Rational> exact_row(const LoadedInputs& inputs, long index) {
  std::vector<Rational> x;
  for (std::int64_t k = 0; k < inputs.size; ++k) x.emplace_back(inputs.values[std::size_t(index * inputs.size + k)]);
  return x;
}

// The largest (smallest) output, ties to the smallest index; enclosures first, exact values where they meet.
std::int64_t extreme(const region::Ready& ready, const std::vector<Rational>& x, bool smallest) {
  const net::Network& network = ready.network();
  const std::vector<num::Interval> box(x.begin(), x.end());
  const auto values = ready.run(box, 1);
  const auto& out = values.of[std::size_t(network.output())];
  auto key = [&](std::size_t k) { return smallest ? -out[k] : out[k]; };
  double floor = -HUGE_VAL;
  for (std::size_t k = 0; k < out.size(); ++k) floor = std::max(floor, key(k).lo);
  std::vector<std::int64_t> best;
  for (std::size_t k = 0; k < out.size(); ++k)
    if (key(k).hi >= floor) best.push_back(std::int64_t(k));
  if (best.size() == 1) return best[0];
  region::ExactCone cone(ready, [&](std::int64_t k) { return x[std::size_t(k)]; });
  std::int64_t winner = best[0];
  for (const auto k : best) {
    const int order = Rational::compare(cone.value(network.output(), k), cone.value(network.output(), winner));
    if (smallest ? order < 0 : order > 0) winner = k;
  }
  return winner;
}

base::Result<std::vector<std::int64_t>> targets_from_file(const LoadedInputs& inputs, const std::vector<long>& indices,
                                                          const std::string& path, std::int64_t outputs) {
  LRPROOF_TRY(bytes, base::read_file(path));
  LRPROOF_TRY(array, text::read_array(bytes, path, text::NonFinite::rejected, text::Elements::numbers));
  if (std::int64_t(array.values.size()) != inputs.count)
    return Diagnostic{
        "target.shape", path,
        "holds " + std::to_string(array.values.size()) + " targets for " + std::to_string(inputs.count) + " inputs",
        "one number per input"};
  std::vector<std::int64_t> targets;
  for (const long i : indices) {
    const double v = array.values[std::size_t(i)];
    if (v != std::floor(v) || v < 0 || v >= double(outputs))
      return Diagnostic{"target.range", path + ": element " + std::to_string(i), "is no output of the network",
                        "0 to " + std::to_string(outputs - 1)};
    targets.push_back(std::int64_t(v));
  }
  return targets;
}

}  // namespace

base::Result<std::vector<std::int64_t>> targets_of(const net::Network& network, const LoadedInputs& inputs,
                                                   const std::vector<long>& indices, const std::string& target) {
  std::vector<std::int64_t> targets;
  if (target == "argmax" || target == "argmin") {
    const region::Ready ready(network);
    for (const long i : indices) targets.push_back(extreme(ready, exact_row(inputs, i), target == "argmin"));
    return targets;
  }
  std::int64_t index = -1;
  const auto parsed = std::from_chars(target.data(), target.data() + target.size(), index);
  if (parsed.ec == std::errc() && parsed.ptr == target.data() + target.size()) {
    if (index < 0 || index >= network.output_size())
      return Diagnostic{"target.range", "--target " + target,
                        "the network has " + std::to_string(network.output_size()) + " outputs",
                        "0 to " + std::to_string(network.output_size() - 1)};
    return std::vector<std::int64_t>(indices.size(), index);
  }
  if (target.size() > 4 && target.substr(target.size() - 4) == ".npy")
    return targets_from_file(inputs, indices, target, network.output_size());
  return Diagnostic{"usage.target", "--target " + target, "is no target", "argmax, argmin, all, a number, or FILE.npy"};
}

}  // namespace lrproof::job
