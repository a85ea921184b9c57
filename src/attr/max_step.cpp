#include "attr/divide.hpp"
#include "attr/step.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {
namespace {

using num::Interval;
using num::Sign;
using Kind = rule::NamedRule::Kind;

// One maximum: its candidates, and how its relevance is shared among them.
template <num::Scalar S>
struct Contest {
  const Step<S>& step;
  const rule::NamedRule& rule;
  bool minimum = false;
  std::vector<S> candidates{}, shares{};
  std::vector<int> winners{};

  void share(std::size_t k) {
    shares.assign(candidates.size(), S(0));
    const S& r = step.incoming[k];
    if (num::is_nothing(r)) return;
    if (rule.kind == Kind::zero) return step.book(step.rule_cause(), k, r);
    if (rule.kind == Kind::proportional) return proportional(k, r);
    const bool known = step.signs.winners(step.node, std::int64_t(k) % step.size(), std::int64_t(k) / step.size(),
                                          candidates, minimum, winners);
    if (!known) {
      for (const int w : winners) shares[std::size_t(w)] = some_of(r);
    } else {
      const S part = winners.size() == 1 ? r : S(r / S(int(winners.size())));
      for (const int w : winners) shares[std::size_t(w)] = part;
    }
  }
  void proportional(std::size_t k, const S& r) {
    S sum(0);
    for (const S& a : candidates) sum += a;
    const Quotient<S> q = divide(r, sum, sign_for(rule::Stabilizer{}, sum), rule::Stabilizer{}, S(0));
    if (q.vanished) return step.book(&Causes<S>::vanished, k, r);
    for (std::size_t c = 0; c < candidates.size(); ++c) shares[c] = q.value * candidates[c];
    if constexpr (std::same_as<S, Interval>) {
      if (q.unknown) step.book(&Causes<S>::vanished, k, some_of(r));
      bool shares_of_one = true;
      for (const S& a : candidates) shares_of_one = shares_of_one && a.lo >= 0;
      if (!shares_of_one) return;
      for (S& s : shares) s = {std::max(s.lo, std::min(0.0, r.lo)), std::min(s.hi, std::max(0.0, r.hi))};
    }
  }
};

}  // namespace

template <num::Scalar S>
void max_step(const Step<S>& step, const rule::NamedRule& rule) {
  Contest<S> contest{step, rule, std::get<net::Max>(step.self().op).minimum};
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    contest.candidates.clear();
    for (std::size_t o = 0; o < step.sinks.size(); ++o) contest.candidates.push_back(step.operand_values(o)[k]);
    contest.share(k);
    for (std::size_t o = 0; o < step.sinks.size(); ++o) {
      (*step.sinks[o])[k] += contest.shares[o];
      if (step.is_constant(o)) step.book(&Causes<S>::constant, k, contest.shares[o]);
    }
  }
}

template <num::Scalar S>
void max_pool_step(const Step<S>& step, const rule::NamedRule& rule, const net::PoolCells& cells) {
  Contest<S> contest{step, rule};
  const std::vector<S>& a = step.operand_values(0);
  const auto size = std::size_t(step.size()), from = std::size_t(step.operand(0).size());
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    if (num::is_nothing(step.incoming[k])) continue;
    const auto begin = std::size_t(cells.start[k % size]), end = std::size_t(cells.start[k % size + 1]);
    const std::size_t base = k / size * from;
    contest.candidates.clear();
    for (std::size_t c = begin; c < end; ++c) contest.candidates.push_back(a[base + std::size_t(cells.cell[c])]);
    contest.share(k);
    for (std::size_t c = begin; c < end; ++c)
      (*step.sinks[0])[base + std::size_t(cells.cell[c])] += contest.shares[c - begin];
    if (!step.is_constant(0)) continue;
    for (const S& given : contest.shares) step.book(&Causes<S>::constant, k, given);
  }
}

#define LRPROOF_INSTANTIATE(S)                                    \
  template void max_step(const Step<S>&, const rule::NamedRule&); \
  template void max_pool_step(const Step<S>&, const rule::NamedRule&, const net::PoolCells&)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(Interval);
LRPROOF_INSTANTIATE(num::Rational);
LRPROOF_INSTANTIATE(num::Symbol);

}  // namespace lrproof::attr
