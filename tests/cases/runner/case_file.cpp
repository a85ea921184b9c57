#include "case_file.hpp"

#include <sstream>

namespace lrproof::cases {

namespace {

using base::Diagnostic;
using num::Rational;

Diagnostic wrong(const std::string& file, int line, std::string sentence) {
  return {"case.syntax", file + ":" + std::to_string(line), std::move(sentence), ""};
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// CHECK [at NODE] [kind] [notion], from the k-th word on.
About about_of(const std::vector<std::string>& parts, std::size_t k) {
  About about;
  if (k < parts.size()) about.check = parts[k++];
  if (k + 1 < parts.size() && parts[k] == "at") about.node = parts[k + 1], k += 2;
  for (; k < parts.size(); ++k)
    (parts[k] == "cell" || parts[k] == "linear" || parts[k] == "gradient" ? about.notion : about.kind) = parts[k];
  return about;
}

bool is_position(const std::string& text) {
  const auto colon = text.find(':');
  return colon != std::string::npos && colon > 0 && colon + 1 < text.size() &&
         text.find_first_not_of("0123456789:") == std::string::npos;
}

Expectation expectation_of(const std::string& text) {
  Expectation out;
  out.text = text;
  std::string head = text;
  if (const auto colon = head.find(" : "); colon != std::string::npos) {
    out.reason = head.substr(colon + 3);
    head.resize(colon);
  }
  const auto parts = words(head);
  out.word = parts.empty() ? "" : parts[0];
  out.about = about_of(parts, 1);
  if (is_position(out.about.node)) std::swap(out.place, out.about.node);
  return out;
}

/// name = 1/2 other = [1, 2]
base::Result<std::map<std::string, std::vector<Rational>>> witness_of(const std::string& text, const std::string& file,
                                                                      int line) {
  std::string spaced;
  for (const char c : text)
    spaced += c == '[' || c == ']' || c == '=' ? std::string{' ', c, ' '} : std::string(1, c == ',' ? ' ' : c);
  const auto parts = words(spaced);
  std::map<std::string, std::vector<Rational>> out;
  for (std::size_t k = 0; k < parts.size();) {
    if (k + 2 >= parts.size() || parts[k + 1] != "=") return wrong(file, line, "a witness is NAME = NUMBER or [LIST]");
    auto& numbers = out[parts[k]];
    k += 2;
    const bool list = parts[k] == "[";
    for (k += list; k < parts.size() && parts[k] != "]"; ++k) {
      const auto number = Rational::parse(parts[k]);
      if (!number) return wrong(file, line, "'" + parts[k] + "' is no number");
      numbers.push_back(*number);
      if (!list) break;
    }
    ++k;
  }
  return out;
}

base::Status directive(Case& into, const std::string& text, const std::string& file, int line) {
  const auto parts = words(text);
  if (parts.empty()) return wrong(file, line, "an empty directive");
  const auto from = text.find(parts[0]) + parts[0].size();
  const auto start = text.find_first_not_of(" \t", from);
  const std::string rest = start == std::string::npos ? "" : text.substr(start);
  if (parts[0] == "case") {
    into.title = rest, into.line = line;
  } else if (parts[0] == "truth") {
    if (parts.size() < 2 || (parts[1] != "holds" && parts[1] != "fails" && parts[1] != "open"))
      return wrong(file, line, "truth is holds, fails or open");
    into.truths.push_back({parts[1], about_of(parts, 2)});
  } else if (parts[0] == "expect") {
    into.expects.push_back(expectation_of(rest));
    const auto& word = into.expects.back().word;
    for (const char* known : {"proved", "refuted", "unknown", "vacuous", "rejected", "nothing"})
      if (word == known) return base::fine();
    return wrong(file, line, "'" + word + "' is no verdict");
  } else if (parts[0] == "answer") {
    for (const char* known : {"always", "never", "sometimes", "not-always"})
      if (parts.size() > 2 && parts[1] == known)
        return into.answers.push_back({known, about_of(parts, 2)}), base::fine();
    return wrong(file, line, "an answer is always, never, sometimes or not-always, of a check");
  } else if (parts[0] == "witness") {
    LRPROOF_TRY(witness, witness_of(rest, file, line));
    into.witnesses.push_back(std::move(witness));
  } else {
    return wrong(file, line, "no directive '" + parts[0] + "': case, truth, expect, answer, witness");
  }
  return base::fine();
}

base::Status complete(const Case& done) {
  if (done.title.empty()) return wrong(done.file, done.line, "a case without a title");
  if (done.expects.empty()) return wrong(done.file, done.line, "the case '" + done.title + "' expects nothing");
  return base::fine();
}

}  // namespace

base::Result<std::vector<Case>> read_cases(std::string_view text, const std::string& file) {
  std::vector<Case> out;
  Case current;
  current.file = file;
  std::string* body = nullptr;
  bool begun = false;
  std::istringstream in{std::string(text)};
  int line = 0;
  for (std::string row; std::getline(in, row);) {
    ++line;
    if (row.starts_with("=====")) {
      LRPROOF_CHECK(complete(current));
      out.push_back(std::move(current));
      current = Case{};
      current.file = file, body = nullptr, begun = false;
    } else if (row.starts_with("#: ") || row == "#:") {
      begun = true;
      LRPROOF_CHECK(directive(current, row.substr(2), file, line));
    } else if (row.starts_with("--- ")) {
      const auto name = words(row.substr(4));
      body = name.empty()         ? nullptr
             : name[0] == "net"   ? &current.net
             : name[0] == "rules" ? &current.rules
             : name[0] == "check" ? &current.check
                                  : nullptr;
      if (!body) return wrong(file, line, "a body is --- net, --- rules or --- check");
      if (name[0] == "rules" && name.size() == 2) current.shipped = name[1];
    } else if (body) {
      *body += row + "\n";
    } else if (!row.empty() && row[0] != '#') {
      return wrong(file, line, "text outside of a body");
    }
  }
  if (begun) {
    LRPROOF_CHECK(complete(current));
    out.push_back(std::move(current));
  }
  return out;
}

}  // namespace lrproof::cases
