#include "rule/reader.hpp"

#include <algorithm>

#include "base/words.hpp"
#include "rule/builtin.hpp"
#include "rule/expression.hpp"

namespace lrproof::rule {

using base::Result;
using base::Status;
using num::Rational;
using text::Toml;

const std::vector<std::string>& gate_words() {
  static const std::vector<std::string> words{"always", "z > 0", "z < 0", "z >= 0", "z <= 0"};
  return words;
}
const std::vector<std::string>& stabilizer_words() {
  static const std::vector<std::string> words{"none", "signed", "unsigned", "clip", "zero-only"};
  return words;
}
const std::vector<std::string>& premise_words() {
  static const std::vector<std::string> words{"a >= 0", "low <= a <= high", "f > 0"};
  return words;
}
const std::vector<std::string>& start_words() {
  static const std::vector<std::string> words{"value", "one", "contrast"};
  return words;
}
const std::vector<std::string>& unmatched_words() {
  static const std::vector<std::string> words{"error", "gradient", "pass"};
  return words;
}

base::Diagnostic Reader::error(text::Mark mark, const std::string& code, std::string sentence, std::string hint) const {
  return {"rules." + code, text::place(file_, mark), std::move(sentence), std::move(hint)};
}

Status Reader::keys(const Toml& table, const std::string& what, const std::vector<std::string>& known) const {
  for (const auto& entry : table.entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      return error(entry.mark, "unknown-key", "unknown key '" + entry.key + "' in " + what,
                   base::did_you_mean(entry.key, known));
  }
  return base::fine();
}

Status Reader::expect(const Toml& value, Toml::Kind kind, const std::string& what) const {
  if (value.kind == kind) return base::fine();
  return error(value.mark, "type", what + " is " + text::kind_word(value.kind), "it must be " + text::kind_word(kind));
}

Result<Rational> Reader::number(const Toml& value, const std::string& what) const {
  if (!value.is_number() && value.kind != Toml::Kind::text)
    return error(value.mark, "type", what + " is " + text::kind_word(value.kind),
                 "it must be a number, or a string \"p/q\"");
  const auto parsed = Rational::parse(value.text);
  if (!parsed)
    return error(value.mark, "number", what + " is '" + value.text + "', which is no number",
                 "numbers look like 3, 0.25, 1e-6 or \"1/3\"");
  if (parsed->bits() > kMaxNumberBits)
    return error(value.mark, "number", what + " is too large a number", "numbers have at most 4096 bits");
  return *parsed;
}

Result<long> Reader::integer(const Toml& value, const std::string& what) const {
  LRPROOF_CHECK(expect(value, Toml::Kind::integer, what));
  const auto parsed = Rational::parse(value.text);
  if (!parsed || num::abs(*parsed) > Rational(1000000000L))
    return error(value.mark, "number", what + " is out of range", "at most 1000000000");
  return long(parsed->to_double());
}

Result<std::string> Reader::string(const Toml& value, const std::string& what) const {
  LRPROOF_CHECK(expect(value, Toml::Kind::text, what));
  return value.text;
}

Result<std::size_t> Reader::word(const Toml& value, const std::string& what,
                                 const std::vector<std::string>& words) const {
  LRPROOF_CHECK(expect(value, Toml::Kind::text, what));
  const auto at = std::find(words.begin(), words.end(), value.text);
  if (at == words.end())
    return error(value.mark, "word", "unknown " + what + " '" + value.text + "'",
                 base::did_you_mean(value.text, words));
  return std::size_t(at - words.begin());
}

Result<bool> Reader::boolean(const Toml& value, const std::string& what) const {
  LRPROOF_CHECK(expect(value, Toml::Kind::boolean, what));
  return value.boolean;
}

template <class T, class Parse>
Result<T> Reader::formula(const Toml& value, const std::string& what, Parse parse) const {
  // a bare number is a formula too: bias = 0, numerator = 1
  if (!value.is_number()) LRPROOF_CHECK(expect(value, Toml::Kind::text, what));
  auto parsed = parse(value.text);
  if (auto* wrong = std::get_if<FormulaError>(&parsed)) {
    text::Mark mark = value.mark;
    if (value.plain) mark.column += 1 + int(wrong->offset);
    return error(mark, "formula", what + ": " + wrong->sentence, wrong->hint);
  }
  return std::get<T>(parsed);
}

Result<Stabilizer> Reader::stabilizer(const Toml& table) const {
  LRPROOF_CHECK(expect(table, Toml::Kind::table, "stabilizer"));
  LRPROOF_CHECK(keys(table, "the stabilizer", {"kind", "epsilon", "zero_sign", "rms"}));
  Stabilizer out;
  const auto* kind = table.find("kind");
  if (!kind)
    return error(table.mark, "missing", "the stabilizer has no kind", "one of none, signed, unsigned, clip, zero-only");
  LRPROOF_TRY(index, word(kind->value, "kind of stabilizer", stabilizer_words()));
  out.kind = Stabilizer::Kind(index);
  const bool has_sign = out.kind == Stabilizer::Kind::signed_ || out.kind == Stabilizer::Kind::clip;
  if (const auto* epsilon = table.find("epsilon")) {
    LRPROOF_TRY(value, number(epsilon->value, "epsilon"));
    if (value.sign() < 0)
      return error(epsilon->value.mark, "value", "epsilon is negative", "a stabilizer's epsilon is at least 0");
    if (out.kind == Stabilizer::Kind::none)
      return error(epsilon->mark, "value", "a stabilizer of kind none has no epsilon",
                   "drop it, or say kind = \"signed\"");
    out.epsilon = value;
  } else if (out.kind != Stabilizer::Kind::none) {
    return error(table.mark, "missing", "the stabilizer has no epsilon", "for instance epsilon = 1e-6");
  }
  if (const auto* sign = table.find("zero_sign")) {
    LRPROOF_TRY(value, integer(sign->value, "zero_sign"));
    if (value != 1 && value != -1) return error(sign->value.mark, "value", "zero_sign is neither 1 nor -1");
    if (!has_sign)
      return error(sign->mark, "value", "zero_sign means nothing here", "it belongs to the kinds signed and clip");
    out.zero_sign = int(value);
  }
  if (const auto* rms = table.find("rms")) {
    LRPROOF_TRY(value, boolean(rms->value, "rms"));
    if (value && out.kind == Stabilizer::Kind::none)
      return error(rms->mark, "value", "a stabilizer of kind none has nothing to scale");
    out.rms = value;
  }
  return out.epsilon.is_zero() ? Stabilizer() : out;  // S(d) = d, and where d = 0 the share is 0, whatever the kind
}

Result<Term> Reader::term(const Toml& table) const {
  LRPROOF_CHECK(expect(table, Toml::Kind::table, "a term"));
  LRPROOF_CHECK(keys(table, "the term", {"share", "gate", "numerator", "bias", "stabilizer"}));
  Term out;
  if (const auto* share = table.find("share")) {
    LRPROOF_TRY(value, number(share->value, "share"));
    out.share = value;
  }
  if (const auto* gate = table.find("gate")) {
    LRPROOF_TRY(index, word(gate->value, "gate", gate_words()));
    out.gate = Gate(index);
  }
  const auto* numerator = table.find("numerator");
  if (!numerator) return error(table.mark, "missing", "the term has no numerator", "for instance numerator = \"a*w\"");
  LRPROOF_TRY(products, formula<std::vector<Product>>(numerator->value, "numerator", parse_numerator));
  if (products.empty())
    return error(numerator->value.mark, "value", "the numerator is 0",
                 "to stop relevance at a node, give it rule = \"zero\"");
  out.numerator = products;
  if (const auto* bias = table.find("bias")) {
    LRPROOF_TRY(parts, formula<std::vector<BiasPart>>(bias->value, "bias", parse_bias));
    out.bias = parts;
  }
  if (const auto* s = table.find("stabilizer")) {
    LRPROOF_TRY(value, stabilizer(s->value));
    out.stabilizer = value;
  }
  return out;
}

Result<Direction> Reader::root(const Toml& table) const {
  LRPROOF_CHECK(expect(table, Toml::Kind::table, "root"));
  LRPROOF_CHECK(keys(table, "the root", {"direction"}));
  const auto* direction = table.find("direction");
  if (!direction)
    return error(table.mark, "missing", "the root has no direction", "for instance direction = \"a*(w >= 0)\"");
  return formula<Direction>(direction->value, "direction", parse_direction);
}

Result<std::vector<Premise>> Reader::premises(const Toml& array) const {
  LRPROOF_CHECK(expect(array, Toml::Kind::array, "premises"));
  std::vector<Premise> out;
  for (const auto& item : array.items) {
    LRPROOF_TRY(index, word(item, "premise", premise_words()));
    out.push_back(Premise(index));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<Rule> Reader::affine_rule(const Toml& table, const std::string& name) const {
  LRPROOF_CHECK(expect(table, Toml::Kind::table, "rule." + name));
  LRPROOF_CHECK(keys(table, "rule." + name, {"name", "term", "root", "premises"}));
  Rule out{name, AffineRule{}};
  auto& rule = std::get<AffineRule>(out.body);
  if (const auto* shown = table.find("name")) {
    LRPROOF_TRY(value, string(shown->value, "name"));
    out.name = value;
  }
  const auto* terms = table.find("term");
  if (!terms)
    return error(table.mark, "missing", "rule." + name + " has no term",
                 "add [[rule." + name + ".term]] with a numerator");
  LRPROOF_CHECK(expect(terms->value, Toml::Kind::array, "term"));
  for (const auto& item : terms->value.items) {
    LRPROOF_TRY(one, term(item));
    if (!one.share.is_zero()) rule.terms.push_back(one);
  }
  if (rule.terms.empty())
    return error(terms->value.mark, "value", "rule." + name + " has no term with a share",
                 "to stop relevance at a node, give it rule = \"zero\"");
  if (const auto* r = table.find("root")) {
    LRPROOF_TRY(direction, root(r->value));
    rule.root = direction;
  }
  if (const auto* p = table.find("premises")) {
    LRPROOF_TRY(list, premises(p->value));
    rule.premises = list;
  }
  return out;
}

Result<Selector> Reader::selector(const Toml& table) const {
  LRPROOF_CHECK(expect(table, Toml::Kind::table, "to"));
  LRPROOF_CHECK(keys(table, "the selector", {"op", "name", "index", "fan_in", "first", "last"}));
  Selector out;
  int positions = 0;
  for (const auto& entry : table.entries) {
    if (entry.key == "op") {
      LRPROOF_TRY(index, word(entry.value, "op", {op_words().begin(), op_words().end()}));
      out.op = op_words()[index];
    } else if (entry.key == "name") {
      LRPROOF_TRY(value, string(entry.value, "name"));
      out.name = value;
    } else if (entry.key == "index" || entry.key == "fan_in") {
      LRPROOF_TRY(value, integer(entry.value, entry.key));
      if (value < 0) return error(entry.value.mark, "value", entry.key + " is negative", "it counts from 0");
      (entry.key == "index" ? out.index : out.fan_in) = value;
      positions += entry.key == "index";
    } else {
      LRPROOF_TRY(value, boolean(entry.value, entry.key));
      (entry.key == "first" ? out.first : out.last) = value;
      positions += value;
    }
  }
  if (positions > 1)
    return error(table.mark, "value", "a selector says more than one of index, first and last", "say one of them");
  return out;
}

}  // namespace lrproof::rule
