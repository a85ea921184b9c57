#pragma once
// A forged explanation (GXI-3) replayed from the model's bytes and the exact numbers of its roots. What is claimed and
// what is impossible come as the JSON text that `lrproof forge` prints for one input; the input and the wanted map come
// from the caller's files. See docs/how-to/forge-an-explanation.md for the fields.
#include "oracle/replay.hpp"

namespace lrproof::oracle {

struct ForgeMaterial {
  std::string_view model;        ///< ONNX bytes
  std::vector<std::string> cut;  ///< nodes cut off the end, last first
  std::string domain;            ///< "LOW,HIGH" or empty
  /// By index into the inputs; the map that belongs to it.
  std::function<std::optional<std::vector<double>>(long)> input, map;
};

class ForgeReplay {
 public:
  static Read<ForgeReplay> open(ForgeMaterial material);
  ForgeReplay(ForgeReplay&&) noexcept;
  ForgeReplay& operator=(ForgeReplay&&) noexcept;
  ~ForgeReplay();

  /// accepted: with "built" true the full-backward decomposition with these roots is kappa times the map, every root in
  /// the open cell of its suffix and in the domain, and all else that is told of them is so; with "built" false every
  /// obstacle that is named stands in the way.
  Answer replay(const std::string& forgery) const;

 private:
  struct State;
  explicit ForgeReplay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lrproof::oracle
