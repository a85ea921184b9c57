#include "recheck/recheck.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "oracle/archive.hpp"
#include "oracle/file.hpp"
#include "oracle/rule_law.hpp"

namespace lrproof::recheck {

using nlohmann::json;
using oracle::Read;
using oracle::Verdict;

namespace {

// Everything a session reads from; the session's views point into it.
struct Files {
  std::string model;
  oracle::Rows inputs, targets;
  bool has_targets = false;
};

std::string word(const json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_string() ? from[key].get<std::string>() : "";
}
json part(const json& from, const char* key) { return from.is_object() && from.contains(key) ? from[key] : json(); }
std::vector<std::string> words(const json& list) {
  std::vector<std::string> all;
  if (list.is_array())
    for (const json& item : list)
      if (item.is_string()) all.push_back(item.get<std::string>());
  return all;
}

// The file's bytes, provided they are those the report speaks of.
Read<std::string> trusted(const json& entry, const std::string& given, const std::filesystem::path& folder,
                          const std::string& what) {
  const std::string path = given.empty() ? (folder / word(entry, "path")).string() : given;
  if (given.empty() && word(entry, "path").empty()) return Read<std::string>::fail("the report names no " + what);
  auto bytes = oracle::read_bytes(path);
  if (!bytes.value) return bytes;
  if (oracle::sha256_hex(*bytes.value) != word(entry, "sha256"))
    return Read<std::string>::fail("'" + path + "' is not the " + what + " of the report: its sha256 differs");
  return bytes;
}

std::vector<oracle::Step> steps_of(const json& canonized) {
  std::vector<oracle::Step> steps;
  const json list = part(canonized, "steps");
  if (list.is_array())
    for (const json& step : list) steps.push_back({word(step, "rewrite"), words(part(step, "nodes"))});
  return steps;
}

Read<std::vector<oracle::NamedRules>> rules_of(const json& sets) {
  std::vector<oracle::NamedRules> rules;
  if (sets.is_array())
    for (const json& set : sets) {
      rules.push_back({word(set, "name"), word(set, "text")});
      if (oracle::sha256_hex(rules.back().text) != word(set, "sha256"))
        return Read<std::vector<oracle::NamedRules>>::fail("the text of rule set '" + rules.back().name +
                                                           "' does not have the stated sha256");
    }
  return {std::move(rules), ""};
}

// The root functions that the report's list names, with the numbers of the archive.
Read<std::vector<oracle::GivenRoot>> roots_of(const json& entry, const std::vector<oracle::NamedRows>& arrays) {
  using Result = Read<std::vector<oracle::GivenRoot>>;
  const auto find = [&](const std::string& name) -> const std::vector<double>* {
    for (const auto& array : arrays)
      if (array.name == name) return &array.rows.values;
    return nullptr;
  };
  std::vector<oracle::GivenRoot> roots;
  const json tensors = part(entry, "tensors");
  if (!tensors.is_array()) return Result::fail("the report's roots name no tensors");
  for (const json& tensor : tensors) {
    oracle::GivenRoot root{word(tensor, "node"), word(tensor, "per"), {}, {}};
    const auto* points = find(root.node);
    if (!points) points = find(root.node + (root.per == "unit" ? ".units" : ".inputs"));
    const auto* slope = part(tensor, "slope") == json(true) ? find(root.node + ".slope") : nullptr;
    if (!points || (part(tensor, "slope") == json(true) && !slope))
      return Result::fail("roots: no array for '" + root.node + "'");
    root.constant = *points;
    if (slope) root.slope = *slope;
    roots.push_back(std::move(root));
  }
  return {std::move(roots), ""};
}

Read<oracle::Session> open(const json& report, const Request& request, Files& files) {
  const auto folder = std::filesystem::path(request.report).parent_path();
  auto model = trusted(part(report, "model"), request.model, folder, "model");
  if (!model.value) return Read<oracle::Session>::fail(model.error);
  files.model = std::move(*model.value);
  auto inputs = trusted(part(report, "inputs"), request.inputs, folder, "inputs");
  if (!inputs.value) return Read<oracle::Session>::fail(inputs.error);
  auto rows = oracle::read_npy(*inputs.value);
  if (!rows.value) return Read<oracle::Session>::fail("inputs: " + rows.error);
  files.inputs = std::move(*rows.value);
  auto rules = rules_of(part(report, "rule_sets"));
  if (!rules.value) return Read<oracle::Session>::fail(rules.error);
  oracle::Material material;
  if (const json given = part(report, "roots"); !given.is_null()) {
    auto archive = trusted(given, request.roots, folder, "roots");
    if (!archive.value) return Read<oracle::Session>::fail(archive.error);
    auto arrays = oracle::read_npz(*archive.value);
    if (!arrays.value) return Read<oracle::Session>::fail("roots: " + arrays.error);
    auto roots = roots_of(given, *arrays.value);
    if (!roots.value) return Read<oracle::Session>::fail(roots.error);
    material.roots = std::move(*roots.value);
  }
  material.model = files.model;
  material.rules = std::move(*rules.value);
  material.steps = steps_of(part(part(report, "model"), "canonized"));
  material.cut = words(part(part(report, "model"), "cut"));
  material.domain = word(part(report, "settings"), "domain");
  material.other_missing = !word(part(report, "settings"), "against").empty();
  material.input = [&files](long k) -> std::optional<std::vector<double>> {
    if (k < 0 || k >= files.inputs.count) return std::nullopt;
    const auto begin = files.inputs.values.begin() + k * files.inputs.width;
    return std::vector<double>(begin, begin + files.inputs.width);
  };
  return oracle::Session::open(std::move(material));
}

// A place that names another unit than its witness would have a true witness stand for a false place.
std::string misplaced(const json& finding) {
  const json exemplars = part(finding, "exemplars");
  if (!exemplars.is_array()) return "";
  for (const json& exemplar : exemplars) {
    const json neuron = part(part(exemplar, "place"), "neuron"), unit = part(part(exemplar, "witness"), "unit");
    if (neuron.is_number_integer() && unit.is_number_integer() && neuron != unit)
      return "the place is neuron " + neuron.dump() + ", but the witness is about unit " + unit.dump();
  }
  return "";
}

long count_of(const json& finding, const char* which) {
  const json count = part(part(part(finding, "numbers"), "counts"), which);
  return count.is_number_integer() ? count.get<long>() : 0;
}

// What a finding says in sum must follow from its places (VER-1): else true exemplars would stand for a false verdict.
// inputs: how many the report is about.
std::string inconsistent(const json& finding, const std::string& tau, long inputs) {
  const std::string verdict = word(finding, "verdict"), answer = word(finding, "answer");
  const json vacuous = part(finding, "vacuous"), exemplars = part(finding, "exemplars");
  const long proved = count_of(finding, "proved"), refuted = count_of(finding, "refuted");
  const long unknown = count_of(finding, "unknown");
  const char* follows = refuted > 0 ? "refuted" : unknown > 0 ? "unknown" : "proved";
  if ((verdict == "proved" || verdict == "refuted") && verdict != follows)
    return "the finding is " + verdict + ", but its counts say " + follows;
  if (verdict == "proved" && proved == 0 && vacuous == json(false))
    return "the finding is proved, but its counts have no place that is";
  if (!vacuous.is_boolean() || !part(part(finding, "numbers"), "counts").is_object())
    return "the finding does not say how many places it has, or whether it is vacuous";
  const std::string kind = word(part(finding, "scope"), "kind"), check = word(finding, "check");
  const bool by_unit = check == "root.inside" || check == "root.linear" || check == "root.domain";
  const bool around = by_unit && (kind == "cell" || kind == "box");
  std::set<std::string> places;
  if (exemplars.is_array())
    for (const json& exemplar : exemplars) {
      const std::string here = word(exemplar, "verdict"), told = word(part(exemplar, "witness"), "answer");
      if (verdict == "proved" && here != "proved") return "the finding is proved, but an exemplar is " + here;
      if ((answer == "always" || answer == "never") && (around || !told.empty()) && told != answer)
        return "the finding's answer is " + answer + ", but an exemplar's is '" + told + "'";
      const json stated = part(part(exemplar, "witness"), "tau");
      if (!tau.empty() && stated.is_array() && stated != json{tau}) return "the witness is of another tau";
      const json at = part(exemplar, "place");
      const json unit = by_unit ? part(part(exemplar, "witness"), "unit") : json();
      if (here == "proved") places.insert(json{part(at, "input"), part(at, "target"), unit}.dump());
    }
  const bool of_inputs = kind != "everywhere";
  if (of_inputs && word(finding, "trust") == "checked" && long(places.size()) < proved)
    return "the finding is said to be checked, but not all of its places are shown";
  if (of_inputs && !by_unit && word(finding, "trust") == "checked" && proved + count_of(finding, "vacuous") < inputs)
    return "the finding is said to be checked, but it counts fewer places than inputs";
  return "";
}

Line line_of(const json& finding, const std::vector<oracle::Answer>& answers, const std::string& tau, long inputs) {
  const json place = part(finding, "place");
  Line line{word(finding, "id"),
            word(finding, "check"),
            word(place, "node"),
            word(finding, "verdict"),
            Verdict::accepted,
            true,
            ""};
  if (line.place.empty()) line.place = "network";
  for (const char* more : {"kind", "notion"})
    if (!word(place, more).empty()) line.place += " " + word(place, more);
  if (!word(finding, "rule_set").empty()) line.check += " [" + word(finding, "rule_set") + "]";
  if (const auto why = misplaced(finding); !why.empty()) {
    line.answer = Verdict::rejected, line.why = why;
    return line;
  }
  if (const auto why = inconsistent(finding, tau, inputs); !why.empty()) {
    line.answer = Verdict::rejected, line.why = why;
    return line;
  }
  bool any_accepted = false, any_uncovered = false;  // accepted: with the finding's own verdict
  int claims = 0;
  for (std::size_t k = 0; k < answers.size(); ++k) {
    const oracle::Answer& answer = answers[k];
    if (answer.verdict == Verdict::rejected) {
      line.answer = Verdict::rejected;
      line.why = answer.why;
      return line;
    }
    if (answer.why == "nothing claimed") continue;
    ++claims;
    any_accepted = any_accepted ||
                   (answer.verdict == Verdict::accepted && word(finding["exemplars"][k], "verdict") == line.verdict);
    if (answer.verdict == Verdict::not_covered) {
      any_uncovered = true;
      line.why = answer.why;
    }
  }
  const bool decided = line.verdict == "proved" || line.verdict == "refuted";
  line.claimed = claims > 0 || line.verdict == "refuted";
  if (claims == 0 && line.verdict == "refuted") any_uncovered = true, line.why = "refuted, but no witness is shown";
  if (!line.claimed) line.why = decided ? "no witness shown" : "nothing claimed";
  // One accepted witness refutes; a proof is as covered as its least covered exemplar.
  const bool uncovered = line.verdict == "refuted" ? !any_accepted : any_uncovered;
  if (line.claimed && uncovered) line.answer = Verdict::not_covered;
  if (line.claimed && uncovered && line.why.empty()) line.why = "no exemplar shows the finding's own verdict";
  if (line.answer == Verdict::accepted && line.claimed) line.why.clear();
  return line;
}

// A file of lrproof rules audit: needs neither model nor inputs.
Result recheck_laws(const std::string& bytes, const Request& request) {
  if (!request.model.empty() || !request.inputs.empty() || !request.roots.empty())
    return {{}, "'" + request.report + "' is about rules alone: it takes no --model, --inputs or --roots"};
  const auto laws = oracle::replay_rule_laws(bytes);
  if (!laws.value) return {{}, "'" + request.report + "': " + laws.error};
  Result result;
  for (const auto& law : *laws.value)
    result.lines.push_back({law.id, law.rule + ", " + law.law, law.shape, law.verdict,
                            law.claimed ? law.answer.verdict : Verdict::accepted, law.claimed, law.answer.why});
  return result;
}

}  // namespace

Result recheck(const Request& request) {
  const auto unreadable = [](const std::string& why) { return Result{{}, why}; };
  auto bytes = oracle::read_bytes(request.report);
  if (!bytes.value) return unreadable(bytes.error);
  const json report = json::parse(*bytes.value, nullptr, false);
  if (word(report, "schema") == "lrproof-rule-laws/1") return recheck_laws(*bytes.value, request);
  if (!report.is_object() || word(report, "schema") != "lrproof-report/1")
    return unreadable("'" + request.report + "' is no report of schema lrproof-report/1 or lrproof-rule-laws/1");
  Files files;
  try {
    auto session = open(report, request, files);
    if (!session.value) return unreadable(session.error);
    Result result;
    const json findings = part(report, "findings");
    if (!findings.is_array()) return unreadable("the report has no findings");
    std::vector<std::string> texts;
    for (const json& finding : findings) {
      if (!finding.is_object()) return unreadable("a finding that is no object");
      texts.push_back(finding.dump());
    }
    const auto answers = session.value->replay(texts, int(std::max(1u, std::thread::hardware_concurrency())));
    const json indices = part(part(report, "inputs"), "indices");
    const long inputs = indices.is_array() ? long(indices.size()) : 0;
    for (std::size_t k = 0; k < findings.size(); ++k)
      result.lines.push_back(line_of(findings[k], answers[k], word(part(report, "settings"), "tau"), inputs));
    return result;
  } catch (const std::exception& error) {
    return unreadable(std::string("a damaged report: ") + error.what());
  }
}

int exit_code(const Result& result) {
  if (!result.error.empty()) return 2;
  int code = 0;
  for (const Line& line : result.lines) {
    if (line.answer == Verdict::rejected) return 70;
    if (line.answer == Verdict::not_covered) code = 3;
  }
  return code;
}

std::string to_text(const Result& result) {
  if (!result.error.empty()) return "lrproof-recheck: " + result.error + "\n";
  std::ostringstream text;
  std::map<std::string, int> totals;
  for (const Line& line : result.lines) {
    const std::string answer = line.claimed ? oracle::to_string(line.answer) : "nothing to check";
    ++totals[answer];
    text << answer << "  " << line.verdict << "  " << line.check << "  " << line.place << "  " << line.id;
    if (!line.why.empty() && line.claimed) text << "  (" << line.why << ")";
    text << "\n";
  }
  text << totals["accepted"] << " accepted, " << totals["rejected"] << " rejected, " << totals["not covered"]
       << " not covered, " << totals["nothing to check"] << " without a claim to check\n";
  return text.str();
}

}  // namespace lrproof::recheck
