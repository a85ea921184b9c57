#pragma once
// Certificates of hinge roots over one region: the closed pieces of a point, within bounds of the inputs (ROO-6).
//
// There a unit's root a - t v, t = z / D, D = w . v, meets row u >= 0 of the suffix where row_u D - z s_u >= 0, with
// s_u = p_u . v and p_u the gradient of row_u at the layer's input (signs turned so that z > 0 and D > 0). Three
// readings are affine in the input:
//   - D and s_u constant; D - k z and s_u - k row_u constant for k = 1 or -1: then the products cancel.
//   - s_u = c row_u: D - c z >= 0 wherever row_u is not 0; where it is 0 the root stays on it.
//   - for t in [from, to], with row_u >= 0 and t > 0: row_u < t s_u needs s_u > 0, and so row_u < to s_u;
//     row_u >= t s_u gives row_u >= from s_u (if s_u <= 0, because row_u >= 0).
// A leaf is a sum of such forms and of rows that are not negative; its level, the greatest value within the bounds of
// the inputs, says which of them cannot be.
#include "oracle/affine.hpp"

namespace lrproof::oracle {

struct Leaf {
  long region = 0;
  int part = 1;  // sign of D
  std::string condition;
  Exact from, to;  // the span of t; to = -1: no end
  std::vector<std::pair<std::string, Exact>> terms;

  bool ends() const { return to != -1; }
};

/// "+ NAME row row | - NAME row", multipliers and spans in lists of their own; before the part the region's number.
std::vector<Leaf> read_leaves(const Question& q);

/// Where a unit is asked: z_j has this sign and |z_j| >= least.
struct UnitScope {
  int sign = 1;
  Exact least;
};

class RootProof {
 public:
  /// q: at the region's point.
  RootProof(const Question& q, const UnitScope& scope, const Branch& branch, std::function<Bounds(long)> bounds,
            std::vector<Leaf> leaves);

  /// The root is inside at every input of the region, or (never) at none; false: there is no root to speak of.
  bool always();
  bool never();

 private:
  struct Condition {
    std::string name;
    Affine row;
    std::vector<Exact> gradient;  // at the layer's input; empty: 0
  };
  // On one sign of D. form: of the same sign as row D - z s; where divided, only where the row is not 0.
  struct Asked {
    Affine row, s;
    std::optional<Affine> form;
    bool divided = false, trivial = false;
  };

  bool has_relevance_of_its_value() const;
  void read_direction(const Formula& formula);
  void add_direction(const Product& product, const Exact& w, long element);
  Affine along(const std::vector<Exact>& gradient) const;
  const std::vector<Condition>& conditions();
  void make_domain_conditions();
  void make_conditions();
  void add_condition(const Node& node, long e, const char* side);
  Asked asked(int part, const Condition& condition) const;
  Affine drop(int part) const;
  const Affine& known(const std::string& row, int part);
  std::optional<Exact> level(const Leaf& leaf, int part, const std::function<Affine(const std::string&)>& asked);
  Affine link(const Leaf& leaf, const std::string& name) const;
  bool closes(const Leaf& leaf, const std::string& name, const Asked& asked);
  bool excludes(const Leaf& leaf);
  bool off_zero(int part, const std::string& name, const Affine& row);
  bool empty();
  bool has_no_part(int part);
  std::vector<int> parts();
  static bool spans_cover(std::vector<std::pair<Exact, Exact>> spans);

  const Question& q_;
  const UnitScope scope_;
  const Point& here_;
  const Branch& branch_;
  const std::function<Bounds(long)> bounds_;
  const std::vector<Leaf> leaves_;
  int layer_ = -1, tensor_ = -1;
  long unit_;
  Affine z_, drop_;                       // sign z_j; D
  std::vector<Exact> constant_, factor_;  // v_i = constant + factor a_i
  std::optional<std::vector<Condition>> conditions_;
  std::map<std::string, Affine> known_;
};

}  // namespace lrproof::oracle
