#include "job/forge.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/words.hpp"
#include "job/version.hpp"
#include "oracle/replay_forge.hpp"
#include "prove/guess_signs.hpp"
#include "prove/long_lines.hpp"

namespace lrproof::job {

using base::Diagnostic;
using nlohmann::ordered_json;
using num::Rational;

namespace {

constexpr std::size_t kFurtherCuts = 8;  // tried for kappa = 1 once there is a scaled map

std::vector<Rational> row_of(const LoadedInputs& from, long index) {
  std::vector<Rational> row;
  const std::int64_t at = from.count == 1 ? 0 : index;
  for (std::int64_t k = 0; k < from.size; ++k) row.emplace_back(from.values[std::size_t(at * from.size + k)]);
  return row;
}

base::Status check_map(LoadedInputs& map, const LoadedInputs& inputs, const net::Network& network) {
  if (std::int64_t(map.values.size()) == network.input_size()) map.count = 1, map.size = network.input_size();
  LRPROOF_CHECK(check_inputs(map, network));
  if (map.count == 1 || inputs.count == 1 || map.count == inputs.count) return base::fine();
  return Diagnostic{"forge.map", map.path,
                    "holds " + std::to_string(map.count) + " maps for " + std::to_string(inputs.count) + " inputs",
                    "one map per input, one map for all, or one input for all maps"};
}

// The cuts to try: the one asked for, or all.
base::Result<std::vector<net::NodeId>> cuts_of(const net::Network& network, const std::string& name) {
  const auto all = root::hidden_cuts(network);
  if (name.empty()) return all;
  std::vector<std::string> names, hidden;
  for (const auto& node : network.nodes()) names.push_back(node.name);
  for (const auto id : all) hidden.push_back(network.node(id).name);
  const auto id = network.find(name);
  if (id < 0)
    return Diagnostic{"forge.cut", "--cut " + name, "is no node of the network", base::did_you_mean(name, names)};
  if (std::find(all.begin(), all.end(), id) != all.end()) return std::vector{id};
  std::string known = hidden.empty() ? "no node does" : "these do: ";
  for (std::size_t k = 0; k < hidden.size(); ++k) known += (k ? ", " : "") + hidden[k];
  return Diagnostic{"forge.cut", "--cut " + name, "is no hidden tensor that cuts the input from the output", known};
}

// Of pairs of an input and a map.
base::Result<std::vector<long>> indices_of(const ForgeRequest& request, const LoadedInputs& inputs,
                                           const LoadedInputs& map) {
  std::vector<long> indices;
  const std::int64_t all = std::max(inputs.count, map.count);
  if (request.input >= all)
    return Diagnostic{"forge.input", "--input " + std::to_string(request.input),
                      "there are " + std::to_string(all) + " inputs", "0 to " + std::to_string(all - 1)};
  if (request.input >= 0) return std::vector{request.input};
  const long count = request.limit > 0 ? std::min<long>(request.limit, all) : all;
  for (long k = 0; k < count; ++k) indices.push_back(k);
  return indices;
}

base::Status check_point(const std::vector<Rational>& x, const DomainWords& domain, const std::string& place) {
  for (std::size_t k = 0; k < x.size(); ++k)
    if ((domain.low && x[k] < *domain.low) || (domain.high && x[k] > *domain.high))
      return Diagnostic{"forge.domain", place,
                        "element " + std::to_string(k) + " is " + x[k].to_string() + ", outside the domain",
                        "a domain that holds the inputs"};
  return base::fine();
}

ordered_json exacts(const std::vector<Rational>& values) {
  ordered_json out = ordered_json::array();
  for (const auto& v : values) out.push_back(v.to_string());
  return out;
}

ordered_json json_of(const root::SignContradiction& signs) {
  ordered_json out{{"features", signs.features}, {"signs", ordered_json::array()}};
  for (const int s : signs.signs) out["signs"].push_back(std::to_string(s));
  out["multipliers"] = exacts(signs.multipliers);
  return out;
}

ordered_json json_of(const root::Impossible& none, const net::Network& network) {
  ordered_json out{{"cut", network.node(none.cut).name}, {"reason", root::word(none.obstacle)}};
  if (!none.unit.empty()) out["unit"] = none.unit;
  out["features"] = none.features;
  if (!none.signs.features.empty()) out["contradiction"] = json_of(none.signs);
  return out;
}

void write(ordered_json& out, const root::Forged& forged, const std::vector<long>& on_bounds,
           const net::Network& network) {
  out["cut"] = network.node(forged.cut).name;
  out["kappa"] = forged.kappa.to_string();
  out["hidden_root"] = {
      {"at_input", exacts(forged.at_input)}, {"direction", exacts(forged.direction)}, {"form", exacts(forged.form)}};
  out["input_roots"] = ordered_json::array();
  for (std::size_t g = 0; g < forged.roots.size(); ++g) {
    const auto& root = forged.roots[g];
    ordered_json one;
    if (root.units.empty())
      one["units"] = "all";
    else
      one["units"] = root.units;
    one["point"] = exacts(root.point), one["on_bounds"] = on_bounds[g];
    out["input_roots"].push_back(std::move(one));
  }
  if (!forged.no_shared_root.features.empty()) out["no_shared_root"] = json_of(forged.no_shared_root);
  out["root_domain"] = forged.bounded;
  out["unresolved"] = {{"hidden", forged.left_at_cut.to_string()}, {"input", forged.left_at_input.to_string()}};
}

constexpr int kBest = 3;
// kappa = 1 first, then roots within the bounds.
int rank(const root::Forged& forged) { return (forged.kappa == Rational(1) ? 2 : 0) + (forged.bounded ? 1 : 0); }

class Forger {
 public:
  Forger(const ForgeRequest& request, const ForgeResult& loaded, std::vector<net::NodeId> cuts)
      : result_(loaded), network_(loaded.model.network), ready_(network_), cuts_(std::move(cuts)) {
    settings_.domain = {loaded.domain.low, loaded.domain.high};
    settings_.long_lines = prove::long_lines, settings_.guess_signs = prove::guess_signs;
    settings_.seed = request.seed;
  }

  base::Result<ForgedInput> run(long index, std::int64_t target) const {
    const std::string place = result_.inputs.path + ": input " + std::to_string(index);
    auto x = row_of(result_.inputs, result_.inputs.count == 1 ? 0 : index);
    LRPROOF_CHECK(check_point(x, result_.domain, place));
    const region::Point point(ready_, std::move(x));
    const root::OpenPoint at(point, target);
    if (const auto unit = at.kink(); !unit.empty())
      return Diagnostic{"forge.kink", place, "lies on a kink of '" + unit + "'",
                        "an input off kinks: only there is the map of a root function one map (GXI-3)"};
    ForgedInput out;
    out.input = index, out.target = target;
    out.output = point.exact(network_.output(), target);
    const auto map = row_of(result_.map, index);
    for (const auto& v : map) out.sum += v;
    search(at, map, out);
    write_json(out);
    return out;
  }

 private:
  // The first cut at which kappa is 1 with the roots within the tensor's bounds; else the best of some more. Lines that
  // need linear programs are drawn only when no cut does with plain ones.
  void search(const root::OpenPoint& at, const std::vector<Rational>& map, ForgedInput& out) const {
    std::vector<net::NodeId> open = cuts_;
    for (const bool long_lines : {false, true}) {
      root::ForgeSettings settings = settings_;
      if (!long_lines) settings.long_lines = nullptr;
      std::size_t further = 0;
      std::vector<net::NodeId> worth;
      for (const auto id : open) {
        if (out.forged && (rank(*out.forged) == kBest || further++ == kFurtherCuts)) break;
        const root::HiddenCut cut(at, id, settings.domain);
        auto forgery = root::forge(cut, map, settings);
        if (auto* forged = std::get_if<root::Forged>(&forgery)) {
          worth.push_back(id);
          if (!out.forged || rank(*forged) > rank(*out.forged)) out.forged = std::move(*forged);
        } else if (auto& none = std::get<root::Impossible>(forgery);
                   !long_lines && none.obstacle == root::Obstacle::undecided) {
          worth.push_back(id);
        } else {
          out.tried.push_back(std::move(none));
        }
      }
      open = std::move(worth);
      if (out.forged && rank(*out.forged) == kBest) break;
    }
    if (!out.forged) return;
    for (const auto& root : out.forged->roots)
      out.on_bounds.push_back(std::count_if(root.point.begin(), root.point.end(), [&](const Rational& v) {
        return (settings_.domain.low && v == *settings_.domain.low) ||
               (settings_.domain.high && v == *settings_.domain.high);
      }));
  }

  void write_json(ForgedInput& out) const {
    ordered_json json{{"input", out.input}, {"target", out.target}, {"built", out.forged.has_value()}};
    json["output"] = out.output.to_string(), json["map_sum"] = out.sum.to_string();
    if (out.forged) {
      write(json, *out.forged, out.on_bounds, network_);
    } else {
      json["decided"] = out.decided();
      json["tried"] = ordered_json::array();
      for (const auto& none : out.tried) json["tried"].push_back(json_of(none, network_));
    }
    out.json = json.dump();
  }

  const ForgeResult& result_;
  const net::Network& network_;
  region::Ready ready_;
  std::vector<net::NodeId> cuts_;
  root::ForgeSettings settings_;
};

// The second opinion, on the very text that is printed. One rejection is a bug of ours (VER-3).
std::string replay(const ForgeRequest& request, const ForgeResult& result) {
  const auto row = [](const LoadedInputs& from, long index) -> std::optional<std::vector<double>> {
    const std::int64_t at = from.count == 1 ? 0 : index;
    if (at < 0 || at >= from.count) return std::nullopt;
    const auto begin = from.values.begin() + at * from.size;
    return std::vector<double>(begin, begin + from.size);
  };
  oracle::ForgeMaterial material;
  material.model = result.model.bytes, material.cut = result.model.info.cut, material.domain = request.domain;
  material.input = [&](long index) { return row(result.inputs, index); };
  material.map = [&](long index) { return row(result.map, index); };
  const auto session = oracle::ForgeReplay::open(std::move(material));
  if (!session.value) return "it cannot follow the model: " + session.error;
  for (const auto& one : result.forgeries) {
    if (!one.decided()) continue;
    const auto answer = session.value->replay(one.json);
    if (answer.verdict != oracle::Verdict::accepted)
      return "input " + std::to_string(one.input) + ": " + to_string(answer.verdict) + ": " + answer.why;
  }
  return "";
}

}  // namespace

bool ForgedInput::decided() const {
  return forged || std::none_of(tried.begin(), tried.end(), [](const root::Impossible& none) {
           return none.obstacle == root::Obstacle::undecided || none.obstacle == root::Obstacle::kink;
         });
}

base::Result<ForgeResult> forge(const ForgeRequest& request) {
  ForgeResult result;
  LRPROOF_TRY(model, load_model(request.model, {}));
  result.model = std::move(model);
  const net::Network& network = result.model.network;
  if (const auto opaque = network.first_opaque(); opaque >= 0)
    return Diagnostic{"forge.opaque", request.model + ": node " + network.node(opaque).name,
                      "not supported: " + network.node(opaque).type + " is not piecewise linear", ""};
  LRPROOF_TRY(inputs, load_inputs(request.inputs));
  LRPROOF_CHECK(check_inputs(inputs, network));
  result.inputs = std::move(inputs);
  LRPROOF_TRY(map, load_inputs(request.map));
  LRPROOF_CHECK(check_map(map, result.inputs, network));
  result.map = std::move(map);
  LRPROOF_TRY(domain, parse_domain(request.domain));
  result.domain = domain;
  LRPROOF_TRY(indices, indices_of(request, result.inputs, result.map));
  LRPROOF_TRY(cuts, cuts_of(network, request.cut));
  const auto places = result.inputs.count == 1 ? std::vector<long>(indices.size(), 0) : indices;
  LRPROOF_TRY(targets, targets_of(network, result.inputs, places, request.target));
  const Forger forger(request, result, cuts);
  for (std::size_t n = 0; n < indices.size(); ++n) {
    LRPROOF_TRY(one, forger.run(indices[n], targets[n]));
    result.forgeries.push_back(std::move(one));
  }
  result.bug = replay(request, result);
  return result;
}

std::string forge_json(const ForgeResult& result) {
  const auto file = [](const LoadedInputs& from) { return ordered_json{{"path", from.path}, {"sha256", from.sha256}}; };
  const auto& info = result.model.info;
  ordered_json json{{"schema", "lrproof-forge/1"}};
  json["tool"] = {{"name", "lrproof"}, {"version", version_text()}};
  json["model"] = {{"path", info.path}, {"sha256", info.sha256}, {"cut", info.cut}};
  json["inputs"] = file(result.inputs), json["map"] = file(result.map);
  json["domain"] = nullptr;
  if (result.domain.low)
    json["domain"] = ordered_json::array({result.domain.low->to_string(), result.domain.high->to_string()});
  json["forgeries"] = ordered_json::array();
  for (const auto& one : result.forgeries) {
    auto forgery = ordered_json::parse(one.json);
    forgery["replayed"] = one.decided() ? "accepted" : "nothing claimed";
    json["forgeries"].push_back(std::move(forgery));
  }
  return json.dump(1) + "\n";
}

int forge_exit_code(const ForgeResult& result, bool allow_unknown) {
  if (!result.bug.empty()) return 70;
  const auto& all = result.forgeries;
  if (!allow_unknown && std::any_of(all.begin(), all.end(), [](const auto& f) { return !f.decided(); })) return 3;
  return std::any_of(all.begin(), all.end(), [](const auto& f) { return !f.forged; }) ? 1 : 0;
}

}  // namespace lrproof::job
