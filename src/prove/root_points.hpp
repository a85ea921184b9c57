#pragma once
// Points of a polytope where conditions of a root hold, or one of them breaks, looked for in doubles by projections
// from one constraint to the next (relaxation, S. Agmon 1954; products of forms by their tangent). It proves nothing:
// who asks evaluates the point exactly, and asks a linear program where none is found. Where there are hundreds of
// inputs it costs a hundredth of one.
#include "prove/root_conditions.hpp"

namespace lrproof::prove {

class RootPoints {
 public:
  /// z times `scale` stands for R_j. Everything outlives this.
  RootPoints(const Polytope& polytope, FormPtr z, FormPtr drop, const std::vector<RootCondition>& conditions,
             double scale = 1);

  /// Where all conditions seem to hold.
  std::optional<std::vector<num::Rational>> inside();
  /// Where some condition seems broken: of `many` conditions the ones nearest to it at the polytope's point are tried,
  /// one point each.
  std::vector<std::vector<num::Rational>> outside(std::size_t many);

 private:
  // form >= 0, or sign (row D - z s) >= 0
  struct Goal {
    const RoundedForm *form = nullptr, *row = nullptr, *s = nullptr;
    double sign = 1;
  };
  Goal goal_of(const RootCondition& condition, double sign) const;
  bool reach(const std::vector<Goal>& goals, int sweeps);
  bool pull(const Goal& goal);
  double value(const Goal& goal) const;
  void slope(const Goal& goal);
  bool move(double lack);
  void begin();
  std::vector<num::Rational> exact() const;

  const Polytope& polytope_;
  const FormPtr z_, drop_;
  const std::vector<RootCondition>& conditions_;
  double scale_;
  std::vector<double> x_, low_, high_, slope_;
  double z_here_ = 0, drop_here_ = 0;
  std::int64_t steps_ = 0;  // multiply-adds of this search
  std::vector<Goal> rows_;
};

}  // namespace lrproof::prove
