#include "oracle/replay.hpp"

#include <atomic>
#include <mutex>
#include <sstream>
#include <system_error>
#include <thread>

#include "oracle/scope.hpp"

namespace lrproof::oracle {

using nlohmann::json;

std::string to_string(Verdict verdict) {
  return verdict == Verdict::accepted ? "accepted" : verdict == Verdict::rejected ? "rejected" : "not covered";
}

long Question::index(const char* name) const {
  if (!has(name) || !witness[name].is_number_integer()) refuse(std::string("the witness has no index '") + name + "'");
  return witness[name].get<long>();
}
std::string Question::word(const char* name) const {
  if (!has(name) || !witness[name].is_string()) refuse(std::string("the witness has no word '") + name + "'");
  return witness[name].get<std::string>();
}
std::vector<Exact> Question::numbers(const char* name) const {
  if (!has(name) || !witness[name].is_array()) refuse(std::string("the witness has no numbers '") + name + "'");
  std::vector<Exact> all;
  for (const auto& item : witness[name]) {
    const auto value = item.is_string() ? read_exact(item.get<std::string>()) : std::nullopt;
    if (!value) refuse(std::string("'") + name + "' holds something that is no exact number");
    all.push_back(*value);
  }
  return all;
}
Exact Question::number(const char* name) const {
  const auto all = numbers(name);
  require(all.size() == 1, std::string("'") + name + "' is not one number");
  return all[0];
}
Pair Question::pair(const char* name) const {
  const auto all = numbers(name);
  require(all.size() == 2 && all[0] <= all[1], std::string("'") + name + "' is no pair lo <= hi");
  return {all[0], all[1]};
}
int Question::place() const {
  const int id = network().find(node);
  require(id >= 0, "no node '" + node + "' in the model");
  return id;
}

namespace {

struct Rules {
  RuleSet set;
  std::optional<Assignment> assignment;
  std::string error;
};

// One input: the network there, and the explanations that were asked of it.
struct Place {
  explicit Place(const Network& network, std::vector<Exact> x) : point(network, std::move(x), budget) {}
  Budget budget;
  Point point;
  std::map<std::pair<std::string, long>, std::unique_ptr<Explanation>> explanations;
  // For claims about the inputs around it: affine forms, points inside other regions, and covers of boxes.
  Branch branch{point};
  std::map<std::vector<Exact>, std::unique_ptr<Place>> regions;
  std::unique_ptr<Place> before;  // the same input of the other network
  std::set<std::string> covers;
};

std::string text_of(const json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_string() ? from[key].get<std::string>() : "";
}
long index_of(const json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_number_integer() ? from[key].get<long>() : -1;
}

Read<Bounds> read_domain(const std::string& text) {
  if (text.empty()) return {Bounds{}, ""};
  const auto comma = text.find(',');
  if (comma == std::string::npos) return Read<Bounds>::fail("the domain is no pair LOW,HIGH");
  Bounds bounds{read_exact(text.substr(0, comma)), read_exact(text.substr(comma + 1))};
  if (!bounds.low || !bounds.high) return Read<Bounds>::fail("the domain is no pair LOW,HIGH");
  return {bounds, ""};
}

}  // namespace

// A network with every rule set assigned to it.
struct Ruled {
  Network network;
  std::map<std::string, Rules> rules;
  Assignment no_rules;

  Ruled() = default;
  Ruled(Network read, const std::vector<NamedRules>& named) : network(std::move(read)) {
    no_rules.of.resize(network.nodes.size());
    no_rules.unmatched.resize(network.nodes.size());
    for (const NamedRules& text : named) add(text);
  }

 private:
  void add(const NamedRules& named) {
    Rules& made = rules[named.name];
    auto read = read_rules(named.text);
    if (!read.value) {
      made.error = read.error;
      return;
    }
    made.set = std::move(*read.value);
    auto assigned = assign(made.set, network);
    made.error = assigned.error;
    made.assignment = std::move(assigned.value);
  }
};

struct Session::State {
  Material material;
  Ruled ruled;
  // The network before its steps, or the other one: read when first asked for.
  mutable std::once_flag read_before;
  mutable std::optional<Ruled> before;
  const Network& network = ruled.network;
  Bounds domain;

  std::unique_ptr<Place> open(long input) const;
  const Explanation& explanation(const std::string& rule_set, Place& here, long target,
                                 const Ruled* of = nullptr) const;
  const Ruled& other_network() const;
  Beside beside(const std::string& rule_set, Place& here, long target) const;
  long target_of(const std::string& word, long input, const Point& here) const;
  void check_target(const json& finding, const json& exemplar, const Point& here, long input) const;
  Answer replay(const json& finding, const json& exemplar, std::unique_ptr<Place>& here) const;
  std::unique_ptr<Place> open_away(const Scope& scope, const Place& centre, const std::vector<Exact>& x) const;
  void replay_around(const json& finding, const json& exemplar, const Scope& scope, Place& centre) const;
};

// What one finding's exemplar may cost; beyond it the answer is "budget".
constexpr Budget kBudget{1'000'000'000, 10'000'000};

std::unique_ptr<Place> Session::State::open(long input) const {
  const auto row = material.input(input);
  if (!row) refuse("no input " + std::to_string(input) + " in the inputs file");
  if (long(row->size()) != network.node(0).size()) refuse("the input does not have the model's size");
  std::vector<Exact> x;
  for (double v : *row) x.emplace_back(v);
  return std::make_unique<Place>(network, std::move(x));
}

const Explanation& Session::State::explanation(const std::string& rule_set, Place& here, long target,
                                               const Ruled* of) const {
  const Ruled& all = of ? *of : ruled;
  auto& kept = here.explanations[{rule_set, target}];
  if (kept) return *kept;
  if (rule_set.empty()) {
    kept = std::make_unique<Explanation>(here.point, all.no_rules, "value", domain, target);
    return *kept;
  }
  const auto found = all.rules.find(rule_set);
  if (found == all.rules.end()) refuse("no rule set '" + rule_set + "' in the report");
  if (!found->second.assignment) throw NotCovered{found->second.error};
  Bounds bounds{found->second.set.low, found->second.set.high};
  if (domain.low) bounds = domain;
  kept = std::make_unique<Explanation>(here.point, *found->second.assignment, found->second.set.start, bounds, target);
  return *kept;
}

const Ruled& Session::State::other_network() const {
  if (material.other_missing) throw NotCovered{"the other model is not at hand"};
  if (!material.other && material.steps.empty()) refuse("there is no other network");
  std::call_once(read_before, [this] {
    const auto& other = material.other;
    auto read = read_model(other ? other->model : material.model);
    if (read.value) read = cut(std::move(*read.value), other ? other->cut : material.cut);
    if (read.value) before.emplace(trimmed(std::move(*read.value)), material.rules);
  });
  if (!before) throw NotCovered{"the other network is not read"};
  if (before->network.node(0).size() != network.node(0).size()) refuse("the other network has another input");
  if (before->network.node(before->network.output()).size() != network.node(network.output()).size())
    refuse("the other network has another output");
  return *before;
}

Beside Session::State::beside(const std::string& rule_set, Place& here, long target) const {
  const auto input = [&] {
    std::vector<Exact> x;
    for (long e = 0; e < network.node(0).size(); ++e) x.push_back(here.point.at<Exact>(0, e));
    return x;
  };
  Beside out;
  out.before = [=, this, &here]() -> const Explanation& {
    const Ruled& other = other_network();
    if (!here.before) here.before = std::make_unique<Place>(other.network, input());
    here.before->budget = kBudget;
    return explanation(rule_set, *here.before, target, &other);
  };
  out.on = [=, this](const Network& other, const std::function<void(const Explanation&)>& with) {
    Place place(other, input());
    place.budget = kBudget;
    with(explanation(rule_set, place, target));  // the same nodes, so the same assignment
  };
  return out;
}

long Session::State::target_of(const std::string& word, long input, const Point& here) const {
  const int out = network.output();
  const long size = network.node(out).size();
  if (word == "argmax" || word == "argmin") {
    long best = 0;
    for (long c = 1; c < size; ++c) {
      const Enclosure &a = here.at<Enclosure>(out, c), &b = here.at<Enclosure>(out, best);
      const bool apart = a.lo > b.hi || a.hi < b.lo;
      const int order = apart ? (a.lo > b.hi ? 1 : -1) : here.compare(out, c, here.at<Exact>(out, best));
      if (word == "argmax" ? order > 0 : order < 0) best = c;
    }
    return best;
  }
  if (word == "file") {
    const auto given = material.file_target ? material.file_target(input) : std::nullopt;
    return given.value_or(-2);
  }
  const bool digits = !word.empty() && word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stol(word) : -2;
}

void Session::State::check_target(const json& finding, const json& exemplar, const Point& here, long input) const {
  const json empty = json::object();
  const std::string word = text_of(finding.value("place", empty), "target");
  const long target = index_of(exemplar.value("place", empty), "target");
  if (target < 0 || target >= network.node(network.output()).size()) refuse("the exemplar's target is no output");
  if (word.empty() || word == "all") return;
  const long expected = target_of(word, input, here);
  if (expected != -2 && expected != target)
    refuse("the target is output " + std::to_string(target) + ", but " + word + " is " + std::to_string(expected));
}

// Another input of the scope around the centre.
std::unique_ptr<Place> Session::State::open_away(const Scope& scope, const Place& centre,
                                                 const std::vector<Exact>& x) const {
  require(scope.around(), "a witness away from the input, of a claim about the input");
  require(long(x.size()) == network.node(0).size(), "the witness' input does not have the model's size");
  auto place = std::make_unique<Place>(network, x);
  place->budget = kBudget;
  require_in_scope(scope, centre.point, place->point, domain);
  return place;
}

namespace {

Question question_of(const json& finding, const json& exemplar, const std::string& verdict, const json& witness,
                     const Explanation& explanation, const Bounds& domain, const std::vector<GivenRoot>& given) {
  const json where = finding.value("place", json::object());
  const std::string check = text_of(finding, "check");
  const bool of_network = check.rfind("gxi.", 0) == 0 || check == "con.total" || check == "root.exists" ||
                          check == "inv.impl" || (check == "pre.rule" && text_of(where, "notion") == "f > 0");
  require(!of_network || text_of(where, "node").empty(), "a claim about the network that names a node");
  return {witness,
          check,
          verdict,
          text_of(witness, "kind"),
          text_of(where, "node"),
          text_of(where, "kind"),
          explanation,
          domain,
          given,
          index_of(exemplar.value("place", json::object()), "input"),
          !text_of(finding, "rule_set").empty(),
          text_of(where, "notion")};
}

void replay_here(const Question& question, const Beside& beside) {
  const std::string group = question.check.substr(0, question.check.find('.'));
  if (group == "inv")
    replay_invariance(question, beside);
  else if (group == "gxi")
    replay_reduction(question);
  else if (question.check == "root.exists")
    replay_exists(question);
  else if (question.check == "root.constant")
    replay_constant(question);
  else if (question.check == "net.class")
    replay_class(question);
  else if (group == "root")
    replay_root(question);
  else
    replay_law(question);
}

}  // namespace

// A claim about a scope: refuted by one input of it, where the witness is judged as any other; a second one and a
// certificate show what more the answer says; proved by a certificate.
void Session::State::replay_around(const json& finding, const json& exemplar, const Scope& scope, Place& centre) const {
  const json witness = exemplar.value("witness", json::object());
  const std::string verdict = text_of(exemplar, "verdict"), rule_set = text_of(finding, "rule_set");
  const long target = index_of(exemplar.value("place", json::object()), "target");
  const Question at_centre =
      question_of(finding, exemplar, verdict, witness, explanation(rule_set, centre, target), domain, material.roots);
  for (long i = 0; i < network.node(0).size(); ++i) {
    const Bounds bounds = feature_bounds(scope, centre.point, domain, i);
    const Exact& x = centre.point.at<Exact>(0, i);
    if ((bounds.low && x < *bounds.low) || (bounds.high && x > *bounds.high))
      throw NotCovered{"the input lies outside the domain"};
  }
  const bool unit =
      at_centre.check.rfind("root.", 0) == 0 && at_centre.check != "root.exists" && at_centre.check != "root.constant";
  const auto judge = [&](const char* key, const std::string& as, const json& what) {
    std::unique_ptr<Place> away;
    if (at_centre.has(key)) away = open_away(scope, centre, at_centre.numbers(key));
    Place& place = away ? *away : centre;
    const Explanation& there = explanation(rule_set, place, target);
    const Question question = question_of(finding, exemplar, as, what, there, domain, material.roots);
    if (unit && away) require_off_facets(centre.point, place.point);
    if (unit) require_unit_in_scope(scope, centre.point, place.point, question.place(), question.index("unit"));
    try {
      replay_here(question, beside(rule_set, place, target));
    } catch (const Refused& refused) {
      if (there.ambiguous()) throw NotCovered{"edge: a tie or a kink at the witness; " + refused.why};
      throw;
    }
  };
  const auto within = [&](Place& place) -> RegionPoint {
    return {
        question_of(finding, exemplar, verdict, witness, explanation(rule_set, place, target), domain, material.roots),
        place.branch};
  };
  const Around around{[&] { return within(centre); },
                      [&](const std::vector<Exact>& x) {
                        auto& place = centre.regions[x];
                        if (!place) place = open_away(scope, centre, x);
                        place->budget = kBudget;
                        return within(*place);
                      },
                      centre.covers};
  const std::string answer = text_of(witness, "answer");
  if (verdict == "proved" && at_centre.has("nearest")) {
    const auto nearest = open_away(scope, centre, at_centre.numbers("nearest"));
    replay_nearest(question_of(finding, exemplar, verdict, witness, explanation(rule_set, *nearest, target), domain,
                               material.roots));
  }
  if (verdict == "proved" && at_centre.check.rfind("inv.", 0) == 0) throw NotCovered{"a law of rules"};
  if (verdict == "proved") return replay_proof(at_centre, scope, around);
  judge("at", verdict, witness);
  if (answer == "sometimes") {
    const char* kind = at_centre.check == "root.inside"   ? "inside"
                       : at_centre.check == "root.linear" ? "linear"
                                                          : "within";
    judge("inside_at", "proved", json{{"kind", kind}, {"unit", at_centre.index("unit")}, {"second", true}});
  }
  if (answer == "never") replay_never(at_centre, scope, around);
}

Answer Session::State::replay(const json& finding, const json& exemplar, std::unique_ptr<Place>& here) const {
  const Explanation* asked = nullptr;
  try {
    const json empty = json::object();
    const json witness = exemplar.value("witness", empty), at = exemplar.value("place", empty);
    const std::string verdict = text_of(exemplar, "verdict");
    if (verdict != "proved" && verdict != "refuted") return {Verdict::not_covered, "nothing claimed"};
    if (!witness.is_object()) return {Verdict::not_covered, "no witness"};
    const long input = index_of(at, "input");
    if (input < 0) return {Verdict::not_covered, "a witness away from the inputs file"};
    if (!here) here = open(input);
    here->budget = kBudget;
    check_target(finding, exemplar, here->point, input);
    const Scope scope = read_scope(finding);
    const std::string check = text_of(finding, "check");
    for (const char* group : {"gxi.", "con.", "pos.", "den.", "pre."})
      if (check.rfind(group, 0) == 0 && text_of(finding, "rule_set").empty())
        throw Refused{"a claim about relevance, and no rule set"};
    const Explanation& explanation = this->explanation(text_of(finding, "rule_set"), *here, index_of(at, "target"));
    asked = &explanation;
    if (scope.around())
      replay_around(finding, exemplar, scope, *here);
    else
      replay_here(question_of(finding, exemplar, verdict, witness, explanation, domain, material.roots),
                  beside(text_of(finding, "rule_set"), *here, index_of(at, "target")));
    return {Verdict::accepted, ""};
  } catch (const Refused& refused) {
    if (asked && asked->ambiguous())
      return {Verdict::not_covered, "edge: a tie or a kink at the input; " + refused.why};
    return {Verdict::rejected, refused.why};
  } catch (const NotCovered& limit) {
    return {Verdict::not_covered, limit.why};
  } catch (const Spent&) {
    return {Verdict::not_covered, "budget: the exact replay costs too many operations"};
  } catch (const std::bad_alloc&) {
    return {Verdict::not_covered, "memory: the replay does not fit"};
  } catch (const std::exception&) {
    return {Verdict::rejected, "a witness with an index beyond its tensor, or of a wrong form"};
  }
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Read<Session> Session::open(Material material) {
  auto state = std::make_unique<State>();
  auto model = read_model(material.model);
  if (!model.value) return Read<Session>::fail("model: " + model.error);
  auto shortened = cut(std::move(*model.value), material.cut);
  if (!shortened.value) return Read<Session>::fail(shortened.error);
  auto rewritten = canonize(std::move(*shortened.value), material.steps);
  if (!rewritten.value) return Read<Session>::fail(rewritten.error);
  state->ruled = Ruled(std::move(*rewritten.value), material.rules);
  auto domain = read_domain(material.domain);
  if (!domain.value) return Read<Session>::fail(domain.error);
  state->domain = *domain.value;
  state->material = std::move(material);
  return {Session(std::move(state)), ""};
}

namespace {

// Where exemplars share what was evaluated: an input and a rule set.
struct Errand {
  std::size_t finding, exemplar;
};
using Errands = std::map<std::pair<long, std::string>, std::vector<Errand>>;

Errands errands_of(const std::vector<json>& findings, std::vector<std::vector<Answer>>& answers) {
  Errands errands;
  for (std::size_t f = 0; f < findings.size(); ++f) {
    if (!findings[f].is_object()) {
      answers[f] = {{Verdict::rejected, "the finding is no JSON object"}};
      continue;
    }
    const json exemplars = findings[f].value("exemplars", json::array());
    if (!exemplars.is_array()) {
      answers[f] = {{Verdict::rejected, "the exemplars are no array"}};
      continue;
    }
    answers[f].resize(exemplars.size(), {Verdict::rejected, "an exemplar that is no object"});
    for (std::size_t e = 0; e < exemplars.size(); ++e) {
      if (!exemplars[e].is_object()) continue;
      const long input = index_of(exemplars[e].value("place", json::object()), "input");
      errands[{input, text_of(findings[f], "rule_set")}].push_back({f, e});
    }
  }
  return errands;
}

}  // namespace

std::vector<std::vector<Answer>> Session::replay(const std::vector<std::string>& texts, int jobs,
                                                 const std::function<void(std::size_t, std::size_t)>& progress) const {
  std::vector<json> parsed;
  for (const auto& text : texts) parsed.push_back(json::parse(text, nullptr, false));
  const std::vector<json>& findings = parsed;  // read by all threads
  std::vector<std::vector<Answer>> answers(findings.size());
  const Errands errands = errands_of(findings, answers);
  std::vector<const std::vector<Errand>*> queue;
  for (const auto& entry : errands) queue.push_back(&entry.second);
  std::atomic<std::size_t> next = 0;
  std::mutex telling;
  std::size_t done = 0;
  const auto work = [&] {
    for (std::size_t k = next++; k < queue.size(); k = next++) {
      std::unique_ptr<Place> here;
      for (const Errand& errand : *queue[k])
        answers[errand.finding][errand.exemplar] =
            state_->replay(findings[errand.finding], findings[errand.finding]["exemplars"][errand.exemplar], here);
      const std::lock_guard lock(telling);
      if (++done; progress) progress(done, queue.size());
    }
  };
  std::vector<std::jthread> others;
  try {
    for (int k = 1; k < jobs && std::size_t(k) < queue.size(); ++k) others.emplace_back(work);
  } catch (const std::system_error&) {  // no more threads to be had: those that run do the work
  }
  work();
  others.clear();
  return answers;
}

Read<std::string> Session::attribute(const std::string& rules, long input, long target, bool exact) const {
  try {
    std::ostringstream text;
    text.precision(17);
    const auto here = state_->open(input);
    here->budget = kBudget;
    if (target < 0) target = state_->target_of("argmax", input, here->point);
    const Explanation& explanation = state_->explanation(rules, *here, target);
    for (long i = 0; i < state_->network.node(0).size(); ++i) {
      text << "relevance " << i << " ";
      if (exact)
        text << explanation.relevance<Exact>(0, i).get_str();
      else
        text << explanation.relevance<Enclosure>(0, i).lo << " " << explanation.relevance<Enclosure>(0, i).hi;
      text << " gradient ";
      if (exact)
        text << explanation.slope<Exact>(0, i).get_str() << "\n";
      else
        text << explanation.slope<Enclosure>(0, i).lo << " " << explanation.slope<Enclosure>(0, i).hi << "\n";
    }
    return {text.str(), ""};
  } catch (const Refused& refused) {
    return Read<std::string>::fail(refused.why);
  } catch (const NotCovered& limit) {
    return Read<std::string>::fail("not covered: " + limit.why);
  } catch (const Spent&) {
    return Read<std::string>::fail("not covered: budget");
  }
}

}  // namespace lrproof::oracle
