#pragma once
// What can come of a question: a value or an error, and the words of a verdict (VER-2).
#include <string>
#include <utility>
#include <variant>

namespace lrproof {

/// What is wrong with something the caller gave us.
struct Error {
  std::string code;      ///< stable word, e.g. "onnx.truncated"
  std::string place;     ///< file, then byte, line:column or node
  std::string sentence;  ///< what is wrong
  std::string hint;      ///< what would be right; may be empty
  std::string text;      ///< all of it in one line
};

/// A T or the Error that explains why there is none.
template <class T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : held_(std::move(value)) {}
  Expected(Error error) : held_(std::move(error)) {}

  explicit operator bool() const { return held_.index() == 0; }
  const T& operator*() const& { return std::get<0>(held_); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  const T* operator->() const { return &std::get<0>(held_); }
  const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

enum class Verdict { proved, refuted, unknown, rejected };
/// What "proved" rests on: nothing, a solver's word, the tool's own exact evaluation, the independent checker.
enum class Trust { none, asserted, evaluated, checked };

constexpr const char* name_of(Verdict verdict) {
  constexpr const char* kNames[] = {"proved", "refuted", "unknown", "rejected"};
  return kNames[static_cast<int>(verdict)];
}
constexpr const char* name_of(Trust trust) {
  constexpr const char* kNames[] = {"none", "asserted", "evaluated", "checked"};
  return kNames[static_cast<int>(trust)];
}

}  // namespace lrproof
