#include <fmt/format.h>

#include <array>
#include <iterator>
#include <sstream>
#include <string_view>

#include "report/words.hpp"

namespace lrproof::report {
namespace {

using claim::Witness;

/// A sentence per kind of witness (docs/certificates.md); {name} stands for the field of that name.
struct Template {
  std::string_view kind, sentence;
};
constexpr std::array kTemplates = {
    Template{"feature", "feature {feature} has relevance {relevance}, but gradient x input {gradient_x_input}"},
    Template{"reduces", "both maps agree at every feature"},
    Template{"ratio", "features {feature} and {other} are not in the proportion of gradient x input"},
    Template{"scaled", "the two maps are proportional with a positive factor"},
    Template{"bound",
             "feature {feature} is {difference} away from gradient x input, more than {tau} of the output "
             "{output}"},
    Template{"bounded", "every feature is within {tau} of the output"},
    Template{"escape",
             "the root of unit {unit} (t = {t}) takes element {element} of {node} from {at_input} to "
             "{at_root}"},
    Template{"inside", "the root of unit {unit} (t = {t}) leaves every later unit on its piece"},
    Template{"gradient",
             "{s} of the way to the root of unit {unit} (t = {t}), element {element} of the gradient is "
             "{at_point} instead of {at_input}"},
    Template{"linear", "the gradient is the same all the way to the root of unit {unit} (t = {t})"},
    Template{"within", "the root of unit {unit} (t = {t}) is within the bounds"},
    Template{"constant", "the map is gradient x (input - root); the output is {output}, at the root {output_at_root}"},
    Template{"map",
             "feature {feature} has relevance {relevance}, but gradient x (input - root) {gradient_x_difference}"},
    Template{"point", "f = 0 at a point of the cell"},
    Template{"cause", "unit {unit}: {cause} accounts for {amount}"},
    Template{"conserved", "nothing is lost or gained"},
    Template{"totals", "the sum below is {below}, above it is {above}"},
    Template{"negative", "unit {from} gives element {to} the share {share} of its relevance"},
    Template{"positive", "no share is negative"},
    Template{"rival", "output {rival} is {rival_output}, the explained one {output}"},
    Template{"greatest", "every other output stays below the explained one"},
    Template{"same-map", "both networks give every element of the input the same"},
    Template{"by-law", "the laws of the two layers' rules hold for all inputs"},
    Template{"zero", "the denominator of unit {unit} (term {term}) is exactly 0"},
    Template{"cancelling", "operands of unit {unit} have opposite signs at an input that was tried"},
    Template{"negative-sum", "the sum of unit {unit} (term {term}) is {denominator} at an input that was tried"},
    Template{"denominator-below", "at an input that was tried, unit {unit} (term {term}) divides by {denominator}"},
    Template{"denominator-above", "at another one it divides by {denominator}"},
    Template{"negative-input", "element {element} is {a} at an input that was tried"},
    Template{"negative-unit", "unit {unit} is {z} at an input that was tried"},
    Template{"outside-box", "element {element} is {a} at an input that was tried"},
    Template{"no-positive-output", "the largest output is {output}, number {unit}, at an input that was tried"},
    Template{"nearest", "the denominator nearest to 0 is {denominator}, at unit {unit} (term {term})"},
};

bool has(const Witness& witness, const std::string& name) {
  return witness.indices.count(name) + witness.words.count(name) + witness.numbers.count(name) > 0;
}

std::string field(const Witness& witness, const std::string& name) {
  if (const auto index = witness.indices.find(name); index != witness.indices.end())
    return std::to_string(index->second);
  if (const auto word = witness.words.find(name); word != witness.words.end())
    return word->second.size() <= 60 ? word->second : word->second.substr(0, 57) + "...";
  if (const auto number = witness.numbers.find(name); number != witness.numbers.end())
    return number->second.size() <= 2 ? exact_text(number->second) : fmt::format("{} numbers", number->second.size());
  return "?";
}

std::string filled(const Witness& witness, std::string_view sentence) {
  std::string out;
  while (!sentence.empty()) {
    const auto open = sentence.find('{');
    out += sentence.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = sentence.find('}', open);
    const std::string text = field(witness, std::string(sentence.substr(open + 1, close - open - 1)));
    if (text.rfind("≈", 0) == 0 && out.size() >= 2 && out.compare(out.size() - 2, 2, "= ") == 0)
      out.resize(out.size() - 2);  // "t ≈ 0.5", not "t = ≈ 0.5"
    out += text;
    sentence.remove_prefix(close + 1);
  }
  return out;
}

// A fixed root lies at the end of no ray: it has no step t to show.
std::string without_step(const Witness& witness, std::string_view sentence) {
  constexpr std::string_view kStep = " (t = {t})";
  std::string out(sentence);
  if (const auto at = out.find(kStep); at != std::string::npos && !has(witness, "t")) out.erase(at, kStep.size());
  return out;
}

std::string listed(const Witness& witness) {
  std::string out = witness.kind;
  const char* separator = ": ";
  const auto add = [&](const std::string& name) {
    out += separator + name + " = " + field(witness, name);
    separator = ", ";
  };
  for (const auto& [name, index] : witness.indices) add(name);
  for (const auto& [name, word] : witness.words) add(name);
  for (const auto& [name, number] : witness.numbers) add(name);
  return out;
}

// Of a root that was given (root.constant): of a layer, or of one unit above it.
std::string given_escape_sentence(const Witness& witness) {
  const bool rises = has(witness, "from");
  std::string whose = rises ? "the root at {from}" : "the root at {tensor}";
  if (has(witness, "above")) whose += " of unit {above} above it";
  if (rises) whose += ", sent on by the root function at {tensor},";
  return filled(witness, whose + " takes element {element} of {node} from {at_input} to {at_root}");
}

std::string outside_sentence(const Witness& witness) {
  const bool is_low = has(witness, "low");
  return filled(witness, "the root of unit {unit} has element {element} = {value}, ") +
         filled(witness, is_low ? "below {low}" : "above {high}");
}

// inv.*: the same element on two networks.
std::string other_map_sentence(const Witness& witness) {
  std::string beside = "on the other network";
  if (has(witness, "unit"))
    beside = witness.indices.at("unit") < 0 ? "with every other unit doubled and what reads it halved"
                                            : "with unit {unit} doubled and what reads it halved";
  if (has(witness, "begins")) beside += "; nearest to the output the maps differ at {begins}";
  return filled(witness, "element {element} of the input has relevance {first}, and {second} " + beside);
}

// The rows are a long list of names: the report holds them, the sentence counts them.
std::string farkas_sentence(const Witness& witness) {
  const auto rows = witness.words.find("rows");
  if (rows == witness.words.end()) return "inequalities of the cell and f = 0 add up to a contradiction";
  std::istringstream names(rows->second);
  const auto count = std::distance(std::istream_iterator<std::string>(names), {});
  return fmt::format("f = 0 and {} of the cell add up to a contradiction",
                     count == 1 ? "one inequality" : fmt::format("{} inequalities", count));
}

}  // namespace

std::string witness_sentence(const Witness& witness) {
  if (witness.kind == "farkas") return farkas_sentence(witness);
  if (witness.kind == "escape" && has(witness, "tensor")) return given_escape_sentence(witness);
  if (witness.kind == "other-map") return other_map_sentence(witness);
  if (witness.kind == "outside") return outside_sentence(witness);
  if (witness.kind == "ratio" && has(witness, "other") && witness.indices.at("other") < 0)
    return filled(witness, "at feature {feature} the two maps differ in sign, or only one of them is 0");
  if (witness.kind == "premise" && has(witness, "value"))
    return filled(witness, "the premise '{premise}' is broken by element {element} = {value}");
  if (witness.kind == "premise") return filled(witness, "the premise '{premise}' holds");
  if (witness.kind == "everywhere" && has(witness, "bound"))
    return filled(witness, "nowhere below {bound}") +
           (has(witness, "value") ? filled(witness, "; the nearest input found has {value}") : "") +
           (has(witness, "infimum") ? filled(witness, "; an infimum of 0 is {infimum}") : "");
  for (const Template& known : kTemplates)
    if (known.kind == witness.kind) return filled(witness, without_step(witness, known.sentence));
  return listed(witness);
}

std::string place_words(const claim::Finding& finding, const claim::Exemplar& exemplar) {
  std::string out = exemplar.input < 0 ? "" : "input " + std::to_string(exemplar.input);
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (exemplar.target >= 0) add("output " + std::to_string(exemplar.target));
  std::string node = finding.place.node;
  if (!finding.place.kind.empty()) node += " (" + finding.place.kind + " root)";
  if (finding.place.kind.empty() && !finding.place.notion.empty()) node += " (" + finding.place.notion + ")";
  if (!node.empty()) add(node);
  if (exemplar.witness.numbers.count("at")) add("at another input of the scope");
  return out.empty() ? "everywhere" : out;
}

std::size_t witness_size(const Witness& witness) {
  std::size_t size = 0;
  for (const auto& [name, list] : witness.numbers)
    for (const num::Rational& number : list) size += 8 + number.bits();
  for (const auto& [name, word] : witness.words) size += 8 * word.size();
  return size;
}

}  // namespace lrproof::report
