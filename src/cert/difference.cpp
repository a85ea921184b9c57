#include "cert/difference.hpp"

#include "oracle/function.hpp"

namespace lrproof::cert {

Replayed replay_values(const std::vector<num::Rational>& x, const std::vector<Side>& sides) {
  std::vector<oracle::Exact> at;
  for (const auto& v : x) at.emplace_back(v.to_string());
  for (const auto& side : sides) {
    const auto found = oracle::value_at(side.model, side.cut, at);
    if (!found.value) return {Verdict::not_covered, found.error};
    bool same = found.value->size() == side.value.size();
    for (std::size_t k = 0; same && k < side.value.size(); ++k)
      same = (*found.value)[k] == oracle::Exact(side.value[k].to_string());
    if (!same) return {Verdict::rejected, "a model's value at the input is another"};
  }
  return {Verdict::accepted, ""};
}

}  // namespace lrproof::cert
