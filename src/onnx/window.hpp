#pragma once
// Sliding windows: kernel, strides, dilations and padding as ONNX spells them, made explicit.
#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

/// A window on a plane of given extents, and what it makes of it.
struct Placed {
  net::Window window;  ///< pads_end reaches exactly as far as the last window
  Shape out;           ///< spatial extents
  Shape pads_end;      ///< the padding the file asks for, without what rounding up adds
};

base::Result<Placed> place_window(Site& site, const Shape& plane, const Shape& kernel);
/// The window of the forward convolution that a ConvTranspose is the adjoint of; out: the wide extents.
base::Result<Placed> place_transposed(Site& site, const Shape& plane, const Shape& kernel);
/// An error when some window sees padding only.
base::Status sees_inputs(Site& site, const Shape& plane, const Placed& placed);

}  // namespace lrproof::onnx
