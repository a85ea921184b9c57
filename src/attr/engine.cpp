#include "attr/affine_step.hpp"
#include "attr/relevance.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {
namespace {

// What one node needs at its turn.
template <num::Scalar S>
struct Prepared {
  std::optional<rule::Rule> rule;
  std::unique_ptr<AffineStep<S>> affine;
  std::vector<Pieces<S>> pieces;
  bool unmatched = false;
};

}  // namespace

template <num::Scalar S>
struct Engine<S>::Plan {
  std::unique_ptr<const net::Evaluator<S>> own;
  const net::Evaluator<S>* evaluator = nullptr;
  std::vector<Prepared<S>> nodes;

  const net::Network& network() const { return evaluator->network(); }
  void prepare(const rule::Assignment& assignment, const Options& options);
  void turn(const Step<S>& step) const;
};

template <num::Scalar S>
void Engine<S>::Plan::prepare(const rule::Assignment& assignment, const Options& options) {
  nodes.resize(network().nodes().size());
  for (net::NodeId id = 0; id <= network().output(); ++id) {
    Prepared<S>& p = nodes[std::size_t(id)];
    const net::Node& node = network().node(id);
    p.rule = assignment.of[std::size_t(id)];
    p.unmatched = std::size_t(id) < assignment.unmatched.size() && assignment.unmatched[std::size_t(id)];
    if (const auto* activation = std::get_if<net::Activation>(&node.op))
      for (const net::Curve& curve : activation->curves) p.pieces.push_back(pieces_of<S>(curve));
    if (!p.rule || !net::is_affine(node.op)) continue;
    if (const auto* body = std::get_if<rule::AffineRule>(&p.rule->body))
      p.affine = std::make_unique<AffineStep<S>>(*evaluator, id, *body, options);
  }
}

template <num::Scalar S>
void Engine<S>::Plan::turn(const Step<S>& step) const {
  const Prepared<S>& p = nodes[std::size_t(step.node)];
  const net::Op& op = step.self().op;
  if (std::holds_alternative<net::Input>(op) || std::holds_alternative<net::Constant>(op)) return;
  if (std::holds_alternative<net::Concat>(op) || std::holds_alternative<net::Select>(op) ||
      std::holds_alternative<net::Reshape>(op))
    return structural_step(step);
  LRPROOF_INVARIANT(p.rule.has_value(), "node " + step.self().name + " has no rule");
  if (p.affine) return p.affine->run(step);
  const auto* named = std::get_if<rule::NamedRule>(&p.rule->body);
  LRPROOF_INVARIANT(named != nullptr, "node " + step.self().name + " is not affine but has an affine rule");
  if (std::holds_alternative<net::Activation>(op)) return activation_step(step, *named, p.pieces);
  if (std::holds_alternative<net::Max>(op)) return max_step(step, *named);
  if (std::holds_alternative<net::MaxPool>(op)) return max_pool_step(step, *named, evaluator->cells(step.node));
  if (named->kind == rule::NamedRule::Kind::pass) return pass_step(step);
  if (named->kind == rule::NamedRule::Kind::zero) return zero_step(step);
  LRPROOF_INVARIANT(net::is_affine(op) && named->kind == rule::NamedRule::Kind::gradient,
                    "node " + step.self().name + " has a rule that does not fit it");
  affine_gradient_step(step, *evaluator);
}

template <num::Scalar S>
Engine<S>::Engine(const net::Network& network, const rule::Assignment& assignment, const Options& options)
    : plan_(std::make_unique<Plan>()) {
  plan_->own = std::make_unique<const net::Evaluator<S>>(network);
  plan_->evaluator = plan_->own.get();
  plan_->prepare(assignment, options);
}

template <num::Scalar S>
Engine<S>::Engine(const net::Evaluator<S>& evaluator, const rule::Assignment& assignment, const Options& options)
    : plan_(std::make_unique<Plan>()) {
  plan_->evaluator = &evaluator;
  plan_->prepare(assignment, options);
}

template <num::Scalar S>
Engine<S>::~Engine() = default;
template <num::Scalar S>
Engine<S>::Engine(Engine&&) noexcept = default;

template <num::Scalar S>
Relevance<S> Engine<S>::run(const net::Values<S>& values, const std::vector<S>& start, const Signs<S>& signs,
                            Trace<S>* trace) const {
  const net::Network& network = plan_->network();
  LRPROOF_INVARIANT(std::int64_t(start.size()) == values.batch * network.output_size(),
                    "the starting relevance has another size than the output");
  Relevance<S> relevance;
  relevance.of.resize(network.nodes().size());
  if (trace) trace->of.assign(network.nodes().size(), NodeTrace<S>{});
  relevance.of[std::size_t(network.output())] = start;
  for (net::NodeId id = network.output(); id > 0; --id) {
    if (relevance.of[std::size_t(id)].empty()) continue;
    Step<S> step{network, id, values, relevance.of[std::size_t(id)], signs, {}, nullptr, false};
    step.unmatched = plan_->nodes[std::size_t(id)].unmatched;
    if (trace) step.trace = &trace->of[std::size_t(id)];
    for (const net::NodeId from : network.node(id).inputs) {
      auto& sink = relevance.of[std::size_t(from)];
      if (sink.empty()) sink.resize(std::size_t(values.batch * network.node(from).size()));
      step.sinks.push_back(&sink);
    }
    plan_->turn(step);
  }
  return relevance;
}

template <num::Scalar S>
Relevance<S> propagate(const net::Network& network, const rule::Assignment& assignment, const net::Values<S>& values,
                       const std::vector<S>& start, const Signs<S>& signs, const Options& options, Trace<S>* trace) {
  return Engine<S>(network, assignment, options).run(values, start, signs, trace);
}

#define LRPROOF_INSTANTIATE(S)                                                                         \
  template class Engine<S>;                                                                            \
  template Relevance<S> propagate(const net::Network&, const rule::Assignment&, const net::Values<S>&, \
                                  const std::vector<S>&, const Signs<S>&, const Options&, Trace<S>*)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(num::Interval);
LRPROOF_INSTANTIATE(num::Rational);
LRPROOF_INSTANTIATE(num::Symbol);

}  // namespace lrproof::attr
