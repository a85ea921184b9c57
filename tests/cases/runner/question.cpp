#include "question.hpp"

#include "text/toml.hpp"

namespace lrproof::cases {

namespace {

using num::Rational;
using text::Toml;

base::Diagnostic wrong(const std::string& file, const Toml& at, std::string sentence) {
  return {"case.check", text::place(file, at.mark), std::move(sentence), ""};
}

base::Result<Rational> number(const std::string& file, const Toml& value) {
  if (value.kind == Toml::Kind::text || value.is_number())
    if (auto parsed = Rational::parse(value.text)) return std::move(*parsed);
  return wrong(file, value, "expected a number");
}

/// Numbers of nested lists, in order.
base::Status flatten(const std::string& file, const Toml& value, std::vector<Rational>& out) {
  if (value.kind != Toml::Kind::array) {
    LRPROOF_TRY(one, number(file, value));
    out.push_back(one);
    return base::fine();
  }
  for (const auto& item : value.items) LRPROOF_CHECK(flatten(file, item, out));
  return base::fine();
}

std::vector<std::string> texts(const Toml& value) {
  if (value.kind != Toml::Kind::array) return {value.text};
  std::vector<std::string> out;
  for (const auto& item : value.items) out.push_back(item.text);
  return out;
}

base::Status read_points(const std::string& file, const Toml& over, Question& question) {
  const auto* points = over.kind == Toml::Kind::table ? over.find("points") : nullptr;
  if (!points || points->value.kind != Toml::Kind::array) return wrong(file, over, "over = { points = [[...], ...] }");
  for (const auto& item : points->value.items) {
    question.points.emplace_back();
    LRPROOF_CHECK(flatten(file, item, question.points.back()));
  }
  return base::fine();
}

/// Nested lists as an array; its numbers are doubles, as those of a file are.
base::Status read_array(const std::string& file, const Toml& value, std::size_t depth, text::Array& out) {
  if (value.kind != Toml::Kind::array) {
    LRPROOF_TRY(one, number(file, value));
    if (depth != out.shape.size() || Rational(one.to_double()) != one) return wrong(file, value, "no array of doubles");
    out.values.push_back(one.to_double());
    return base::fine();
  }
  const auto size = std::int64_t(value.items.size());
  if (depth == out.shape.size() && out.values.empty()) out.shape.push_back(size);
  if (depth >= out.shape.size() || out.shape[depth] != size) return wrong(file, value, "no array of doubles");
  for (const auto& item : value.items) LRPROOF_CHECK(read_array(file, item, depth + 1, out));
  return base::fine();
}

base::Status read_roots(const std::string& file, const Toml& table, Question& question) {
  for (const auto& [name, mark, value] : table.entries) {
    question.roots.emplace_back(name, text::Array{});
    LRPROOF_CHECK(read_array(file, value, 0, question.roots.back().second));
  }
  return base::fine();
}

base::Status read_entry(const std::string& file, const text::TomlEntry& entry, Question& question) {
  const auto& [key, mark, value] = entry;
  if (key == "property") return question.properties = texts(value), base::fine();
  if (key == "target") return question.target = value.text, base::fine();
  if (key == "canonize") return question.canonize = texts(value), base::fine();
  if (key == "scope") return question.scope = value.text, base::fine();
  if (key == "roots") return read_roots(file, value, question);
  if (key == "over") return read_points(file, value, question);
  if (key == "expect") return flatten(file, value, question.expect);
  std::vector<Rational> numbers;
  LRPROOF_CHECK(flatten(file, value, numbers));
  if (key == "domain" && numbers.size() == 2)
    question.low = numbers[0], question.high = numbers[1];
  else if (key == "tau" && numbers.size() == 1)
    question.tau = numbers[0];
  else if (key == "radius" && numbers.size() == 1)
    question.radius = numbers[0];
  else if (key == "min_activation" && numbers.size() == 1)
    question.min_activation = numbers[0];
  else
    return wrong(file, value,
                 "no setting '" + key + "': property, over, target, domain, tau, canonize, expect, scope, radius, " +
                     "min_activation, roots");
  return base::fine();
}

}  // namespace

base::Result<Question> read_question(std::string_view text, const std::string& file) {
  LRPROOF_TRY(table, text::parse_toml(text, file));
  Question question;
  for (const auto& entry : table.entries) LRPROOF_CHECK(read_entry(file, entry, question));
  if (question.properties.empty()) return wrong(file, table, "a check names its property");
  if (question.scope != "point" && question.scope != "cell" && question.scope != "box")
    return wrong(file, table, "a scope is point, cell or box");
  if ((question.scope == "box") != question.radius.has_value()) return wrong(file, table, "a box has a radius");
  return question;
}

}  // namespace lrproof::cases
