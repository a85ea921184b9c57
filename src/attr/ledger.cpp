#include "attr/ledger.hpp"

namespace lrproof::attr {
namespace {

template <num::Scalar S>
S sum_of(const std::vector<S>& values, std::size_t first, std::size_t count) {
  S sum(0);
  if (!values.empty())
    for (std::size_t k = first; k < first + count; ++k) sum += values[k];
  return sum;
}

template <num::Scalar S>
LedgerRow<S> make_row(const Causes<S>& causes, const std::vector<S>& incoming, std::size_t first, std::size_t count) {
  LedgerRow<S> row;
  row.incoming = sum_of(incoming, first, count);
  row.given = row.incoming;
  auto take = [&](const std::vector<S>& column, S& to) {
    to = sum_of(column, first, count);
    row.given -= to;
    if (!column.empty())
      for (std::size_t k = first; k < first + count; ++k)
        row.conserves = row.conserves && num::sign_of(column[k]) == num::Sign::zero;
  };
  take(causes.bias, row.bias);
  take(causes.stabilizer, row.stabilizer);
  take(causes.vanished, row.vanished);
  take(causes.coefficients, row.coefficients);
  take(causes.unmatched, row.unmatched);
  take(causes.constant, row.constant);
  take(causes.rule, row.rule);
  return row;
}

}  // namespace

template <num::Scalar S>
Ledger<S> ledger(const net::Network& network, std::int64_t batch, const Relevance<S>& relevance,
                 const Trace<S>& trace) {
  Ledger<S> out;
  for (net::NodeId id = network.output(); id > 0; --id) {
    const auto& incoming = relevance.of[std::size_t(id)];
    if (incoming.empty() || network.node(id).inputs.empty()) continue;
    const auto size = std::size_t(network.node(id).size());
    for (std::int64_t n = 0; n < batch; ++n) {
      LedgerRow<S> row = make_row(trace.of[std::size_t(id)].causes, incoming, std::size_t(n) * size, size);
      row.node = id, row.sample = n;
      out.rows.push_back(std::move(row));
    }
  }
  return out;
}

template <num::Scalar S>
S total_cause(const Causes<S>& causes, std::size_t k) {
  S sum(0);
  for (const auto column : {&Causes<S>::bias, &Causes<S>::stabilizer, &Causes<S>::vanished, &Causes<S>::coefficients,
                            &Causes<S>::unmatched, &Causes<S>::constant, &Causes<S>::rule})
    if (!(causes.*column).empty()) sum += (causes.*column)[k];
  return sum;
}

#define LRPROOF_INSTANTIATE(S)                                                                        \
  template Ledger<S> ledger(const net::Network&, std::int64_t, const Relevance<S>&, const Trace<S>&); \
  template S total_cause(const Causes<S>&, std::size_t)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(num::Interval);
LRPROOF_INSTANTIATE(num::Rational);

}  // namespace lrproof::attr
