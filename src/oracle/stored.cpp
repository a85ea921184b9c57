#include <cstdint>
#include <cstring>

#include "oracle/importer.hpp"

namespace lrproof::oracle {

namespace {

using ::onnx::TensorProto;

template <class T>
T little_endian(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

double from_half(std::uint16_t bits) {
  const int sign = bits >> 15, exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const double magnitude = exponent == 31  ? (mantissa ? NAN : INFINITY)
                           : exponent == 0 ? std::ldexp(mantissa, -24)
                                           : std::ldexp(mantissa + 1024, exponent - 25);
  return sign ? -magnitude : magnitude;
}

double from_brain(std::uint16_t bits) {
  const std::uint32_t wide = std::uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

std::size_t width_of(int type) {
  switch (type) {
    case TensorProto::DOUBLE:
    case TensorProto::INT64:
    case TensorProto::UINT64:
      return 8;
    case TensorProto::FLOAT:
    case TensorProto::INT32:
    case TensorProto::UINT32:
      return 4;
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
    case TensorProto::INT16:
    case TensorProto::UINT16:
      return 2;
    default:
      return 1;
  }
}

void read_raw(const TensorProto& proto, long count, Stored& stored) {
  std::vector<float> floats;
  std::vector<double> doubles;
  const std::string& raw = proto.raw_data();
  const std::size_t width = width_of(proto.data_type());
  if (raw.size() / width != std::size_t(count) || raw.size() % width)
    throw Unreadable{"tensor '" + proto.name() + "' has a wrong size"};
  if (proto.data_type() == TensorProto::FLOAT) floats.reserve(std::size_t(count));
  for (long i = 0; i < count; ++i) {
    const char* at = raw.data() + std::size_t(i) * width;
    switch (proto.data_type()) {
      case TensorProto::FLOAT:
        floats.push_back(little_endian<float>(at));
        break;
      case TensorProto::DOUBLE:
        doubles.push_back(little_endian<double>(at));
        break;
      case TensorProto::FLOAT16:
        doubles.push_back(from_half(little_endian<std::uint16_t>(at)));
        break;
      case TensorProto::BFLOAT16:
        doubles.push_back(from_brain(little_endian<std::uint16_t>(at)));
        break;
      case TensorProto::INT64:
      case TensorProto::UINT64:
        stored.whole.push_back(long(little_endian<std::int64_t>(at)));
        break;
      case TensorProto::INT32:
        stored.whole.push_back(little_endian<std::int32_t>(at));
        break;
      case TensorProto::UINT32:
        stored.whole.push_back(little_endian<std::uint32_t>(at));
        break;
      case TensorProto::BOOL:
      case TensorProto::UINT8:
        stored.whole.push_back(little_endian<std::uint8_t>(at));
        break;
      case TensorProto::INT8:
        stored.whole.push_back(little_endian<std::int8_t>(at));
        break;
      default:
        throw Unreadable{"tensor '" + proto.name() + "' has a type that is not read"};
    }
  }
  if (!stored.integer) stored.real = floats.empty() ? Reals(std::move(doubles)) : Reals(std::move(floats));
}

}  // namespace

Stored read_stored(const TensorProto& proto) {
  Stored stored;
  long count = 1;
  for (auto d : proto.dims()) {
    if (d < 0 || (d > 0 && count > (1L << 31) / d)) throw Unreadable{"tensor '" + proto.name() + "' has a wrong shape"};
    stored.shape.push_back(d);
    count *= d;
  }
  if (proto.data_location() == TensorProto::EXTERNAL) throw Unreadable{"external data is not read by the oracle"};
  const int type = proto.data_type();
  stored.integer = type != TensorProto::FLOAT && type != TensorProto::DOUBLE && type != TensorProto::FLOAT16 &&
                   type != TensorProto::BFLOAT16;
  if (proto.has_raw_data()) {
    read_raw(proto, count, stored);
  } else if (type == TensorProto::FLOAT) {
    stored.real = std::vector<float>(proto.float_data().begin(), proto.float_data().end());
  } else if (type == TensorProto::DOUBLE) {
    stored.real = std::vector<double>(proto.double_data().begin(), proto.double_data().end());
  } else if (type == TensorProto::FLOAT16 || type == TensorProto::BFLOAT16) {
    std::vector<double> wide;
    for (auto bits : proto.int32_data())
      wide.push_back(type == TensorProto::FLOAT16 ? from_half(std::uint16_t(bits)) : from_brain(std::uint16_t(bits)));
    stored.real = std::move(wide);
  } else if (type == TensorProto::INT64) {
    stored.whole.assign(proto.int64_data().begin(), proto.int64_data().end());
  } else {
    stored.whole.assign(proto.int32_data().begin(), proto.int32_data().end());
  }
  if (stored.size() != count) throw Unreadable{"tensor '" + proto.name() + "' has a wrong size"};
  for (std::size_t k = 0; k < stored.real.size(); ++k)
    if (!std::isfinite(stored.real[k])) throw Unreadable{"tensor '" + proto.name() + "' holds NaN or infinity"};
  return stored;
}

Stored picked(const Stored& from, const std::vector<long>& index, std::vector<long> shape, double fill) {
  Stored to;
  to.integer = from.integer;
  to.shape = std::move(shape);
  std::vector<double> real;
  for (long i : index) {
    if (from.integer) to.whole.push_back(i < 0 ? long(fill) : from.whole[std::size_t(i)]);
    if (!from.integer) real.push_back(i < 0 ? fill : from.real[std::size_t(i)]);
  }
  to.real = std::move(real);
  return to;
}

std::vector<long> broadcast_shape(const std::vector<long>& a, const std::vector<long>& b) {
  std::vector<long> to(std::max(a.size(), b.size()), 1);
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    const long da = axis < a.size() ? a[a.size() - 1 - axis] : 1, db = axis < b.size() ? b[b.size() - 1 - axis] : 1;
    if (da != db && da != 1 && db != 1) throw Unreadable{"shapes that do not broadcast"};
    to[to.size() - 1 - axis] = da == 1 ? db : da;
  }
  return to;
}

std::vector<long> broadcast_index(const std::vector<long>& from, const std::vector<long>& to) {
  std::vector<long> index;
  const long count = product(to);
  for (long k = 0; k < count; ++k) {
    const auto at = unflatten(k, to);
    long flat = 0;
    for (std::size_t axis = 0; axis < from.size(); ++axis)
      flat = flat * from[axis] + (from[axis] == 1 ? 0 : at[axis + to.size() - from.size()]);
    index.push_back(flat);
  }
  return index;
}

const ::onnx::AttributeProto* Attributes::find(const std::string& name) const {
  for (const auto& attribute : node_.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}
long Attributes::integer(const std::string& name, long otherwise) const {
  const auto* found = find(name);
  return found ? long(found->i()) : otherwise;
}
double Attributes::real(const std::string& name, double otherwise) const {
  const auto* found = find(name);
  return found ? double(found->f()) : otherwise;
}
std::string Attributes::word(const std::string& name, const std::string& otherwise) const {
  const auto* found = find(name);
  return found ? found->s() : otherwise;
}
std::vector<long> Attributes::integers(const std::string& name, std::vector<long> otherwise) const {
  const auto* found = find(name);
  return found ? std::vector<long>(found->ints().begin(), found->ints().end()) : otherwise;
}

}  // namespace lrproof::oracle
