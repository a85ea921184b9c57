#pragma once
// A network read from an ONNX file: an immutable value, cheap to copy.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lrproof/outcome.hpp"

namespace lrproof {

class Network {
 public:
  struct Node {
    std::string name;                 ///< unique in the network
    std::string type;                 ///< operator as the file spells it: "Gemm", "Relu"
    std::vector<std::string> inputs;  ///< names of the nodes it reads
    std::vector<std::int64_t> shape;  ///< of its output, the batch axis fixed at 1
  };
  /// Implementation; defined inside the library.
  struct Body;

  explicit Network(std::shared_ptr<const Body> body) : body_(std::move(body)) {}
  std::string path() const;
  std::string sha256() const;                     ///< of the file's bytes
  std::vector<std::int64_t> input_shape() const;  ///< of one sample, with its batch axis of 1
  std::int64_t output_size() const;               ///< number of logits of the explained output
  std::vector<Node> nodes() const;                ///< in execution order
  const Body& body() const { return *body_; }

 private:
  std::shared_ptr<const Body> body_;
};

Expected<Network> load_network(const std::string& path);
/// The same from memory; `name` stands in for the path in errors and reports.
Expected<Network> parse_network(std::string_view bytes, const std::string& name);

}  // namespace lrproof
