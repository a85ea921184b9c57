// The public API (include/lrproof): the same loads and the same audit as the command line's, over values of the caller.
// What is the caller's fault is an Error; nothing throws. A bug of ours ends the process with exit code 70, as there.
#include <cmath>
#include <exception>
#include <new>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "claim/check.hpp"
#include "job/audit.hpp"
#include "job/public_report.hpp"
#include "job/version.hpp"
#include "lrproof/audit.hpp"
#include "text/npy.hpp"

namespace lrproof {

/// The file as it is and what it says, before anything is cut or rewritten: that depends on the audit.
struct Network::Body {
  std::string path, bytes;
  onnx::Model model;
};

/// A rule set as job's audit takes it.
struct RuleSet::Body {
  job::LoadedRules loaded;
};

namespace {

// What `work` returns, as the caller's type; an Error for a Diagnostic and for memory that is not there.
template <class T, class Work>
Expected<T> told(const Work& work) {
  try {
    auto result = work();
    if (!result) return job::public_error(result.error());
    return T(std::move(result).value());
  } catch (const std::bad_alloc&) {
    return job::public_error({"memory", "lrproof", "ran out of memory", "fewer inputs at a time, or a smaller model"});
  } catch (const std::exception& error) {
    LRPROOF_INVARIANT(false, std::string("an exception nobody expected: ") + error.what());
  }
}

base::Result<std::shared_ptr<const Network::Body>> network_of(std::string bytes, const std::string& path) {
  LRPROOF_TRY(model, onnx::import_model(bytes, path));
  return std::make_shared<const Network::Body>(Network::Body{path, std::move(bytes), std::move(model)});
}

base::Result<Inputs> inputs_of(job::LoadedInputs loaded) {
  return Inputs{loaded.path, loaded.sha256, loaded.count, loaded.size, std::move(loaded.values)};
}

// Values made in memory are named by the digest of the .npy file (float64, [count, size]) that would hold them.
base::Result<job::LoadedInputs> loaded_inputs(const Inputs& inputs) {
  const std::string place = inputs.path.empty() ? "inputs" : inputs.path;
  if (inputs.count <= 0 || inputs.size <= 0 ||
      inputs.values.size() / std::size_t(inputs.count) != std::size_t(inputs.size) ||
      inputs.values.size() % std::size_t(inputs.count) != 0)
    return base::Diagnostic{"inputs.shape", place,
                            "holds " + std::to_string(inputs.values.size()) + " values for " +
                                std::to_string(inputs.count) + " points of " + std::to_string(inputs.size) + " numbers",
                            "count * size values, at least one"};
  for (std::size_t k = 0; k < inputs.values.size(); ++k)
    if (!std::isfinite(inputs.values[k]))
      return base::Diagnostic{"inputs.non-finite", place + ": element " + std::to_string(k), "is no finite number", ""};
  job::LoadedInputs loaded{inputs.path, inputs.sha256, inputs.count, inputs.size, inputs.values};
  if (loaded.sha256.empty())
    loaded.sha256 = base::sha256(text::write_npy(text::Width::float64, {inputs.count, inputs.size}, inputs.values));
  return loaded;
}

base::Result<job::AuditRequest> request_of(const AuditOptions& options) {
  auto bad = [](const std::string& name, std::int64_t value, const std::string& hint) {
    return base::Diagnostic{"usage.option", name, std::to_string(value) + " is out of range", hint};
  };
  if (options.limit < 0) return bad("limit", options.limit, "0 for all inputs, or how many");
  if (options.witnesses < 1) return bad("witnesses", options.witnesses, "1 or more");
  if (options.jobs < 0) return bad("jobs", options.jobs, "0 for one per core, or how many threads");
  if (options.root_samples < 0) return bad("root_samples", options.root_samples, "0 for all, or how many");
  job::AuditRequest request;
  request.target = options.target, request.tau = options.tau;
  if (options.domain) request.domain = options.domain->first + "," + options.domain->second;
  request.checks = options.checks, request.limit = options.limit, request.witnesses = options.witnesses;
  request.root_samples = options.root_samples, request.jobs = options.jobs, request.seed = options.seed;
  return request;
}

base::Result<Report> audited(const Network::Body& network, const std::vector<job::LoadedRules>& rules,
                             const Inputs& inputs, const AuditOptions& options) {
  if (rules.empty()) return base::Diagnostic{"usage.rules", "rule_sets", "no rule set to audit", "at least one"};
  LRPROOF_TRY(request, request_of(options));
  LRPROOF_TRY(points, loaded_inputs(inputs));
  LRPROOF_TRY(passes, job::passes(options.canonize, !options.canonize.empty(), rules));
  LRPROOF_TRY(model, job::load_model_bytes(network.bytes, network.path, passes));
  LRPROOF_TRY(result, job::audit_loaded(request, model, rules, points));
  LRPROOF_INVARIANT(result.bug.empty(), "the checker rejects a finding: " + result.bug);
  return job::public_report(result.report);
}

}  // namespace

std::string version() { return job::version_text(); }

std::string Network::path() const { return body_->path; }
std::string Network::sha256() const { return body_->model.sha256; }
std::vector<std::int64_t> Network::input_shape() const { return body_->model.network.input_shape(); }
std::int64_t Network::output_size() const { return body_->model.network.output_size(); }

std::vector<Network::Node> Network::nodes() const {
  const auto& network = body_->model.network;
  std::vector<Node> out;
  for (const auto& node : network.nodes()) {
    out.push_back({node.name, node.type, {}, node.shape});
    for (const auto id : node.inputs) out.back().inputs.push_back(network.node(id).name);
  }
  return out;
}

Expected<Network> parse_network(std::string_view bytes, const std::string& name) {
  return told<Network>([&] { return network_of(std::string(bytes), name); });
}

Expected<Network> load_network(const std::string& path) {
  return told<Network>([&]() -> base::Result<std::shared_ptr<const Network::Body>> {
    LRPROOF_TRY(bytes, base::read_file(path));
    return network_of(std::move(bytes), path);
  });
}

std::string RuleSet::name() const { return body_->loaded.rules.name; }
std::string RuleSet::dialect() const { return body_->loaded.rules.dialect; }
std::string RuleSet::text() const { return body_->loaded.text; }

Expected<RuleSet> parse_rule_set(std::string_view toml, const std::string& name) {
  return told<RuleSet>([&]() -> base::Result<std::shared_ptr<const RuleSet::Body>> {
    LRPROOF_TRY(rules, rule::parse_ruleset(toml, name));
    const std::string text = rule::print_ruleset(rules);
    return std::make_shared<const RuleSet::Body>(RuleSet::Body{{std::move(rules), name, text}});
  });
}

Expected<RuleSet> load_rule_set(const std::string& name_or_path) {
  return told<RuleSet>([&]() -> base::Result<std::shared_ptr<const RuleSet::Body>> {
    LRPROOF_TRY(loaded, job::load_rules(name_or_path));
    return std::make_shared<const RuleSet::Body>(RuleSet::Body{std::move(loaded)});
  });
}

std::vector<std::string> shipped_rule_sets() { return rule::shipped_rulesets(); }

std::vector<Check> checks() {
  std::vector<Check> out;
  for (const auto& check : claim::checks())
    if (!claim::is_lint(check))
      out.push_back({std::string(check.id), std::string(check.law), std::string(check.question)});
  return out;
}

Expected<Inputs> load_inputs(const std::string& path) {
  return told<Inputs>([&]() -> base::Result<Inputs> {
    LRPROOF_TRY(loaded, job::load_inputs(path));
    return inputs_of(std::move(loaded));
  });
}

Expected<Report> audit(const Network& network, const std::vector<RuleSet>& rule_sets, const Inputs& inputs,
                       const AuditOptions& options) {
  return told<Report>([&] {
    std::vector<job::LoadedRules> rules;
    for (const auto& set : rule_sets) rules.push_back(set.body().loaded);
    return audited(network.body(), rules, inputs, options);
  });
}

}  // namespace lrproof
