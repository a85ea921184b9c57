#include "oracle/replay_forge.hpp"

#include "oracle/question.hpp"

namespace lrproof::oracle {

using nlohmann::json;

namespace {

const json& field(const json& from, const char* key) {
  require(from.is_object() && from.contains(key), std::string("no '") + key + "'");
  return from[key];
}
std::string word_of(const json& from, const char* key) {
  const json& value = field(from, key);
  require(value.is_string(), std::string("'") + key + "' is no text");
  return value.get<std::string>();
}
long index_of(const json& from, const char* key, long size) {
  const json& value = field(from, key);
  require(value.is_number_integer(), std::string("'") + key + "' is no whole number");
  const long index = value.get<long>();
  require(index >= 0 && index < size, std::string("'") + key + "' is out of range");
  return index;
}
bool flag_of(const json& from, const char* key) {
  const json& value = field(from, key);
  require(value.is_boolean(), std::string("'") + key + "' is neither true nor false");
  return value.get<bool>();
}
Exact exact_of(const json& value, const char* key) {
  const auto number = value.is_string() ? read_exact(value.get<std::string>()) : std::nullopt;
  require(number.has_value(), std::string("'") + key + "' holds something that is no exact number");
  return *number;
}
std::vector<Exact> exacts_of(const json& from, const char* key, long size) {
  const json& value = field(from, key);
  require(value.is_array() && long(value.size()) == size, std::string("'") + key + "' has not the right length");
  std::vector<Exact> out;
  for (const json& item : value) out.push_back(exact_of(item, key));
  return out;
}
std::vector<long> indices_of(const json& from, const char* key, long size) {
  const json& value = field(from, key);
  require(value.is_array(), std::string("'") + key + "' is no list");
  std::vector<long> out;
  for (const json& item : value) {
    require(item.is_number_integer() && item.get<long>() >= 0 && item.get<long>() < size,
            std::string("'") + key + "' holds something that is no index");
    out.push_back(item.get<long>());
  }
  return out;
}

// With nothing tried: every tensor that cuts is the input or the output in another order.
void require_no_hidden_cut(const Network& network) {
  std::vector<char> input(network.nodes.size(), 0), output = input;
  input[0] = 1, output[std::size_t(network.output())] = 1;
  for (std::size_t i = 1; i < input.size(); ++i) {
    const Node& node = network.nodes[i];
    input[i] = node.kind == Kind::constant || node.kind == Kind::move;
    for (const int operand : node.inputs) input[i] = input[i] && input[std::size_t(operand)];
  }
  for (std::size_t i = output.size(); i-- > 0;)
    if (output[i] && network.nodes[i].kind == Kind::move)
      for (const int operand : network.nodes[i].inputs) output[std::size_t(operand)] = 1;
  for (std::size_t i = 0; i < input.size(); ++i)
    if (!input[i] && !output[i] && cuts(network, int(i)))
      refuse("nothing was tried, but '" + network.nodes[i].name + "' cuts");
}

// Every unit that moves with `there` is off kinks, on the piece it is on at the input.
void require_same_cell(const Point& here, const Point& there, const std::string& what) {
  const Network& network = here.network();
  for (int id = 0; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    const bool maximum = node.kind == Kind::max || node.kind == Kind::max_pool;
    if ((!maximum && node.kind != Kind::activation) || !there.moves(id) || there.is_replaced(id)) continue;
    for (long e = 0; e < node.size(); ++e) {
      const bool same =
          maximum ? here.winners(id, e) == there.winners(id, e) : here.piece(id, e).index == there.piece(id, e).index;
      if (!same || there.edge(id, e))
        refuse(what + " leaves the cell at '" + node.name + "' element " + std::to_string(e));
    }
  }
}

// One input with its map; and T, the hidden cut.
struct Scene {
  const Network& network;
  Bounds domain;
  long target;
  int tensor;
  Point here;
  std::vector<Exact> x, map;
  long features() const { return network.node(0).size(); }
  long units() const { return network.node(tensor).size(); }
};

std::vector<Exact> gradient_at(const Point& point, const std::vector<Seed>& seeds, int of, const std::set<int>& stop) {
  const auto gradient = oracle::gradient<Exact>(point, seeds, {}, stop);
  require(gradient.edges.empty() && !gradient.tied, "a gradient at a kink");
  auto out = gradient.of[std::size_t(of)];
  out.resize(std::size_t(point.network().node(of).size()));
  return out;
}

struct RootFunction {
  std::vector<Exact> at_input, direction, form;
};

// The point root of some units: where it is, what the root function gives there, and what it contributes.
class PointRoot {
 public:
  PointRoot(const Scene& scene, const RootFunction& hidden, std::vector<Exact> x, Budget& budget)
      : scene_(scene), x_(std::move(x)), point_(scene.network, x_, budget) {
    require_same_cell(scene.here, point_, "a root at the input");
    std::vector<Seed> seeds;
    for (long k = 0; k < scene.units(); ++k)
      if (sgn(hidden.form[std::size_t(k)]) != 0) seeds.push_back({scene.tensor, k, hidden.form[std::size_t(k)]});
    slope_ = gradient_at(point_, seeds, 0, {});
    // T is affine on the closed cell, which is convex: q . (T(x~) - T(x0)) is its slope times the move.
    for (std::size_t i = 0; i < x_.size(); ++i) moved_ += slope_[i] * (x_[i] - scene.x[i]);
    std::vector<Exact> shifted = hidden.at_input;
    for (std::size_t k = 0; k < shifted.size(); ++k) shifted[k] -= hidden.direction[k] * moved_;
    const int t = scene.tensor;
    Replacement root;
    root.enclosure = [this, shifted, t](long k) {
      return enclose(shifted[std::size_t(k)]) + (point_.at<Enclosure>(t, k) - scene_.here.at<Enclosure>(t, k));
    };
    root.exact = [this, shifted, t](long k) {
      return Exact(shifted[std::size_t(k)] + point_.at<Exact>(t, k) - scene_.here.at<Exact>(t, k));
    };
    suffix_ = std::make_unique<Point>(point_, std::map<int, Replacement>{{t, root}});
    require_same_cell(scene.here, *suffix_, "a root at the cut");
    gradient_ = gradient_at(*suffix_, {{scene.network.output(), scene.target, 1}}, t, {t});
  }

  const std::vector<Exact>& x() const { return x_; }
  const Point& suffix() const { return *suffix_; }
  const Exact& gradient(long unit) const {
    return gradient_[std::size_t(unit)];
  }                                                                          // of f_c at the root function's value
  const Exact& slope(std::size_t feature) const { return slope_[feature]; }  // of q . T
  const Exact& moved() const { return moved_; }                              // q . (T(x~) - T(x0))

 private:
  const Scene& scene_;
  std::vector<Exact> x_;
  Point point_;
  std::vector<Exact> slope_, gradient_;
  Exact moved_;
  std::unique_ptr<Point> suffix_;
};

bool within(const Scene& scene, const Point& suffix) {
  for (long k = 0; k < scene.units(); ++k) {
    const Bounds bounds = bounds_of(scene.network, scene.tensor, k, scene.domain);
    if (bounds.low && suffix.compare(scene.tensor, k, *bounds.low) < 0) return false;
    if (bounds.high && suffix.compare(scene.tensor, k, *bounds.high) > 0) return false;
  }
  return true;
}

long on_bounds(const Scene& scene, const std::vector<Exact>& x) {
  long count = 0;
  for (const Exact& v : x) {
    require(!(scene.domain.low && v < *scene.domain.low) && !(scene.domain.high && v > *scene.domain.high),
            "a root at the input outside the domain");
    count += (scene.domain.low && v == *scene.domain.low) || (scene.domain.high && v == *scene.domain.high);
  }
  return count;
}

// Which root each unit has; a unit without a list of its own has the one that lists none.
std::vector<std::size_t> owners(const json& roots, long units) {
  std::vector<std::size_t> owner(std::size_t(units), roots.size());
  std::size_t rest = roots.size();
  for (std::size_t g = 0; g < roots.size(); ++g) {
    const json& listed = field(roots[g], "units");
    if (listed.is_string()) {
      require(listed == "all" && roots.size() == 1, "'units' is neither a list nor all");
      rest = g;
      continue;
    }
    for (const long k : indices_of(roots[g], "units", units)) {
      require(owner[std::size_t(k)] == roots.size(), "a unit with two roots");
      owner[std::size_t(k)] = g;
    }
  }
  for (auto& g : owner) g = g == roots.size() ? rest : g;
  return owner;
}

void replay_built(const json& claim, Scene& scene, Budget& budget) {
  const Exact kappa = exact_of(field(claim, "kappa"), "kappa");
  require(sgn(kappa) > 0, "kappa is not positive");
  require(cuts(scene.network, scene.tensor) && scene.tensor != 0 && scene.tensor != scene.network.output(),
          "the tensor is no hidden cut");
  const json& function = field(claim, "hidden_root");
  const RootFunction hidden{exacts_of(function, "at_input", scene.units()),
                            exacts_of(function, "direction", scene.units()),
                            exacts_of(function, "form", scene.units())};
  const auto given = [&](long k) { return hidden.at_input[std::size_t(k)]; };
  const Point start(scene.here, {{scene.tensor, Replacement{[&](long k) { return enclose(given(k)); }, given}}});
  require_same_cell(scene.here, scene.here, "the input");
  require_same_cell(scene.here, start, "the root function's value at the input");
  bool bounded = within(scene, start);

  const json& listed = field(claim, "input_roots");
  require(listed.is_array() && !listed.empty(), "no roots at the input");
  const auto owner = owners(listed, scene.units());
  std::vector<Exact> relevance(scene.x.size());
  Exact rest;
  for (std::size_t g = 0; g < listed.size(); ++g) {
    const PointRoot root(scene, hidden, exacts_of(listed[g], "point", scene.features()), budget);
    const long count = on_bounds(scene, root.x());
    require(index_of(listed[g], "on_bounds", scene.features() + 1) == count, "'on_bounds' is miscounted");
    bounded = bounded && within(scene, root.suffix());
    Exact weight;
    for (long k = 0; k < scene.units(); ++k) {
      if (owner[std::size_t(k)] != g) continue;
      const auto u = std::size_t(k);
      weight += root.gradient(k) * hidden.direction[u];
      if (sgn(root.gradient(k)) != 0)  // R_k at the root: g_k (a - root(a))_k
        rest += root.gradient(k) *
                (scene.here.at<Exact>(scene.tensor, k) - hidden.at_input[u] + hidden.direction[u] * root.moved());
    }
    for (std::size_t i = 0; i < relevance.size(); ++i)
      relevance[i] += weight * root.slope(i) * (scene.x[i] - root.x()[i]);
  }
  for (const std::size_t g : owner) require(g < listed.size(), "a unit without a root");
  for (std::size_t i = 0; i < relevance.size(); ++i)
    require(relevance[i] == kappa * scene.map[i],
            "feature " + std::to_string(i) + " has relevance " + relevance[i].get_str() + ", not kappa times the map");
  require(flag_of(claim, "root_domain") == bounded, "'root_domain' is wrong");
  const json& unresolved = field(claim, "unresolved");
  require(exact_of(field(unresolved, "hidden"), "hidden") == start.at<Exact>(scene.network.output(), scene.target),
          "the unresolved relevance at the cut is wrong");
  require(exact_of(field(unresolved, "input"), "input") == rest, "the unresolved relevance at the input is wrong");
}

// sum of multiplier x sign x column of J is 0, and each sign is the one the domain asks of r at that feature.
void replay_signs(const json& claim, const Scene& scene) {
  const auto features = indices_of(claim, "features", scene.features());
  const auto count = long(features.size());
  const auto signs = exacts_of(claim, "signs", count), multipliers = exacts_of(claim, "multipliers", count);
  Exact total;
  for (std::size_t n = 0; n < features.size(); ++n) {
    const auto i = std::size_t(features[n]);
    const bool low = scene.domain.low && scene.x[i] == *scene.domain.low;
    const bool high = scene.domain.high && scene.x[i] == *scene.domain.high;
    require(low != high, "a feature of the contradiction is not on one bound of the domain");
    require(signs[n] == sgn(scene.map[i]) * (low ? -1 : 1), "a sign of the contradiction is not the domain's");
    require(sgn(multipliers[n]) >= 0, "a multiplier of the contradiction is negative");
    total += multipliers[n];
  }
  require(sgn(total) > 0, "an empty contradiction");
  for (long k = 0; k < scene.units(); ++k) {
    const auto row = gradient_at(scene.here, {{scene.tensor, k, 1}}, 0, {});
    Exact sum;
    for (std::size_t n = 0; n < features.size(); ++n) sum += multipliers[n] * signs[n] * row[std::size_t(features[n])];
    require(sgn(sum) == 0, "the contradiction does not add up");
  }
}

// Returns when the obstacle named stands in the way of every kappa > 0 at this cut.
void replay_obstacle(const json& claim, const Scene& scene) {
  const std::string reason = word_of(claim, "reason");
  require(cuts(scene.network, scene.tensor), "the tensor is no cut");
  if (reason == "kink") return;  // the construction does not apply; nothing is claimed of others
  const auto features = indices_of(claim, "features", scene.features());
  for (const long i : features) require(sgn(scene.map[std::size_t(i)]) != 0, "the map is 0 at a feature it names");
  const Point same(scene.here, {{scene.tensor,
                                 {[&](long k) { return scene.here.at<Enclosure>(scene.tensor, k); },
                                  [&](long k) { return scene.here.at<Exact>(scene.tensor, k); }}}});
  const auto g = gradient_at(same, {{scene.network.output(), scene.target, 1}}, scene.tensor, {scene.tensor});
  const auto count = std::count_if(g.begin(), g.end(), [](const Exact& v) { return sgn(v) != 0; });
  if (reason == "zero-gradient") return require(count == 0, "the output's gradient at the cut is not zero");
  require(!features.empty(), "no feature is named");
  if (reason == "no-room") {
    for (const long i : features)
      require(scene.domain.low && scene.domain.high && *scene.domain.low == *scene.domain.high &&
                  scene.x[std::size_t(i)] == *scene.domain.low,
              "the domain leaves the feature room");
  } else if (reason == "zero-column") {
    for (long k = 0; k < scene.units(); ++k) {
      const auto row = gradient_at(scene.here, {{scene.tensor, k, 1}}, 0, {});
      for (const long i : features) require(sgn(row[std::size_t(i)]) == 0, "the column of a feature is not zero");
    }
  } else if (reason == "signs") {
    require(count < 2, "two units of the cut count: they may have a root each");
    replay_signs(field(claim, "contradiction"), scene);
  } else {
    throw NotCovered{"the reason '" + reason + "'"};
  }
}

}  // namespace

struct ForgeReplay::State {
  ForgeMaterial material;
  Network network;
  Bounds domain;

  std::vector<Exact> row(const std::function<std::optional<std::vector<double>>(long)>& from, long index) const {
    const auto values = from(index);
    require(values && long(values->size()) == network.node(0).size(), "no such input, or no map for it");
    return {values->begin(), values->end()};
  }
  Scene scene(const json& claim, long input, const std::string& cut, Budget& budget) const {
    const int tensor = network.find(cut);
    require(tensor >= 0, "no node '" + cut + "' in the model");
    auto x = row(material.input, input);
    const long target = index_of(claim, "target", network.node(network.output()).size());
    return {network, domain, target, tensor, Point(network, x, budget), x, row(material.map, input)};
  }
  void replay(const json& claim) const {
    Budget budget{4'000'000'000, 400'000'000};
    const long input = index_of(claim, "input", 1L << 40);
    if (flag_of(claim, "built")) {
      Scene here = scene(claim, input, word_of(claim, "cut"), budget);
      replay_built(claim, here, budget);
      if (claim.contains("no_shared_root")) replay_signs(claim["no_shared_root"], here);
      return;
    }
    const json& tried = field(claim, "tried");
    require(tried.is_array(), "'tried' is no list");
    if (tried.empty()) require_no_hidden_cut(network);
    for (const json& one : tried) replay_obstacle(one, scene(claim, input, word_of(one, "cut"), budget));
  }
};

ForgeReplay::ForgeReplay(std::unique_ptr<State> state) : state_(std::move(state)) {}
ForgeReplay::ForgeReplay(ForgeReplay&&) noexcept = default;
ForgeReplay& ForgeReplay::operator=(ForgeReplay&&) noexcept = default;
ForgeReplay::~ForgeReplay() = default;

Read<ForgeReplay> ForgeReplay::open(ForgeMaterial material) {
  auto state = std::make_unique<State>();
  auto model = read_model(material.model);
  if (!model.value) return Read<ForgeReplay>::fail("model: " + model.error);
  auto shortened = cut(std::move(*model.value), material.cut);
  if (!shortened.value) return Read<ForgeReplay>::fail(shortened.error);
  state->network = std::move(*shortened.value);
  if (!material.domain.empty()) {
    const auto comma = material.domain.find(',');
    state->domain.low = read_exact(material.domain.substr(0, comma));
    if (comma != std::string::npos) state->domain.high = read_exact(material.domain.substr(comma + 1));
    if (!state->domain.low || !state->domain.high) return Read<ForgeReplay>::fail("the domain is no pair LOW,HIGH");
  }
  state->material = std::move(material);
  return {ForgeReplay(std::move(state)), ""};
}

Answer ForgeReplay::replay(const std::string& forgery) const {
  try {
    const json claim = json::parse(forgery, nullptr, false);
    require(claim.is_object(), "what is claimed is no JSON object");
    state_->replay(claim);
    return {Verdict::accepted, ""};
  } catch (const Refused& refused) {
    return {Verdict::rejected, refused.why};
  } catch (const NotCovered& limit) {
    return {Verdict::not_covered, limit.why};
  } catch (const Spent&) {
    return {Verdict::not_covered, "budget: the exact replay costs too many operations"};
  } catch (const std::bad_alloc&) {
    return {Verdict::not_covered, "memory: the replay does not fit"};
  } catch (const std::exception& error) {
    return {Verdict::rejected, std::string("numbers of a wrong form: ") + error.what()};
  }
}

}  // namespace lrproof::oracle
