#include "prove/in_scope.hpp"

// Why the regions found are all that meet the box: units are decided in the order of the network. While a group of
// regions agrees, the next unit is one affine function on the group's part of the box. Where they differ the part is
// cut; beyond the pieces that they have, multipliers of the rows decided before show that nothing of the part lies.
namespace lrproof::prove {

using num::Rational;

namespace {

constexpr std::size_t kTerms = 1500;
constexpr std::size_t kPrograms = 4000;

struct Unit {
  net::NodeId node;
  std::int64_t element;
};

class Cover {
 public:
  explicit Cover(std::deque<Region>& regions)
      : regions_(regions), network_(regions[0].at->point().network()), part_{regions[0].polytope.bounds, {}, {}} {}

  std::optional<BoxCover> run() {
    for (net::NodeId id = 0; id < network_.size(); ++id) {
      const net::Node& node = network_.node(id);
      if (region::is_maximum(node)) return std::nullopt;
      const auto* activation = std::get_if<net::Activation>(&node.op);
      for (std::int64_t e = 0; activation && e < node.size(); ++e)
        if (!activation->curve(e).kinks.empty()) units_.push_back({id, e});
    }
    std::vector<std::size_t> all(regions_.size());
    for (std::size_t r = 0; r < all.size(); ++r) all[r] = r;
    if (!decide(all, 0)) return std::nullopt;
    for (const Region& region : regions_) {
      const auto& x = region.at->point().x();
      out_.points.insert(out_.points.end(), x.begin(), x.end());
    }
    return std::move(out_);
  }

 private:
  const net::Curve& curve(const Unit& unit) const {
    return std::get<net::Activation>(network_.node(unit.node).op).curve(unit.element);
  }
  std::size_t piece(std::size_t region, const Unit& unit) const {
    return std::size_t(regions_[region].at->point().branch().choice[std::size_t(unit.node)][std::size_t(unit.element)]);
  }

  bool decide(const std::vector<std::size_t>& group, std::size_t from) {
    for (std::size_t u = from; u < units_.size(); ++u) {
      const Unit& unit = units_[u];
      const AffineForm& form = regions_[group[0]].forms->form(network_.node(unit.node).inputs[0], unit.element);
      if (form.is_constant()) continue;
      std::map<std::size_t, std::vector<std::size_t>> pieces;
      for (const std::size_t r : group) pieces[piece(r, unit)].push_back(r);
      const std::size_t low = pieces.begin()->first, high = pieces.rbegin()->first;
      if (low > 0 && !show(group[0], row(unit, form, low, true))) return false;
      if (high < curve(unit).kinks.size() && !show(group[0], row(unit, form, high, false))) return false;
      if (pieces.size() == 1) {
        add_rows(unit, form, low);
        continue;
      }
      const std::vector<Polytope::Row> rows = part_.rows;
      for (const auto& [at, part] : pieces) {
        add_rows(unit, form, at);
        if (!decide(part, u + 1)) return false;
        part_.rows = rows;
      }
      return true;
    }
    return true;
  }

  Polytope::Row row(const Unit& unit, const AffineForm& form, std::size_t piece, bool lower) const {
    AffineForm above = Rational(lower ? 1 : -1) * form;
    const Rational& kink = curve(unit).kinks[lower ? piece - 1 : piece];
    above.constant -= lower ? kink : -kink;
    return {std::move(above),
            network_.node(unit.node).name + ":" + std::to_string(unit.element) + (lower ? ">=" : "<=")};
  }
  void add_rows(const Unit& unit, const AffineForm& form, std::size_t piece) {
    if (piece > 0) part_.rows.push_back(row(unit, form, piece, true));
    if (piece < curve(unit).kinks.size()) part_.rows.push_back(row(unit, form, piece, false));
  }

  bool bounds_show(const AffineForm& form) const {
    Rational least = form.constant;
    for (std::size_t k = 0; k < form.slope.size(); ++k) {
      if (form.slope[k].is_zero()) continue;
      const auto& bound = form.slope[k].sign() > 0 ? part_.bounds[k].low : part_.bounds[k].high;
      if (!bound) return false;
      least.add_product(form.slope[k], *bound);
    }
    return least.sign() >= 0;
  }

  // The row is >= 0 on the part.
  bool show(std::size_t group, const Polytope::Row& asked) {
    if (bounds_show(asked.form)) return true;
    if (++programs_ > kPrograms) return false;
    part_.interior = regions_[group].at->point().x();
    const AffineForm below = Rational(-1) * asked.form;
    const Slack slack = max_slack(part_, below);
    if (slack.answer != Slack::Answer::infeasible && slack.answer != Slack::Answer::touching) return false;
    out_.text += (out_.text.empty() ? "" : " | ") + std::to_string(group) + " " + asked.name;
    for (const auto& term : slack.combination) {
      using Of = CombinationTerm::Of;
      if (term.of == Of::low || term.of == Of::high) continue;  // the bounds pay
      out_.text += " " + (term.of == Of::asked ? "ask:" + asked.name : part_.rows[term.index].name);
      out_.multipliers.push_back(term.multiplier);
    }
    return out_.multipliers.size() <= kTerms;
  }

  std::deque<Region>& regions_;
  const net::Network& network_;
  std::vector<Unit> units_;
  Polytope part_;  // bounds, and the rows of the units decided so far
  std::size_t programs_ = 0;
  BoxCover out_;
};

}  // namespace

std::optional<BoxCover> cover_box(std::deque<Region>& regions) {
  return regions.empty() ? std::nullopt : Cover(regions).run();
}

}  // namespace lrproof::prove
