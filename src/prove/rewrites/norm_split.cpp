// A norm behind a concat along the channels that became one norm per operand: slice by slice the stored parameters are
// the same, so each element is mapped as before.
#include "prove/instance.hpp"

namespace lrproof::prove {

namespace {

bool same_channel(const net::BatchNorm& whole, std::size_t at, const net::BatchNorm& part, std::size_t c) {
  for (const auto member : {&net::BatchNorm::gamma, &net::BatchNorm::beta, &net::BatchNorm::mean,
                            &net::BatchNorm::variance, &net::BatchNorm::scale, &net::BatchNorm::shift})
    if ((part.*member).rational(c) != (whole.*member).rational(at)) return false;
  return whole.epsilon == part.epsilon;
}

// The part norm in front of operand k; null: it is none on that operand.
const net::BatchNorm* part_on(const net::Network& after, const net::Node& part, const net::Node& operand) {
  const auto* norm = std::get_if<net::BatchNorm>(&part.op);
  const bool reads = part.inputs.size() == 1 && after.node(part.inputs[0]).name == operand.name;
  return norm && reads && part.shape == operand.shape ? norm : nullptr;
}

}  // namespace

InstanceCheck check_norm_split(const net::Network& before, const net::Network& after,
                               const std::vector<std::string>& nodes) {
  InstanceCheck check;
  const auto fail = [&](std::string why) { return check.fault = std::move(why), check; };
  const auto norm_id = nodes.size() == 2 ? before.find(nodes[0]) : -1;
  const auto concat_id = nodes.size() == 2 ? before.find(nodes[1]) : -1;
  const auto new_id = nodes.size() == 2 ? after.find(nodes[0]) : -1;
  if (norm_id < 0 || concat_id < 0 || new_id < 0) return fail("a matched node is missing");
  const auto* whole = std::get_if<net::BatchNorm>(&before.node(norm_id).op);
  const auto* concat = std::get_if<net::Concat>(&before.node(concat_id).op);
  if (!whole || !concat || concat->axis != 1 || before.node(norm_id).inputs != std::vector<net::NodeId>{concat_id})
    return fail("'" + nodes[0] + "' is no batch norm behind a concat along the channels");
  const auto &joined = before.node(concat_id), &made = after.node(new_id);
  if (made.op != net::Op(*concat) || made.shape != joined.shape || made.inputs.size() != joined.inputs.size())
    return fail("'" + nodes[0] + "' is no concat of as many operands");
  check.footprint.matched = {nodes[0]};
  if (after.find(nodes[1]) < 0) check.footprint.matched.push_back(nodes[1]);
  check.footprint.carries[nodes[0]] = nodes[0];
  check.footprint.made = {nodes[0]};
  std::size_t channel = 0;
  for (std::size_t k = 0; k < made.inputs.size(); ++k) {
    const auto &part = after.node(made.inputs[k]), &operand = before.node(joined.inputs[k]);
    const auto* norm = part_on(after, part, operand);
    if (!norm || before.find(part.name) >= 0)
      return fail("'" + part.name + "' is no new norm of '" + operand.name + "'");
    for (std::size_t c = 0; c < std::size_t(operand.shape[1]); ++c, ++channel, ++check.numbers)
      if (!same_channel(*whole, channel, *norm, c))
        return fail("'" + part.name + "': channel " + std::to_string(c) + " has not the parameters of channel " +
                    std::to_string(channel) + " of '" + nodes[0] + "'");
    check.footprint.made.push_back(part.name);
  }
  return check;
}

}  // namespace lrproof::prove
