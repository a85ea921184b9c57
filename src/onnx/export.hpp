#pragma once
// A Network to the bytes of an ONNX model, the counterpart of import.hpp. What the importer made of a file is written
// so that reading it again gives the same Network, names included. One node becomes one operator wherever one operator
// says it; what only a rewrite makes (a bias per output element, a curve of several kinks) becomes a few.
//
// A file holds floats. A constant that is none is rounded to the nearest one: `rounded` does that to the network, as a
// step of its own, so that what a file computes is a Network that can be compared with the one before.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "onnx/import.hpp"

namespace lrproof::onnx {

/// What surrounds a network in a model file.
struct Frame {
  Port input;
  std::vector<Port> outputs;  ///< one per output of the network
  bool doubles = false;       ///< numbers are float64, not float32
};
Frame frame_of(const Model& model);

struct Rounded {
  net::Network network;            ///< every constant a number of the file
  std::int64_t constants = 0;      ///< that were rounded
  std::vector<std::string> nodes;  ///< that hold one, in order
};
/// The network with every constant the nearest number of the file's type; a number beyond that type is a diagnostic
/// that names node and tensor.
base::Result<Rounded> rounded(const net::Network& network, bool doubles);

/// The model file of a network that `rounded` gave. metadata: keys and values for people; the operators' original
/// types are added.
base::Result<std::string> export_network(const net::Network& network, const Frame& frame,
                                         const std::vector<std::pair<std::string, std::string>>& metadata = {});

/// The metadata key under which a node's type stands where the operator in the file is another.
inline constexpr const char* kTypeKey = "lrproof.type/";

}  // namespace lrproof::onnx
