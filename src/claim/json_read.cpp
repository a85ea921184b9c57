#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "claim/json.hpp"

namespace lrproof::claim {
namespace {

using Json = nlohmann::json;

/// The first thing that is wrong with a text; what is read after it is of no account.
struct Trouble {
  std::string name;
  std::optional<base::Diagnostic> first;
  void tell(const std::string& path, const std::string& sentence) {
    if (!first) first = base::Diagnostic{"report.form", name + ": " + path, sentence, "see docs/reports.md"};
  }
};

/// A value inside a JSON text with its path; asks for a type and notes the trouble when it is another.
class View {
 public:
  View(const Json& value, std::string path, Trouble& trouble)
      : value_(&value), path_(std::move(path)), trouble_(&trouble) {}

  View at(const char* key) const {
    const std::string path = path_ + "/" + key;
    if (!value_->is_object()) return wrong("an object"), View(kNull(), path, *trouble_);
    const auto found = value_->find(key);
    if (found != value_->end()) return View(*found, path, *trouble_);
    trouble_->tell(path, "missing");
    return View(kNull(), path, *trouble_);
  }
  bool is_null() const { return value_->is_null(); }
  const Json& json() const { return *value_; }

  std::string text() const { return value_->is_string() ? value_->get<std::string>() : (wrong("a string"), ""); }
  std::string text_or_null() const { return is_null() ? "" : text(); }
  bool truth() const { return value_->is_boolean() ? value_->get<bool>() : (wrong("true or false"), false); }
  double number() const {
    if (is_null()) return std::numeric_limits<double>::quiet_NaN();
    return value_->is_number() ? value_->get<double>() : (wrong("a number"), 0.0);
  }
  std::int64_t integer(std::int64_t most = std::numeric_limits<std::int64_t>::max()) const {
    const bool fits = value_->is_number_integer() &&
                      (!value_->is_number_unsigned() || value_->get<std::uint64_t>() <= std::uint64_t(most)) &&
                      (value_->is_number_unsigned() || value_->get<std::int64_t>() >= -most);
    return fits ? value_->get<std::int64_t>() : (wrong("an integer"), 0);
  }
  long index_or_null() const { return is_null() ? -1 : long(integer()); }
  int small_index_or_null() const { return is_null() ? -1 : int(integer(std::numeric_limits<int>::max())); }

  template <class Read>
  void each(Read read) const {
    if (!value_->is_array()) return wrong("a list");
    for (std::size_t k = 0; k < value_->size() && !trouble_->first; ++k)
      read(View((*value_)[k], path_ + "/" + std::to_string(k), *trouble_));
  }
  template <class Read>
  void each_member(Read read) const {
    if (!value_->is_object()) return wrong("an object");
    for (const auto& [key, item] : value_->items()) read(key, View(item, path_ + "/" + key, *trouble_));
  }
  template <class Enum>
  Enum one_of(std::initializer_list<Enum> words) const {
    const std::string word = text();
    for (const Enum value : words)
      if (to_string(value) == word) return value;
    if (!trouble_->first) trouble_->tell(path_, "unknown word '" + word + "'");
    return *words.begin();
  }
  void wrong(const std::string& wanted) const {
    trouble_->tell(path_.empty() ? "/" : path_, "expected " + wanted + ", found " + value_->type_name());
  }

 private:
  static const Json& kNull() {
    static const Json null;
    return null;
  }
  const Json* value_;
  std::string path_;
  Trouble* trouble_;
};

Verdict verdict_of(const View& view) {
  return view.one_of({Verdict::proved, Verdict::refuted, Verdict::unknown, Verdict::rejected});
}
Trust trust_of(const View& view) {
  return view.is_null() ? Trust::none : view.one_of({Trust::asserted, Trust::evaluated, Trust::checked});
}
Level level_of(const View& view) { return view.one_of({Level::none, Level::note, Level::warning, Level::error}); }

std::vector<std::string> texts_of(const View& view) {
  std::vector<std::string> texts;
  view.each([&](const View& item) { texts.push_back(item.text()); });
  return texts;
}
std::vector<long> indices_of(const View& view) {
  std::vector<long> indices;
  view.each([&](const View& item) { indices.push_back(long(item.integer())); });
  return indices;
}
std::map<std::string, double> numbers_of(const View& view) {
  std::map<std::string, double> numbers;
  view.each_member([&](const std::string& key, const View& item) { numbers[key] = item.number(); });
  return numbers;
}

Witness witness_of(const View& view) {
  Witness witness;
  if (view.is_null()) return witness;
  witness.kind = view.at("kind").text();
  view.each_member([&](const std::string& key, const View& item) {
    if (key == "kind") return;
    if (item.json().is_number()) {
      witness.indices[key] = long(item.integer());
    } else if (item.json().is_string()) {
      witness.words[key] = item.text();
    } else {
      auto& numbers = witness.numbers[key];
      item.each([&](const View& number) {
        const auto exact = num::Rational::parse(number.text());
        if (exact) numbers.push_back(*exact);
        if (!exact) number.wrong("an exact number \"p/q\"");
      });
    }
  });
  return witness;
}

Exemplar exemplar_of(const View& view) {
  Exemplar exemplar;
  exemplar.verdict = verdict_of(view.at("verdict"));
  const View place = view.at("place");
  exemplar.input = place.at("input").index_or_null();
  exemplar.neuron = place.at("neuron").index_or_null();
  exemplar.target = place.at("target").index_or_null();
  exemplar.witness = witness_of(view.at("witness"));
  exemplar.reason = view.at("reason").text_or_null();
  return exemplar;
}

Place place_of(const View& view) {
  Place place;
  place.node = view.at("node").text_or_null();
  place.layer = view.at("layer").small_index_or_null();
  place.kind = view.at("kind").text_or_null();
  place.notion = view.at("notion").text_or_null();
  place.target = view.at("target").text_or_null();
  if (view.json().is_object() && view.json().contains("line"))
    place.line = int(view.at("line").integer(std::numeric_limits<int>::max()));
  return place;
}

Scope scope_of(const View& view, const std::vector<long>& all) {
  const View inputs = view.at("inputs");
  const bool is_all = inputs.json().is_string() && inputs.text() == "all";
  const auto word = [&](const char* key) { return view.json().contains(key) ? view.at(key).text() : std::string(); };
  return Scope{view.at("kind").text(), is_all ? all : indices_of(inputs), word("radius"), word("min_activation")};
}

Counts counts_of(const View& view) {
  return Counts{view.at("places").integer(),  view.at("proved").integer(),   view.at("refuted").integer(),
                view.at("unknown").integer(), view.at("rejected").integer(), view.at("vacuous").integer()};
}

void read_cost(const View& view, Finding& finding) {
  finding.seconds = view.at("seconds").number();
  finding.steps = view.at("steps").integer();
  finding.prover = view.at("prover").text_or_null();
}

Finding finding_of(const View& view, const std::vector<long>& all) {
  Finding finding;
  finding.id = view.at("id").text();
  finding.check = view.at("check").text();
  finding.law = view.at("law").text();
  finding.rule_set = view.at("rule_set").text_or_null();
  finding.scope = scope_of(view.at("scope"), all);
  finding.place = place_of(view.at("place"));
  finding.verdict = verdict_of(view.at("verdict"));
  finding.trust = trust_of(view.at("trust"));
  finding.answer = view.at("answer").text_or_null();
  finding.vacuous = view.at("vacuous").truth();
  view.at("premises").each([&](const View& item) {
    finding.premises.push_back({item.at("check").text(), item.at("place").text(), verdict_of(item.at("verdict"))});
  });
  finding.statement = view.at("statement").text();
  finding.counts = counts_of(view.at("numbers").at("counts"));
  finding.numbers = numbers_of(view.at("numbers").at("bounds"));
  finding.reasons = texts_of(view.at("reasons"));
  view.at("exemplars").each([&](const View& item) { finding.exemplars.push_back(exemplar_of(item)); });
  read_cost(view.at("cost"), finding);
  finding.level = level_of(view.at("level"));
  finding.fix = view.at("fix").is_null() ? "" : view.at("fix").at("text").text();
  return finding;
}

Step step_of(const View& view) {
  Step step;
  step.rewrite = view.at("rewrite").text();
  step.nodes = texts_of(view.at("nodes"));
  const View claimed = view.at("claim");
  step.statement = claimed.at("statement").text();
  step.verdict = verdict_of(claimed.at("verdict"));
  step.trust = trust_of(claimed.at("trust"));
  const View certificate = view.at("certificate");
  step.symbolic = certificate.is_null() ? "" : certificate.at("kind").text();
  step.note = view.at("note").text_or_null();
  return step;
}

std::vector<std::vector<std::int64_t>> shapes_of(const View& view) {
  std::vector<std::vector<std::int64_t>> shapes;
  view.each([&](const View& shape) {
    auto& sizes = shapes.emplace_back();
    shape.each([&](const View& size) { sizes.push_back(size.integer()); });
  });
  return shapes;
}

ModelInfo model_of(const View& view) {
  ModelInfo model;
  model.path = view.at("path").text();
  model.sha256 = view.at("sha256").text();
  model.inputs = shapes_of(view.at("inputs"));
  model.outputs = shapes_of(view.at("outputs"));
  model.nodes = int(view.at("nodes").integer(std::numeric_limits<int>::max()));
  model.cut = texts_of(view.at("cut"));
  const View canonized = view.at("canonized");
  model.canonized = !canonized.is_null();
  if (model.canonized) {
    model.canonized_digest = canonized.at("digest").text_or_null();
    canonized.at("steps").each([&](const View& item) { model.steps.push_back(step_of(item)); });
  }
  model.notes = texts_of(view.at("notes"));
  return model;
}

RuleSetInfo rule_set_of(const View& view) {
  RuleSetInfo rules;
  rules.name = view.at("name").text();
  rules.path = view.at("path").text_or_null();
  rules.sha256 = view.at("sha256").text();
  rules.dialect = view.at("dialect").text_or_null();
  rules.text = view.at("text").text();
  view.at("assignment").each([&](const View& item) {
    rules.assignment.push_back({item.at("node").text(), item.at("op").text(), item.at("rule").text()});
  });
  return rules;
}

RootRow root_row_of(const View& view) {
  RootRow row;
  row.rule_set = view.at("rule_set").text();
  row.layer = view.at("layer").small_index_or_null();
  row.node = view.at("node").text();
  row.kind = view.at("kind").text();
  row.notion = view.at("notion").text();
  row.target = view.at("target").text_or_null();
  row.roots = view.at("roots").integer();
  row.inside = view.at("inside").integer();
  row.outside = view.at("outside").integer();
  row.unknown = view.at("unknown").integer();
  row.no_root = view.at("no_root").integer();
  row.zero_relevance = view.at("zero_relevance").integer();
  row.not_asked = view.at("not_asked").integer();
  row.inputs = view.at("inputs").integer();
  row.inputs_with_outside = view.at("inputs_with_outside").integer();
  return row;
}

LedgerRow ledger_row_of(const View& view) {
  LedgerRow row;
  row.rule_set = view.at("rule_set").text();
  row.layer = view.at("layer").small_index_or_null();
  row.node = view.at("node").text();
  row.op = view.at("op").text();
  row.target = view.at("target").text_or_null();
  row.inputs = view.at("inputs").integer();
  row.relevance_out = view.at("relevance_out").number();
  row.relevance_in = view.at("relevance_in").number();
  row.causes = numbers_of(view.at("causes"));
  row.largest = view.at("largest").number();
  return row;
}

RootsInfo roots_of(const View& view) {
  RootsInfo roots{view.at("path").text(), view.at("sha256").text(), {}};
  view.at("tensors").each([&](const View& item) {
    roots.tensors.push_back({item.at("node").text(), item.at("per").text(), item.at("slope").truth()});
  });
  return roots;
}

Report report_of(const View& view) {
  Report report;
  const View tool = view.at("tool");
  report.version = tool.at("version").text();
  report.z3 = tool.at("z3").text_or_null();
  report.command = tool.at("command").text_or_null();
  report.model = model_of(view.at("model"));
  view.at("rule_sets").each([&](const View& item) { report.rule_sets.push_back(rule_set_of(item)); });
  const View inputs = view.at("inputs");
  report.inputs_path = inputs.at("path").text_or_null();
  report.inputs_sha256 = inputs.at("sha256").text_or_null();
  report.input_indices = indices_of(inputs.at("indices"));
  if (view.json().is_object() && view.json().contains("roots")) report.given_roots = roots_of(view.at("roots"));
  view.at("findings").each([&](const View& item) {
    report.findings.push_back(finding_of(item, report.input_indices));
  });
  const View tables = view.at("tables");
  tables.at("roots").each([&](const View& item) { report.roots.push_back(root_row_of(item)); });
  tables.at("ledger").each([&](const View& item) { report.ledger.push_back(ledger_row_of(item)); });
  view.at("settings").each_member([&](const std::string& key, const View& item) {
    report.settings[key] = item.text();
  });
  report.seconds = view.at("cost").at("seconds").number();
  return report;
}

base::Result<Json> parse(std::string_view text, const std::string& name) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return base::Diagnostic{"report.json", name + ": byte " + std::to_string(error.byte), "this is not JSON",
                            "a complete file written by lrproof"};
  } catch (const Json::exception& error) {
    return base::Diagnostic{"report.json", name, "this JSON holds a number that is out of range", ""};
  }
}

template <class Value, class Read>
base::Result<Value> read(std::string_view text, const std::string& name, Read of) {
  LRPROOF_TRY(json, parse(text, name));
  Trouble trouble{name, {}};
  Value value = of(View(json, "", trouble));
  if (trouble.first) return *trouble.first;
  return value;
}

}  // namespace

base::Result<Exemplar> exemplar_from_json(std::string_view text, const std::string& name) {
  return read<Exemplar>(text, name, exemplar_of);
}

base::Result<Finding> finding_from_json(std::string_view text, const std::string& name) {
  return read<Finding>(text, name, [](const View& view) { return finding_of(view, {}); });
}

base::Result<Report> report_from_json(std::string_view text, const std::string& name) {
  LRPROOF_TRY(json, parse(text, name));
  Trouble trouble{name, {}};
  const View view(json, "", trouble);
  if (!json.is_object() || !json.contains("schema") || json["schema"] != "lrproof-report/1")
    return base::Diagnostic{"report.schema", name + ": /schema", "this is not a report of schema lrproof-report/1",
                            "a file written by lrproof audit --report FILE.json"};
  Report report = report_of(view);
  if (trouble.first) return *trouble.first;
  return report;
}

}  // namespace lrproof::claim
