#include "cert/steps.hpp"

#include <algorithm>

#include "oracle/model.hpp"

namespace lrproof::cert {

namespace {

using oracle::Kind;

bool same_rational(const oracle::Exact& own, const num::Rational& found) {
  return oracle::read_exact(found.to_string()) == own;
}

/// Index of the first number that differs, -1: none does. Own numbers may be left out where they are zeros.
long first_difference(const oracle::Numbers& own, const num::Constants& found) {
  const auto size = long(found.size());
  const bool zeros = own.size() == 0;
  if (!zeros && own.size() != size) return 0;
  for (long k = 0; k < size; ++k) {
    const auto at = std::size_t(k);
    if (zeros                  ? found.approx[at] != 0 || !found.all_double()
        : !found.exact.empty() ? !same_rational(own.exact(k), found.exact[at])
                               : !own.is(k, found.approx[at], found.rest.empty() ? 0 : found.rest[at]))
      return k;
  }
  return -1;
}

bool same_numbers(const std::vector<oracle::Exact>& own, const std::vector<num::Rational>& found) {
  return std::ranges::equal(own, found, same_rational);
}

bool same_window(const oracle::Node& own, const net::Window& found) {
  const auto same = [](const std::vector<long>& a, const net::Shape& b) { return std::ranges::equal(a, b); };
  const bool transposed = own.kind == Kind::conv_transposed;  // the oracle keeps no end of its padding there
  return same(own.kernel, found.kernel) && same(own.strides, found.strides) && same(own.dilations, found.dilations) &&
         same(own.pads_begin, found.pads_begin) && (transposed || same(own.pads_end, found.pads_end));
}

/// One node of the oracle's network beside the tool's of that name: what differs, or nothing.
struct Beside {
  const oracle::Node& own;
  const net::Node& found;
  const net::Network& after;  ///< that holds it
  std::int64_t& compared;

  std::string numbers(const oracle::Numbers& own_numbers, const num::Constants& found_numbers, const char* word) {
    const long at = first_difference(own_numbers, found_numbers);
    compared += std::int64_t(found_numbers.size());
    if (at < 0) return "";
    if (own_numbers.size() == 0 || own_numbers.size() != long(found_numbers.size()))
      return std::string("another number of ") + word + "s";
    return word + (" " + std::to_string(at)) + " is " + found_numbers.rational(std::size_t(at)).to_string() + ", not " +
           own_numbers.exact(at).get_str();
  }
  std::string affine(const num::Constants& weight, const num::Constants& bias) {
    const auto fault = numbers(own.weight, weight, "weight");
    return fault.empty() ? numbers(own.bias, bias, "bias") : fault;
  }
  oracle::Source source_of(std::int64_t element) const {
    return own.sources.empty() ? oracle::Source{0, long(element)} : own.sources[std::size_t(element)];
  }
  static std::string unless(bool same) { return same ? "" : "another operation"; }

  std::string operator()(const net::Input&) { return unless(own.kind == Kind::input); }
  std::string operator()(const net::Constant& op) {
    return own.kind == Kind::constant ? numbers(own.weight, op.value, "number") : unless(false);
  }
  std::string operator()(const net::Dense& op) {
    if (own.kind != Kind::dense || own.in != op.in || own.out != op.out || own.rows != op.rows) return unless(false);
    return affine(op.weight, op.bias);
  }
  std::string operator()(const net::Conv& op) {
    const bool same = own.kind == (op.transposed ? Kind::conv_transposed : Kind::conv) && own.groups == op.groups &&
                      same_window(own, op.window);
    return same ? affine(op.weight, op.bias) : unless(false);
  }
  std::string operator()(const net::BatchNorm& op) {
    return own.kind == Kind::batch_norm ? affine(op.scale, op.shift) : unless(false);
  }
  std::string operator()(const net::Scale& op) {
    return own.kind == Kind::scale ? affine(op.mul, op.add) : unless(false);
  }
  std::string operator()(const net::AveragePool& op) {
    return unless(own.kind == Kind::average_pool && own.include_pad == op.count_include_pad &&
                  same_window(own, op.window));
  }
  std::string operator()(const net::Activation& op) {
    bool same = own.kind == Kind::activation && own.curves.size() == op.curves.size() &&
                std::ranges::equal(own.curve_of, op.curve_of);
    for (std::size_t c = 0; same && c < op.curves.size(); ++c)
      same = same_numbers(own.curves[c].kinks, op.curves[c].kinks) &&
             same_numbers(own.curves[c].slopes, op.curves[c].slopes) &&
             same_numbers(own.curves[c].intercepts, op.curves[c].intercepts);
    return unless(same);
  }
  std::string operator()(const net::MaxPool& op) {
    return unless(own.kind == Kind::max_pool && same_window(own, op.window));
  }
  std::string operator()(const net::Max& op) { return unless(own.kind == Kind::max && own.minimum == op.minimum); }
  std::string operator()(const net::Add& op) { return unless(own.kind == Kind::add && own.signs == op.signs); }
  std::string operator()(const net::Concat& op) {
    std::int64_t row = 1, e = 0;  // elements of one run along the axis and behind it
    for (auto a = std::size_t(op.axis); a < found.shape.size(); ++a) row *= found.shape[a];
    bool same = own.kind == Kind::move && (own.sources.empty() || std::int64_t(own.sources.size()) == found.size());
    for (std::int64_t lead = 0; same && lead < found.size() / row; ++lead)
      for (std::size_t k = 0; k < found.inputs.size(); ++k) {
        const auto part = after.node(found.inputs[k]).size() / (found.size() / row);
        for (std::int64_t r = 0; same && r < part; ++r, ++e)
          same = source_of(e) == oracle::Source{int(k), long(lead * part + r)};
      }
    return unless(same);
  }
  std::string operator()(const net::Select& op) {
    bool same = own.kind == Kind::move && (own.sources.empty() || own.sources.size() == op.index.size()),
         filled = false;
    for (std::size_t k = 0; same && k < op.index.size(); ++k) {
      const auto from = source_of(std::int64_t(k));
      same = op.index[k] < 0 ? from.operand < 0 : from == oracle::Source{0, long(op.index[k])};
      filled = filled || op.index[k] < 0;
    }
    return unless(same && (!filled || same_rational(own.fill, op.fill)));
  }
  std::string operator()(const net::Reshape&) {
    bool same = own.kind == Kind::move;
    for (std::size_t k = 0; same && k < own.sources.size(); ++k) same = own.sources[k] == oracle::Source{0, long(k)};
    return unless(same);
  }
  std::string operator()(const net::Opaque& op) {
    const auto gate = op.numbers.find("gate");
    const double marked = own.gate;
    return unless(own.kind == Kind::opaque && own.type == op.type &&
                  (gate == op.numbers.end() ? own.gate < 0 : gate->second == marked));
  }
};

/// Where the tool's network is not the oracle's, as far as the first output needs it; "" where it is.
std::string difference(const oracle::Network& own, const net::Network& found, std::int64_t& compared) {
  compared = 0;
  for (const oracle::Node& node : own.nodes) {
    const auto place = "node '" + node.name + "': ";
    const auto id = found.find(node.name);
    if (id < 0) return place + "it is missing";
    const net::Node& other = found.node(id);
    if (!std::ranges::equal(node.shape, other.shape)) return place + "another shape";
    std::vector<std::string> reads, other_reads;
    for (const int operand : node.inputs) reads.push_back(own.node(operand).name);
    for (const auto operand : other.inputs) other_reads.push_back(found.node(operand).name);
    if (reads != other_reads) return place + "it reads something else";
    if (const auto fault = std::visit(Beside{node, other, found, compared}, other.op); !fault.empty())
      return place + fault;
  }
  if (own.node(own.output()).name != found.node(found.output()).name) return "another output";
  return "";
}

/// The oracle keeps no attribute of an operation that it does not evaluate. No rewrite changes one, but for the mark of
/// a gate, which is compared apart: the first opaque node of `after` that is not what it was; "" where all are.
std::string changed_opaque(const net::Network& before, const net::Network& after) {
  for (const net::Node& node : after.nodes()) {
    const auto* now = std::get_if<net::Opaque>(&node.op);
    if (!now) continue;
    const auto id = before.find(node.name);
    const auto* was = id < 0 ? nullptr : std::get_if<net::Opaque>(&before.node(id).op);
    auto left = was ? *was : net::Opaque{}, right = *now;
    left.numbers.erase("gate"), right.numbers.erase("gate");
    if (!was || left != right) return "node '" + node.name + "': another operation";
  }
  return "";
}

}  // namespace

CheckedSteps check_steps(std::string_view model, const std::vector<std::string>& cut,
                         const std::vector<claim::Step>& steps, const net::Network& before, const net::Network& after) {
  CheckedSteps checked;
  auto own = oracle::read_model(model);
  if (own.value) own = oracle::cut(std::move(*own.value), cut);
  if (!own.value) return checked.why = own.error, checked;
  checked.why = difference(*own.value, before, checked.numbers);
  if (!checked.why.empty()) {
    checked.why = "the model is read otherwise: " + checked.why;
    return checked;
  }
  std::vector<oracle::Step> listed;
  for (const auto& step : steps) listed.push_back({step.rewrite, step.nodes});
  own = oracle::canonize(std::move(*own.value), listed);
  if (!own.value) return checked.why = own.error, checked;
  checked.why = difference(*own.value, after, checked.numbers);
  if (checked.why.empty()) checked.why = changed_opaque(before, after);
  checked.verdict = checked.why.empty() ? Verdict::accepted : Verdict::rejected;
  return checked;
}

}  // namespace lrproof::cert
