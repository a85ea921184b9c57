#pragma once
// Stored tensors of a model file, with the exact numbers they denote (NET-2), and the index arithmetic that moves
// their elements: the same index moves a constant now or becomes a net::Select for a variable.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/network.hpp"

namespace onnx {
class TensorProto;
}

namespace lrproof::onnx {

using net::Shape;
using Index = std::vector<std::int64_t>;

/// What the numbers of a stored tensor are; booleans count as integers 0 and 1.
enum class Kind { real, integer };

/// A constant of the graph. Reals may still hold NaN or infinity: whoever needs numbers asks first_nonfinite.
struct Tensor {
  Kind kind = Kind::real;
  Shape shape;
  num::Constants reals;
  Index integers;
  std::string name;  ///< for diagnostics
  std::int64_t size() const { return std::int64_t(kind == Kind::real ? reals.size() : integers.size()); }
};
using TensorPtr = std::shared_ptr<const Tensor>;

/// What a tensor's bytes may come from beside the message itself.
struct Source {
  std::string model_path;  ///< external data is looked for in this file's folder
};

/// The numbers of a stored tensor; every size is checked against the bytes present before anything is allocated.
base::Result<Tensor> read_tensor(const ::onnx::TensorProto& proto, const Source& source);

/// Position of the first NaN or infinity; -1 when there is none.
std::int64_t first_nonfinite(const Tensor& tensor);

/// Largest number of elements of one tensor.
inline constexpr std::int64_t kLargestTensor = std::int64_t(1) << 28;
/// Product of the extents; nullopt when one is negative or the product exceeds kLargestTensor.
std::optional<std::int64_t> checked_count(const Shape& shape);

Shape strides_of(const Shape& shape);
/// Numpy broadcasting of two shapes; nullopt when they do not fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);
/// Source element of every element of `to` when `from` is broadcast to it.
Index broadcast_index(const Shape& from, const Shape& to);
/// Source element of every element of the transposed tensor.
Index transpose_index(const Shape& in, const Index& perm);
Shape permuted(const Shape& in, const Index& perm);
/// picks[a] lists the source coordinate on axis a of each output coordinate, -1 for fill.
Index pick_index(const Shape& in, const std::vector<Index>& picks);
/// Source coordinate of position i of a padded axis, counted from the axis' own first: -1 outside it where mode is
/// "constant"; "edge", "wrap" and "reflect" repeat it. extent > 0 outside.
std::int64_t padded_source(const std::string& mode, std::int64_t extent, std::int64_t i);
bool is_identity(const Index& index, std::int64_t size);

/// constants[index[k]], fill where index[k] < 0.
num::Constants taken(const num::Constants& from, const Index& index, const num::Rational& fill);
Tensor taken(const Tensor& from, const Index& index, Shape shape, const num::Rational& fill);

/// A name from the file, fit for a line of text: control characters escaped, long names cut.
std::string shown(const std::string& name);

}  // namespace lrproof::onnx
