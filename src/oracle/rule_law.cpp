// Each law's negation, evaluated at a witness's numbers. The limits of RUL-7 are those of sums of (n0 + n1 t) /
// (s0 + s1 t), taken in numbers at + slope t with t infinitely small.
#include "oracle/rule_law.hpp"

#include <algorithm>

#include "oracle/file.hpp"
#include "oracle/law_layer.hpp"
#include "oracle/question.hpp"

namespace lrproof::oracle {

using nlohmann::json;

namespace {

constexpr std::size_t kMostInputs = 64;  // of a witness

const json& field(const json& from, const char* key) {
  require(from.is_object() && from.contains(key), std::string("no '") + key + "'");
  return from[key];
}
std::string word(const json& from, const char* key) {
  const json& value = field(from, key);
  require(value.is_string(), std::string("'") + key + "' is no text");
  return value.get<std::string>();
}
Exact exact(const json& value, const char* key) {
  const auto number = value.is_string() ? read_exact(value.get<std::string>()) : std::nullopt;
  require(number.has_value(), std::string("'") + key + "' holds something that is no exact number");
  return *number;
}
std::vector<Exact> exacts(const json& from, const char* key) {
  const json& value = field(from, key);
  require(value.is_array() && !value.empty() && value.size() <= kMostInputs,
          std::string("'") + key + "' has not the right length");
  std::vector<Exact> all;
  for (const json& item : value) all.push_back(exact(item, key));
  return all;
}

// The layer of a witness, and the numbers at which it stands.
struct Scene {
  const Rule& rule;
  bool dense = true;
  std::vector<Exact> a, w;
  Exact b;
  Layer layer;

  std::vector<Near> inputs() const {
    std::vector<Near> all;
    for (const Exact& v : a) all.push_back({v, 0});
    return all;
  }
  std::vector<Near> ones() const { return std::vector<Near>(layer.units.size(), Near{1, 0}); }
  Spread shares() const { return spread(rule, layer, inputs(), ones()); }
};

bool has_premise(const Rule& rule, const char* premise) {
  return std::count(rule.premises.begin(), rule.premises.end(), premise) > 0;
}
void require_premises(const Rule& rule, const std::vector<Exact>& a, const Exact& low, const Exact& high) {
  for (const Exact& v : a) {
    require(!has_premise(rule, "a >= 0") || sgn(v) >= 0, "an input is negative, which the rule's premises exclude");
    require(!has_premise(rule, "low <= a <= high") || (low <= v && v <= high),
            "an input is outside its bounds, which the rule's premises exclude");
  }
}

Scene scene_of(const Rule& rule, const json& at, const json& witness, bool dense) {
  Scene scene{rule, dense, exacts(at, "a"), exacts(at, "w"), exact(field(at, "b"), "b"), {}};
  const Exact low = exact(field(witness, "low"), "low"), high = exact(field(witness, "high"), "high");
  if (dense)
    require(scene.a.size() == scene.w.size(), "as many weights as inputs are needed");
  else
    require(scene.a.size() == 3 && scene.w.size() == 2, "the convolution has 3 inputs and 2 weights");
  scene.layer = dense ? dense_layer(scene.w, {scene.b}, scene.a.size(), low, high)
                      : convolution_layer(scene.w, scene.b, low, high);
  require_premises(rule, scene.a, low, high);
  return scene;
}

std::vector<Exact> values(const Spread& spread) {
  std::vector<Exact> all;
  for (const Amount& amount : spread.of) all.push_back(amount.at);
  return all;
}
void require_stated(const json& from, const char* key, const Spread& spread) {
  require(exacts(from, key) == values(spread), std::string("'") + key + "' are not what the rule gives");
}
void require_asked(const Spread& shares) {
  require(!shares.vanishes, "a denominator is 0");
  for (const Near& z : shares.z) require(z.sign() != 0, "z is 0");
}
std::vector<Exact> scaled(std::vector<Exact> values, const Exact& by) {
  for (Exact& v : values) v *= by;
  return values;
}

void leaks(const Scene& scene, const Spread& shares, bool unbiased) {
  require_asked(shares);
  require(!unbiased || sgn(scene.b) == 0, "the unit has a bias");
  Exact sum;
  for (const Amount& amount : shares.of) sum += amount.at;
  require(sum != Exact(static_cast<unsigned long>(scene.layer.units.size())), "the shares sum to 1 at every unit");
}

void feeds(const Scene& scene, const Spread& shares, bool by_weight) {
  for (std::size_t i = 0; i < scene.a.size(); ++i) {
    bool dead = by_weight || sgn(scene.a[i]) == 0;
    for (const Unit& unit : scene.layer.units)
      for (const auto& [input, w] : unit.taps) dead = dead && !(by_weight && input == i && sgn(w) != 0);
    if (dead && sgn(shares.of[i].at) != 0) return;
  }
  refuse(by_weight ? "no input of weight 0 gets anything" : "no input that is 0 gets anything");
}

void differs(const Scene& scene, const Spread& shares, bool from_root) {
  require_asked(shares);
  if (from_root && !scene.rule.direction) refuse("the rule names no root direction");
  const bool drops = from_root && !scene.rule.direction->empty();
  std::vector<Exact> want(scene.a.size());
  for (std::size_t j = 0; j < scene.layer.units.size(); ++j) {
    const Unit& unit = scene.layer.units[j];
    std::vector<Exact> parts;
    Exact whole = drops ? Exact(0) : shares.z[j].at;
    for (const auto& [i, w] : unit.taps) {
      parts.push_back(drops ? root_drop(scene.rule, scene.layer, scene.a[i], w) : Exact(scene.a[i] * w));
      if (drops) whole += parts.back();
    }
    require(sgn(whole) != 0, "there is no root");
    for (std::size_t k = 0; k < parts.size(); ++k) want[unit.taps[k].first] += parts[k] / whole;
  }
  require(want != values(shares), "the shares are the same");
}

// The same layer with other numbers: those of the law, and other shares.
void changes(const Scene& scene, const Spread& shares, const json& witness, const std::string& law) {
  const json& there = field(witness, "changed");
  const Scene other = scene_of(scene.rule, there, witness, scene.dense);
  std::vector<Exact> a = scene.a, w = scene.w;
  Exact b = scene.b * 2;
  if (law == "homogeneous") a = scaled(a, 2);
  if (law == "unit scale") w = scaled(w, 2);
  if (law == "input scale") {
    b = scene.b;
    const std::vector<Exact> all_a = scaled(a, 2), all_w = scaled(w, Exact(1, 2));
    for (std::size_t i = 0; i < (scene.dense ? 1 : a.size()); ++i) a[i] = all_a[i];
    for (std::size_t k = 0; k < (scene.dense ? 1 : w.size()); ++k) w[k] = all_w[k];
  }
  require(a == other.a && w == other.w && b == other.b, "the changed layer is another one than the law asks for");
  const Spread after = other.shares();
  require(!shares.vanishes && !after.vanishes, "a denominator is 0");
  require_stated(there, "shares", after);
  require(values(shares) != values(after), "the shares are the same");
}

std::string limit_word(const Amount& amount) {
  if (sgn(amount.pole) != 0) return sgn(amount.pole) > 0 ? "infinity" : "-infinity";
  return amount.at.get_str();
}

std::vector<std::string> side_of(const Scene& scene, const json& side, bool relu) {
  const std::vector<Exact> v = exacts(side, "along");
  require(v.size() == scene.a.size(), "'along' has not the right length");
  std::vector<Near> a = scene.inputs();
  for (std::size_t i = 0; i < v.size(); ++i) {
    a[i].slope = v[i];
    const Near above{Exact(a[i].at - scene.layer.low), v[i]}, below{Exact(scene.layer.high - a[i].at), Exact(-v[i])};
    require(!has_premise(scene.rule, "a >= 0") || a[i].sign() >= 0, "'along' leaves the rule's premises");
    require(!has_premise(scene.rule, "low <= a <= high") || (above.sign() >= 0 && below.sign() >= 0),
            "'along' leaves the rule's premises");
  }
  std::vector<Near> relevance = scene.ones();
  if (relu) {
    relevance = pre_activations(scene.layer, a);
    for (Near& z : relevance)
      if (z.sign() < 0) z = {};
  }
  const Spread spread = oracle::spread(scene.rule, scene.layer, a, relevance);
  require(!spread.vanishes, "a denominator is 0 along a side");
  const json& stated = field(side, "limit");
  require(stated.is_array() && stated.size() == spread.of.size(), "'limit' has not the right length");
  std::vector<std::string> words;
  for (std::size_t i = 0; i < spread.of.size(); ++i) {
    const std::string is = limit_word(spread.of[i]);
    const std::string said = stated[i].is_string() ? stated[i].get<std::string>() : "";
    const auto number = read_exact(said);
    require(said == is || (number && number->get_str() == is), "a limit is not what is stated");
    words.push_back(is);
  }
  return words;
}

void jumps(const Scene& scene, const json& witness, bool relu) {
  const json& sides = field(witness, "sides");
  require(sides.is_array() && (sides.size() == 1 || sides.size() == 2), "one or two sides are needed");
  const auto first = side_of(scene, sides[0], relu);
  if (sides.size() == 2) return require(first != side_of(scene, sides[1], relu), "both sides have one limit");
  const auto far = [](const std::string& limit) { return limit.find("infinity") != std::string::npos; };
  require(std::any_of(first.begin(), first.end(), far), "the limit is finite");
}

void unmerged(const Rule& rule, const json& witness, bool dense) {
  const std::vector<Exact> x = exacts(witness, "x"), w1 = exacts(witness, "w1"), b1 = exacts(witness, "b1"),
                           w2 = exacts(witness, "w2"), b2{exact(field(witness, "b2"), "b2")};
  const Exact low = exact(field(witness, "low"), "low"), high = exact(field(witness, "high"), "high");
  if (dense)
    require(b1.size() == w2.size() && w1.size() == w2.size() * x.size(), "the layers' sizes do not fit");
  else
    require(x.size() == 3 && w1.size() == 2 && b1.size() == 1 && w2.size() == 3, "the layers' sizes do not fit");
  const Layer below = dense ? dense_layer(w1, b1, x.size(), low, high) : convolution_layer(w1, b1[0], low, high);
  const Layer above = dense_layer(w2, b2, w2.size(), low, high);
  std::vector<Exact> w(x.size());
  Exact b = b2[0];
  for (std::size_t k = 0; k < w2.size(); ++k) {
    b += w2[k] * below.units[k].bias;
    for (const auto& [i, weight] : below.units[k].taps) w[i] += w2[k] * weight;
  }
  std::vector<Near> inputs;
  for (const Exact& v : x) inputs.push_back({v, 0});
  const std::vector<Near> hidden = pre_activations(below, inputs);
  std::vector<Exact> hidden_at;
  for (const Near& h : hidden) hidden_at.push_back(h.at);
  require_premises(rule, x, low, high);
  require_premises(rule, hidden_at, low, high);
  const Spread top = spread(rule, above, hidden, {{1, 0}});
  std::vector<Near> relevance;
  for (const Amount& amount : top.of) relevance.push_back({amount.at, 0});
  const Spread two = spread(rule, below, inputs, relevance);
  const Spread one = spread(rule, dense_layer(w, {b}, x.size(), low, high), inputs, {{1, 0}});
  require(!top.vanishes && !two.vanishes && !one.vanishes, "a denominator is 0");
  require_stated(witness, "shares", two);
  require_stated(witness, "merged", one);
  require(values(two) != values(one), "the shares are the same");
}

void replay(const Rule& rule, const json& answer) {
  const std::string law = word(answer, "law"), shape = word(answer, "shape");
  require(shape == "dense" || shape == "convolution", "no such shape");
  const bool dense = shape == "dense";
  const json& witness = field(answer, "witness");
  if (law == "merge") return unmerged(rule, witness, dense);
  const Scene scene = scene_of(rule, witness, witness, dense);
  if (law == "continuous shares" || law == "continuous relu") return jumps(scene, witness, law == "continuous relu");
  const Spread shares = scene.shares();
  require_stated(witness, "shares", shares);
  if (law == "conserves" || law == "conserves unbiased") return leaks(scene, shares, law != "conserves");
  if (law == "positive") {
    const auto all = values(shares);
    return require(std::any_of(all.begin(), all.end(), [](const Exact& s) { return sgn(s) < 0; }),
                   "no share is negative");
  }
  if (law == "denominators") return require(shares.nonzero_over_zero, "no numerator stands over a denominator of 0");
  if (law == "homogeneous" || law == "unit scale" || law == "input scale") return changes(scene, shares, witness, law);
  if (law == "dead input" || law == "zero weight") return feeds(scene, shares, law == "zero weight");
  if (law == "gradient x input" || law == "root") return differs(scene, shares, law == "root");
  throw NotCovered{"the law '" + law + "'"};
}

Answer answer_to(const Rule& rule, const json& answer) {
  try {
    replay(rule, answer);
    return {Verdict::accepted, ""};
  } catch (const Refused& refused) {
    return {Verdict::rejected, refused.why};
  } catch (const NotCovered& other) {
    return {Verdict::not_covered, other.why};
  }
}

// The one rule that the text assigns, with the premises that the file says it assumes.
Rule rule_of(const json& entry) {
  const std::string text = word(entry, "text"), name = word(entry, "name");
  require(sha256_hex(text) == word(entry, "sha256"), "the text of rule '" + name + "' has not the stated sha256");
  auto read = read_rules(text);
  require(read.value.has_value(), read.error);
  require(!read.value->assigns.empty() && read.value->assigns[0].rule.affine(), "the text assigns no affine rule");
  Rule rule = read.value->assigns[0].rule;
  std::vector<std::string> premises;
  for (const json& premise : field(entry, "premises")) premises.push_back(premise.get<std::string>());
  require(premises == rule.premises, "rule '" + name + "' has other premises in its text");
  return rule;
}

}  // namespace

Read<std::vector<LawLine>> replay_rule_laws(const std::string& text) {
  using Failed = Read<std::vector<LawLine>>;
  try {
    const json file = json::parse(text, nullptr, false);
    if (!file.is_object() || word(file, "schema") != "lrproof-rule-laws/1")
      return Failed::fail("no file of schema lrproof-rule-laws/1");
    std::vector<LawLine> lines;
    for (const json& entry : field(file, "rules")) {
      const Rule rule = rule_of(entry);
      for (const json& answer : field(entry, "answers")) {
        LawLine line{word(entry, "name"),
                     word(answer, "law"),
                     word(answer, "id"),
                     word(answer, "shape"),
                     word(answer, "verdict"),
                     false,
                     {}};
        line.claimed = line.verdict == "refuted";
        if (line.claimed) line.answer = answer_to(rule, answer);
        lines.push_back(std::move(line));
      }
    }
    return {std::move(lines), ""};
  } catch (const Refused& refused) {
    return Failed::fail(refused.why);
  } catch (const std::exception& error) {
    return Failed::fail(std::string("damaged: ") + error.what());
  }
}

}  // namespace lrproof::oracle
