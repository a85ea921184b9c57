#include "cert/check.hpp"

#include "claim/json.hpp"
#include "oracle/replay.hpp"

namespace lrproof::cert {

struct Checker::State {
  std::string model, other;
  std::optional<oracle::Session> session;
};

Checker::Checker(std::unique_ptr<State> state) : state_(std::move(state)) {}
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;
Checker::~Checker() = default;

base::Result<Checker> Checker::create(Material material) {
  auto state = std::make_unique<State>();
  state->model = std::move(material.model);
  oracle::Material own;
  own.model = state->model;
  for (auto& [name, text] : material.rules) own.rules.push_back({name, text});
  for (const claim::Step& step : material.steps) own.steps.push_back({step.rewrite, step.nodes});
  own.cut = material.cut;
  own.domain = material.domain;
  own.input = std::move(material.input);
  own.roots = std::move(material.roots);
  if (material.other) {
    state->other = std::move(*material.other);
    own.other = oracle::Compared{state->other, material.other_cut};
  }
  auto session = oracle::Session::open(std::move(own));
  if (!session.value)
    return base::Diagnostic{"cert.unreadable", "", "the checker cannot follow the model: " + session.error, ""};
  state->session = std::move(session.value);
  return Checker(std::move(state));
}

namespace {

Checked weigh(const claim::Finding& finding, const std::vector<oracle::Answer>& answers) {
  Checked checked;
  bool refuted = false;  // by a witness of its own, not by a proof of another place
  for (std::size_t k = 0; k < answers.size(); ++k) {
    const oracle::Answer& answer = answers[k];
    const bool claimed = answer.why != "nothing claimed";
    if (answer.verdict == oracle::Verdict::accepted) {
      ++checked.accepted;
      refuted = refuted || finding.exemplars[k].verdict == claim::Verdict::refuted;
      checked.exemplars.push_back(Verdict::accepted);
      continue;
    }
    const bool rejected = answer.verdict == oracle::Verdict::rejected;
    checked.exemplars.push_back(rejected ? Verdict::rejected : Verdict::not_covered);
    if (rejected && checked.rejected == 0) checked.why = answer.why;
    if (!rejected && checked.why.empty()) checked.why = answer.why;
    if (rejected)
      ++checked.rejected;
    else if (claimed)
      ++checked.not_covered;
  }
  const bool enough = finding.verdict == claim::Verdict::refuted ? refuted : checked.not_covered == 0;
  if (checked.rejected > 0)
    checked.verdict = Verdict::rejected;
  else if (checked.accepted > 0 && enough)
    checked.verdict = Verdict::accepted;
  if (checked.verdict == Verdict::accepted) checked.why.clear();
  if (checked.verdict == Verdict::not_covered && checked.why.empty()) checked.why = "no exemplar to replay";
  return checked;
}

}  // namespace

std::vector<Checked> Checker::check(const std::vector<claim::Finding>& findings, int jobs,
                                    const std::function<void(std::size_t, std::size_t)>& progress) const {
  std::vector<std::string> texts;
  for (const auto& finding : findings) texts.push_back(claim::to_json_text(finding));
  const auto answers = state_->session->replay(texts, jobs, progress);
  std::vector<Checked> checked;
  for (std::size_t k = 0; k < findings.size(); ++k) checked.push_back(weigh(findings[k], answers[k]));
  return checked;
}

}  // namespace lrproof::cert
