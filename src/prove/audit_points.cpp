#include "prove/audit_points.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <chrono>

#include "attr/ledger.hpp"
#include "prove/in_scope.hpp"

namespace lrproof::prove {

using num::Interval;

namespace {

struct Decider {
  const char* prefix;
  void (*decide)(AtPoint&, const prop::Obligation&, Tally&);
};

constexpr Decider kDeciders[] = {
    {"root.exists", decide_exists}, {"root.constant", decide_constant}, {"root.", decide_roots},
    {"gxi.", decide_reduction},     {"con.", decide_conservation},      {"pos.", decide_positivity},
    {"den.", decide_denominator},   {"pre.", decide_premise},           {"net.", decide_class},
    {"inv.", decide_invariance},
};

void decide(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  for (const Decider& d : kDeciders)
    if (o.check.rfind(d.prefix, 0) == 0) return d.decide(at, o, tally);
  LRPROOF_INVARIANT(false, "no prover for " + o.check);
}

// One input's tallies and ledger, by obligation and by rule set.
struct InputResult {
  std::vector<Tally> tallies;
  std::vector<double> seconds;
  std::vector<std::vector<claim::LedgerRow>> ledger;
};

std::vector<claim::LedgerRow> ledger_at(AtPoint& at, std::size_t rule_case) {
  std::vector<claim::LedgerRow> rows;
  const auto& shared = at.shared();
  if (!shared.rejected[rule_case].empty() || at.maps(rule_case).empty()) return rows;
  const Map& map = at.maps(rule_case)[0];
  const net::Network& network = at.point().network();
  Interval start;
  for (const auto& v : map.relevance.of[std::size_t(network.output())]) start += v;
  const double scale = std::max(std::abs(num::to_double(start)), 1e-300);
  const auto ledger = attr::ledger<Interval>(network, 1, map.relevance, map.trace);
  for (const auto& line : ledger.rows) {
    const net::Node& node = network.node(line.node);
    const auto& rule = shared.subject.cases[rule_case].assignment.of[std::size_t(line.node)];
    if (!rule || line.node == 0) continue;
    claim::LedgerRow row;
    row.node = node.name, row.op = net::op_word(node.op), row.layer = line.node, row.inputs = 1;
    row.relevance_out = num::to_double(line.incoming) / scale, row.relevance_in = num::to_double(line.given) / scale;
    auto cause = [&](const char* name, const Interval& amount) {
      if (!amount.is_zero()) row.causes[name] = num::to_double(amount) / scale;
    };
    cause("bias", line.bias), cause("stabilizer", line.stabilizer), cause("vanished", line.vanished);
    cause("coefficients", line.coefficients), cause("unmatched", line.unmatched), cause("constant", line.constant);
    cause("rule", line.rule);
    double sum = 0;
    for (const auto& [name, amount] : row.causes) sum += amount;
    row.largest = std::abs(sum);
    rows.push_back(std::move(row));
  }
  std::reverse(rows.begin(), rows.end());
  return rows;
}

InputResult audit_one(const Shared& shared, const std::vector<prop::Obligation>& obligations, const PointInput& input,
                      Notebook* notebook) {
  InputResult result;
  AtPoint at(shared, input.x, input.target, input.index);
  result.tallies.resize(obligations.size());
  result.seconds.resize(obligations.size());
  const bool point = shared.subject.settings.scope == prop::ScopeKind::point;
  std::optional<InScope> scope;
  if (!point) scope.emplace(at, "input" + std::to_string(input.index) + "-output" + std::to_string(input.target));
  const std::string& target = shared.subject.settings.target;
  for (std::size_t k = 0; k < obligations.size(); ++k) {
    if (notebook && notebook->recall(target, input.index, k, result.tallies[k], result.seconds[k])) continue;
    const auto begin = std::chrono::steady_clock::now();
    result.tallies[k].all_proved = shared.subject.settings.all_certificates;
    if (point)
      decide(at, obligations[k], result.tallies[k]);
    else
      decide_in_scope(*scope, obligations[k], result.tallies[k]);
    for (auto& e : result.tallies[k].exemplars) e.input = input.index;
    result.seconds[k] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (notebook) notebook->keep(target, input.index, k, result.tallies[k], result.seconds[k]);
  }
  for (std::size_t c = 0; c < shared.subject.cases.size(); ++c)
    result.ledger.push_back(point ? ledger_at(at, c) : std::vector<claim::LedgerRow>());
  return result;
}

void fold(claim::Counts& into, const claim::Counts& more) {
  into.places += more.places, into.proved += more.proved, into.refuted += more.refuted;
  into.unknown += more.unknown, into.rejected += more.rejected, into.vacuous += more.vacuous;
}

void fold(claim::RootRow& into, const claim::RootRow& more) {
  into.roots += more.roots, into.inside += more.inside, into.outside += more.outside, into.unknown += more.unknown;
  into.no_root += more.no_root, into.zero_relevance += more.zero_relevance, into.not_asked += more.not_asked;
  into.inputs += more.inputs, into.inputs_with_outside += more.inputs_with_outside;
}

class Fold {
 public:
  Fold(const prop::Subject& subject, const std::vector<prop::Obligation>& obligations)
      : subject_(subject),
        obligations_(obligations),
        tallies_(obligations.size()),
        seconds_(obligations.size()),
        ledger_(subject.cases.size()) {}

  void add(InputResult one) {
    for (std::size_t k = 0; k < obligations_.size(); ++k) {
      Tally &into = tallies_[k], &more = one.tallies[k];
      seconds_[k] += one.seconds[k];
      fold(into.counts, more.counts);
      fold(into.roots, more.roots);
      into.root_row = into.root_row || more.root_row;
      for (const auto& r : more.reasons) into.reason(r);
      for (const auto& [name, v] : more.sum) into.sum[name] += v;
      for (const auto& [name, v] : more.smallest)
        into.smallest[name] = into.smallest.count(name) ? std::min(into.smallest[name], v) : v;
      for (const auto& [name, v] : more.largest) into.largest[name] = std::max(into.largest[name], v);
      for (auto& e : more.exemplars) keep(into.exemplars, std::move(e));
    }
    for (std::size_t c = 0; c < ledger_.size(); ++c) add_ledger(ledger_[c], one.ledger[c]);
  }

  PointAudit finish(const std::vector<PointInput>& inputs) {
    PointAudit out;
    for (std::size_t k = 0; k < obligations_.size(); ++k) {
      out.findings.push_back(finding(k, inputs));
      if (tallies_[k].root_row) out.roots.push_back(root_row(k));
    }
    add_premises(out.findings);
    for (std::size_t c = 0; c < ledger_.size(); ++c)
      for (auto& row : ledger_[c]) {
        row.rule_set = subject_.cases[c].rules.name, row.target = subject_.settings.target;
        const double n = double(std::max<std::int64_t>(row.inputs, 1));
        row.relevance_out /= n, row.relevance_in /= n;
        for (auto& [name, amount] : row.causes) amount /= n;
        out.ledger.push_back(row);
      }
    return out;
  }

 private:
  // The first few of a verdict; of those that say how near a law came to being broken over a scope, the nearest.
  void keep(std::vector<claim::Exemplar>& kept, claim::Exemplar e) const {
    const auto value = [](const claim::Exemplar& of) -> const num::Rational* {
      const auto found = of.witness.numbers.find("value");
      return of.witness.numbers.count("nearest") && found != of.witness.numbers.end() ? &found->second[0] : nullptr;
    };
    claim::Exemplar* farthest = nullptr;
    long count = 0;
    for (auto& have : kept) {
      if (have.verdict != e.verdict) continue;
      ++count;
      if (value(have) && (!farthest || *value(*farthest) < *value(have))) farthest = &have;
    }
    const bool all = subject_.settings.all_certificates && e.verdict == claim::Verdict::proved;
    if (all || count < subject_.settings.witnesses)
      kept.push_back(std::move(e));
    else if (farthest && value(e) && *value(e) < *value(*farthest))
      *farthest = std::move(e);
  }

  static void add_ledger(std::vector<claim::LedgerRow>& into, const std::vector<claim::LedgerRow>& rows) {
    for (const auto& row : rows) {
      auto found = std::find_if(into.begin(), into.end(), [&](const auto& have) { return have.node == row.node; });
      if (found == into.end()) {
        into.insert(std::find_if(into.begin(), into.end(), [&](const auto& have) { return have.layer > row.layer; }),
                    row);
        continue;
      }
      found->inputs += row.inputs, found->relevance_out += row.relevance_out;
      found->relevance_in += row.relevance_in, found->largest = std::max(found->largest, row.largest);
      for (const auto& [name, amount] : row.causes) found->causes[name] += amount;
    }
  }

  claim::Place place(const prop::Obligation& o) const {
    claim::Place p;
    p.node = o.node < 0 ? "" : subject_.network->node(o.node).name;
    p.layer = o.layer, p.notion = o.notion, p.target = subject_.settings.target;
    if (o.root_layer >= 0) p.kind = root::word(o.kind);
    return p;
  }

  claim::Finding finding(std::size_t k, const std::vector<PointInput>& inputs) const {
    const prop::Obligation& o = obligations_[k];
    const Tally& tally = tallies_[k];
    claim::Finding f;
    f.check = o.check;
    if (o.rule_case >= 0) f.rule_set = subject_.cases[std::size_t(o.rule_case)].rules.name;
    f.place = place(o), f.statement = o.statement, f.fix = o.fix;
    f.scope.kind = scope_word(subject_.settings, inputs.size());
    if (subject_.settings.radius) f.scope.radius = subject_.settings.radius->to_string();
    if (o.root_layer >= 0 && subject_.settings.scope != prop::ScopeKind::point)
      f.scope.min_activation =
          subject_.settings.min_activation ? subject_.settings.min_activation->to_string() : "half";
    for (const auto& input : inputs) f.scope.inputs.push_back(input.index);
    f.counts = tally.counts, f.reasons = tally.reasons, f.prover = o.check == "root.exists" ? "simplex" : "exact";
    f.seconds = seconds_[k];
    for (const auto& [name, v] : tally.sum) f.numbers[name] = v;
    for (const auto& [name, v] : tally.smallest) f.numbers[name] = v;
    for (const auto& [name, v] : tally.largest) f.numbers[name] = v;
    claim::settle(f);
    if (subject_.settings.scope != prop::ScopeKind::point) settle_answer(f);
    const auto shown = f.verdict;
    for (const auto& e : tally.exemplars)
      if (e.verdict == shown) f.exemplars.push_back(e);
    if (subject_.settings.all_certificates && shown != claim::Verdict::proved)
      for (const auto& e : tally.exemplars)
        if (e.verdict == claim::Verdict::proved) f.exemplars.push_back(e);
    if (shown == claim::Verdict::proved && !f.vacuous) f.trust = proof_trust();
    f.id = claim::finding_id(f);
    return f;
  }

  // What proves a claim over a scope is a certificate, which nobody else has looked at yet.
  claim::Trust proof_trust() const {
    return subject_.settings.scope == prop::ScopeKind::point ? claim::Trust::evaluated : claim::Trust::asserted;
  }
  static std::string scope_word(const prop::Settings& settings, std::size_t inputs) {
    if (settings.scope == prop::ScopeKind::cell) return "cell";
    if (settings.scope == prop::ScopeKind::box) return "box";
    return inputs == 1 ? "point" : "points";
  }
  // Each unit has an answer of its own over its scope.
  static void settle_answer(claim::Finding& f) {
    if (f.check.rfind("root.", 0) != 0 || f.check == "root.exists" || f.check == "root.constant") return;
    const auto count = [&](const char* word) { return f.numbers.count(word) ? f.numbers.at(word) : 0.0; };
    const double asked = double(f.counts.places - f.counts.vacuous);
    f.answer = "";
    if (asked > 0 && count("always") == asked) f.answer = "always";
    if (asked > 0 && count("never") == asked) f.answer = "never";
    if (f.verdict == claim::Verdict::refuted && f.answer.empty())
      f.answer = count("not-always") == 0 && f.counts.unknown == 0 ? "sometimes" : "not-always";
    f.numbers["decided"] = count("always") + count("never") + count("sometimes");
  }

  claim::RootRow root_row(std::size_t k) const {
    claim::RootRow row = tallies_[k].roots;
    const auto p = place(obligations_[k]);
    row.rule_set = subject_.cases[std::size_t(obligations_[k].rule_case)].rules.name;
    row.node = p.node, row.target = p.target, row.kind = p.kind, row.notion = p.notion, row.layer = p.layer;
    return row;
  }

  // The exception set of a reduction is that no used denominator vanishes, node by node.
  static void add_premises(std::vector<claim::Finding>& findings) {
    for (auto& f : findings) {
      if (f.check != "gxi.reduces" && f.check != "gxi.scaled") continue;
      for (const auto& d : findings)
        if (d.check == "den.nonzero" && d.rule_set == f.rule_set)
          f.premises.push_back({d.check, d.place.node, d.verdict});
    }
  }

  const prop::Subject& subject_;
  const std::vector<prop::Obligation>& obligations_;
  std::vector<Tally> tallies_;
  std::vector<double> seconds_;
  std::vector<std::vector<claim::LedgerRow>> ledger_;
};

}  // namespace

PointAudit audit_points(const prop::Subject& subject, const std::vector<PointInput>& inputs, int jobs,
                        const Progress& progress, Notebook* notebook) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, std::size_t(std::max(jobs, 1)));
  const auto obligations = prop::obligations(subject);
  const Shared shared(subject);
  Fold fold(subject, obligations);
  const std::size_t chunk = 32;
  for (std::size_t begin = 0; begin < inputs.size(); begin += chunk) {
    const std::size_t end = std::min(begin + chunk, inputs.size());
    std::vector<InputResult> results(end - begin);
    tbb::parallel_for(begin, end,
                      [&](std::size_t i) { results[i - begin] = audit_one(shared, obligations, inputs[i], notebook); });
    for (auto& result : results) fold.add(std::move(result));
    if (progress) progress(end, inputs.size());
  }
  return fold.finish(inputs);
}

}  // namespace lrproof::prove
