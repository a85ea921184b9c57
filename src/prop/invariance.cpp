#include <algorithm>

#include "net/rescale.hpp"
#include "prop/subject.hpp"

// INV-1. One function, two networks: is the relevance of the input the same (inv.impl)? And is it, when a unit is
// scaled up and what reads it is scaled down (inv.rescale)? Both are asked by name: they run every rule set twice.
namespace lrproof::prop {

namespace {

bool asked(const Subject& subject, const char* check) {
  const auto& checks = subject.settings.checks;
  return std::count(checks.begin(), checks.end(), check) > 0;
}

constexpr const char* kOneNetwork = "there is one network: no rewrite applies to it";

void add_rescaling(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  Obligation o;
  o.rule_case = rule_case, o.check = "inv.rescale";
  const std::size_t before = out.size();
  for (const net::NodeId id : ruled_nodes(subject, rule_case)) {
    if (net::rescalable_units(*subject.network, id) == 0) continue;
    o.node = id;
    o.statement = "the relevance of the input stays when units of " + subject.network->node(id).name +
                  " are doubled and what reads them is halved";
    out.push_back(o);
  }
  if (out.size() > before) return;
  o.node = -1, o.statement = "the relevance of the input stays when units are doubled and what reads them is halved";
  o.rejected = "no layer's units can be rescaled: none is read by one layer alone, through what scaling passes";
  out.push_back(o);
}

}  // namespace

void add_gradients(const Subject& subject, std::vector<Obligation>& out) {
  if (!asked(subject, "inv.impl")) return;
  Obligation o;
  o.check = "inv.impl", o.rule_case = -1, o.notion = "gradient";
  o.statement = "gradient, and input times gradient, are those of " +
                (subject.twin ? subject.twin->name : std::string("another network"));
  if (!subject.twin) o.rejected = kOneNetwork;
  out.push_back(std::move(o));
}

void add_invariance(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  if (asked(subject, "inv.rescale")) add_rescaling(subject, rule_case, out);
  if (!asked(subject, "inv.impl")) return;
  Obligation o;
  o.check = "inv.impl", o.rule_case = rule_case;
  o.statement =
      "the relevance of the input is that of " + (subject.twin ? subject.twin->name : std::string("another network"));
  o.rejected = subject.twin ? subject.twin->problems[std::size_t(rule_case)] : kOneNetwork;
  out.push_back(std::move(o));
}

}  // namespace lrproof::prop
