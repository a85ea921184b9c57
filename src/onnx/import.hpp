#pragma once
// Bytes of an ONNX model to a Network: the tool's only reading of the format (NET-1..5).
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "net/network.hpp"

namespace lrproof::onnx {

/// A tensor that enters or leaves the model, as the file names it, batch axis fixed at 1.
struct Port {
  std::string name;
  net::Shape shape;
  bool open = false;      ///< the file leaves axis 0 open
  std::string open_axis;  ///< and calls it so
};

/// One stored weight that several layers read.
struct SharedWeight {
  std::string tensor;
  std::vector<std::string> nodes;
};

/// A node that the file runs as in training, and how it says so.
struct InTraining {
  std::string node, how;
};

/// A model file, read. network.outputs()[k] is outputs[k].
struct Model {
  net::Network network;
  std::string sha256;  ///< of the model file's bytes
  std::string producer;
  std::int64_t opset = 0;
  Port input;
  std::vector<Port> outputs;
  bool doubles = false;            ///< its input holds float64
  std::vector<std::string> notes;  ///< what a reader of results should know: an axis fixed, a constant rounded
  std::vector<SharedWeight> shared;
  std::vector<InTraining> training;  ///< read as for inference: only where that was asked for
};

/// Bounds on what a small file may make us build.
struct Limits {
  std::int64_t built_elements = std::int64_t(1) << 27;  ///< elements of tensors and indices that no byte backs
};

inline constexpr std::int64_t kOldestOpset = 7, kNewestOpset = 22;

/// What becomes of norms and dropouts in training mode.
enum class Training { refused, read_as_inference };

/// path: for diagnostics, and the folder in which external data may lie.
base::Result<Model> import_model(std::string_view bytes, const std::string& path, const Limits& limits = {},
                                 Training training = Training::refused);
base::Result<Model> import_file(const std::string& path);

}  // namespace lrproof::onnx
