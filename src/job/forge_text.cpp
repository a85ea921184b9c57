#include <algorithm>
#include <cstdio>

#include "job/forge.hpp"
#include "report/escape.hpp"

namespace lrproof::job {

using num::Rational;

namespace {

constexpr std::size_t kAtLength = 3;  // inputs told at length without being asked to

std::string rounded(const Rational& v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", v.to_double());
  return (v == Rational(0) || text == v.to_string() ? "" : "≈ ") + std::string(text);
}

std::string kappa_words(const root::Forged& forged) {
  if (forged.kappa == Rational(1)) return "1";
  return forged.kappa.to_string() + " (" + rounded(forged.kappa) + ")";
}

std::string on_bounds_words(const ForgedInput& one) {
  std::string text;
  for (const long count : one.on_bounds) text += (text.empty() ? "" : " and ") + std::to_string(count);
  return text;
}

std::string features_words(const std::vector<std::int64_t>& features) {
  std::string text = features.size() == 1 ? "feature " : "features ";
  for (std::size_t k = 0; k < features.size() && k < 8; ++k) text += (k ? ", " : "") + std::to_string(features[k]);
  return text + (features.size() > 8 ? " and " + std::to_string(features.size() - 8) + " more" : "");
}

std::string why(const root::Impossible& none) {
  const std::string features = features_words(none.features);
  switch (none.obstacle) {
    case root::Obstacle::zero_column:
      return "its Jacobian is 0 at " + features + ", where the map is not";
    case root::Obstacle::zero_gradient:
      return "the output's gradient at it is 0";
    case root::Obstacle::no_room:
      return "the domain leaves " + features + " no room";
    case root::Obstacle::signs:
      return "only one of its units reaches the output, and the domain asks signs that no row of its Jacobian's span "
             "has: " +
             std::to_string(none.signs.features.size()) + " columns, added up with positive multipliers, cancel";
    case root::Obstacle::kink:
      return "what follows it is at a kink of '" + report::clean(none.unit) + "' there: not asked";
    case root::Obstacle::undecided:
      break;
  }
  return "not decided within the budget";
}

std::string built_at_length(const ForgedInput& one, const ForgeResult& result) {
  const root::Forged& f = *one.forged;
  const net::Network& network = result.model.network;
  const auto line = [](const std::string& name, const std::string& text) {
    return "    " + name + std::string(14 - name.size(), ' ') + text + "\n";
  };
  std::string text = line(
      "cut", report::clean(network.node(f.cut).name) + ", " + std::to_string(network.node(f.cut).size()) + " units");
  const bool exact = f.kappa == Rational(1);
  char reach[32];
  std::snprintf(reach, sizeof reach, "%.4g", f.reach);
  text += line("kappa", kappa_words(f) + (exact ? ": the map itself" : ": the map up to this factor"));
  if (!exact)
    text +=
        line("", "kappa = 1 needs the output to change by " + rounded(one.sum) + " along the roots; on the line used") +
        line("", "it changes by " + std::string(reach) + " inside the cell");
  text += line("roots", "one affine root function at the cut, " +
                            std::string(f.roots.size() == 1 ? "one root for all its units" : "two roots") +
                            " at the input: all in their cells");
  if (!f.no_shared_root.features.empty())
    text += line("", "no single root has the signs that the domain asks: " +
                         std::to_string(f.no_shared_root.features.size()) + " columns of the Jacobian rule it out");
  text +=
      line("root.domain", f.bounded ? "yes: within the bounds of the tensor" : "no: beyond the bounds of the tensor");
  if (result.domain.low)
    text += line("domain", "yes; " + on_bounds_words(one) + " of " + std::to_string(network.input_size()) +
                               " numbers of the root at the input lie on its bounds");
  text += line("relevance", "sums to " + rounded(f.kappa * one.sum) + "; unresolved " + rounded(f.left_at_cut) +
                                " at the cut, " + rounded(f.left_at_input) + " at the input");
  return text + line("replayed", "accepted");
}

std::string not_built(const ForgedInput& one, const net::Network& network) {
  std::string text;
  for (const auto& none : one.tried)
    text += "    " + report::clean(network.node(none.cut).name) + ": " + why(none) + "\n";
  return text.empty() ? "    no hidden tensor cuts the input from the output\n" : text;
}

}  // namespace

std::string forge_text(const ForgeResult& result, bool verbose) {
  const net::Network& network = result.model.network;
  const bool at_length = verbose || result.forgeries.size() <= kAtLength;
  std::string text;
  std::size_t built = 0, exact = 0, bounded = 0, two = 0, undecided = 0;
  for (const ForgedInput& one : result.forgeries) {
    const std::string head = "input " + std::to_string(one.input) + ", output " + std::to_string(one.target) + " (" +
                             rounded(one.output) + "): ";
    if (one.forged) {
      const bool is_exact = one.forged->kappa == Rational(1);
      ++built, exact += is_exact, bounded += one.forged->bounded, two += one.forged->roots.size() == 2;
      if (at_length) text += head + "forged\n" + built_at_length(one, result);
    } else {
      undecided += !one.decided();
      text += head + (one.decided() ? "impossible\n" : "undecided\n") + not_built(one, network);
    }
  }
  const std::size_t all = result.forgeries.size();
  if (!text.empty()) text += "\n";
  text += std::to_string(built) + " of " + std::to_string(all) + " maps forged: " + std::to_string(exact) +
          " exactly, " + std::to_string(built - exact) + " up to a factor";
  if (undecided > 0) text += "; " + std::to_string(undecided) + " undecided";
  text += "; " + std::to_string(bounded) + " with the roots at the cut within the tensor's bounds";
  if (two > 0) text += "; " + std::to_string(two) + " with two roots at the input";
  text += "\n";
  if (built > 0)
    text +=
        "Each is the full-backward decomposition of its output (ROO-3) with these roots, all in their cells (GXI-3),\n"
        "and was replayed from the bytes of the model by the second implementation.\n";
  return text;
}

}  // namespace lrproof::job
