#include <algorithm>

#include "prove/on_region.hpp"

// PRE-1 on a region. A premise says that affine forms of the input are >= 0 (f_c: > 0): each has its least value over
// the region from enclosures, or from a linear program, whose optimum is an input that the premise is asked of.
namespace lrproof::prove {

using net::NodeId;
using num::Rational;

namespace {

class PremisesOnRegion {
 public:
  PremisesOnRegion(Region& region, const prop::Obligation& o, const Refutes& refutes, Nearest& nearest)
      : region_(region), network_(region.at->point().network()), o_(o), refutes_(refutes), nearest_(nearest) {}

  OnRegion run() {
    OnRegion out;
    out.open = o_.node < 0 ? output() : inputs();
    return out;
  }

 private:
  std::string output() {
    const long target = long(region_.at->target());
    const Minimum least = minimum(region_.polytope, region_.forms->form(network_.output(), target));
    take(least, target);
    if (least.bound && least.bound->sign() > 0) return "";
    return refutes_(least.point) ? "" : "f_c is not bounded away from 0";
  }

  std::string inputs() {
    constexpr int kPrograms = 6;  // for the nearest input, where enclosures prove
    std::vector<std::pair<double, Margin>> enclosed;
    std::string open;
    for (const Margin& margin : margins()) {
      const double low = range_of(margin.form, region_.hull_of()).lo;
      if (low >= 0) {
        enclosed.emplace_back(low, margin);
        continue;
      }
      const Minimum least = minimum(region_.polytope, margin.form);
      take(least, margin.element);
      if (least.bound && least.bound->sign() >= 0) continue;
      if (least.value.sign() < 0 && refutes_(least.point)) return "";
      open = "element " + std::to_string(margin.element) + " of " + margin.of + " is not bounded as the rule needs";
    }
    std::stable_sort(enclosed.begin(), enclosed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    int asked = 0;
    for (const auto& [low, margin] : enclosed) {
      if (nearest_.improved_by(Rational(low)) && asked++ < kPrograms)
        take(minimum(region_.polytope, margin.form), margin.element, low);
      else
        nearest_.bounded_by(Rational(low));
    }
    return open;
  }

  // A form that the premise needs to be >= 0.
  struct Margin {
    AffineForm form;
    std::string of;
    long element;
  };
  std::vector<Margin> margins() {
    const auto& domain = region_.at->shared().subject.settings.domain;
    std::vector<Margin> out;
    for (const NodeId in : network_.node(o_.node).inputs)
      for (std::int64_t k = 0; k < network_.node(in).size(); ++k) {
        const AffineForm& a = region_.forms->form(in, k);
        const auto add = [&](const Rational& factor, const Rational& constant) {
          out.push_back({factor * a, network_.node(in).name, long(k)});
          out.back().form.constant += constant;
        };
        if (o_.notion == "a >= 0") {
          add(Rational(1), Rational());
          continue;
        }
        if (domain.low) add(Rational(1), -*domain.low);
        if (domain.high) add(Rational(-1), *domain.high);
      }
    return out;
  }

  void take(const Minimum& least, long element, double low = -HUGE_VAL) {
    nearest_.found(least.point, least.value, {{"element", element}});
    if (least.bound)
      nearest_.bounded_by(low >= 0 ? num::max(*least.bound, Rational(low)) : *least.bound);
    else if (low >= 0)
      nearest_.bounded_by(Rational(low));
  }

  Region& region_;
  const net::Network& network_;
  const prop::Obligation& o_;
  const Refutes& refutes_;
  Nearest& nearest_;
};

}  // namespace

OnRegion premises_on_region(InScope& scope, std::size_t region, const prop::Obligation& o, const Refutes& refutes,
                            Nearest& nearest) {
  return PremisesOnRegion(scope.regions()[region], o, refutes, nearest).run();
}

}  // namespace lrproof::prove
