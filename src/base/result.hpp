#pragma once
// Errors of the user are values: a function that can be given bad input returns Result<T>.
// Errors of ours are invariants: they end the run with exit code 70 and say where.
#include <string>
#include <utility>
#include <variant>

namespace lrproof::base {

/// What is wrong with something the user gave us: one error, told once.
struct Diagnostic {
  std::string code;      ///< stable word, e.g. "onnx.truncated"
  std::string place;     ///< file, then byte, line:column or node: "model.onnx: node conv1"
  std::string sentence;  ///< what is wrong
  std::string hint;      ///< what would be right; may be empty

  /// "place: sentence (hint) [code]"
  std::string text() const;
};

/// A value or the diagnostic that explains why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Diagnostic error) : held_(std::move(error)) {}

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return std::get<0>(held_); }
  const T& value() const& { return std::get<0>(held_); }
  T&& value() && { return std::get<0>(std::move(held_)); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Diagnostic& error() const { return std::get<1>(held_); }
  Diagnostic& error() { return std::get<1>(held_); }

 private:
  std::variant<T, Diagnostic> held_;
};

using Status = Result<std::monostate>;
inline Status fine() { return Status(std::monostate{}); }

/// Ends the program: a bug of lrproof (exit code 70).
[[noreturn]] void invariant_failed(const char* file, int line, const std::string& what);

}  // namespace lrproof::base

#define LRPROOF_INVARIANT(cond, what) ((cond) ? void(0) : ::lrproof::base::invariant_failed(__FILE__, __LINE__, (what)))

// LRPROOF_TRY(name, expression): name = the value, or return the diagnostic to our caller.
#define LRPROOF_TRY(name, ...)                      \
  auto name##_result = (__VA_ARGS__);               \
  if (!name##_result) return name##_result.error(); \
  auto& name = *name##_result
#define LRPROOF_CHECK(...) \
  if (auto status_ = (__VA_ARGS__); !status_) return status_.error()
