#include "oracle/function.hpp"

#include "oracle/point.hpp"

namespace lrproof::oracle {

Read<std::vector<Exact>> value_at(std::string_view model, const std::vector<std::string>& cut_nodes,
                                  const std::vector<Exact>& x) {
  using Values = Read<std::vector<Exact>>;
  auto read = read_model(model);
  if (!read.value) return Values::fail(read.error);
  auto logits = cut(std::move(*read.value), cut_nodes);
  if (!logits.value) return Values::fail(logits.error);
  const Network network = trimmed(*logits.value);
  if (network.nodes[0].size() != long(x.size())) return Values::fail("the input has another size");
  Budget budget;
  try {
    const Point point(network, x, budget);
    std::vector<Exact> values;
    for (long k = 0; k < network.node(network.output()).size(); ++k)
      values.push_back(point.at<Exact>(network.output(), k));
    return {std::move(values), ""};
  } catch (const Spent&) {
    return Values::fail("the budget for exact values is spent");
  } catch (const NotCovered& why) {
    return Values::fail(why.why);
  }
}

}  // namespace lrproof::oracle
