#include "oracle/cover.hpp"

namespace lrproof::oracle {

std::vector<CoverLeaf> read_cover(const Question& q) {
  std::vector<CoverLeaf> leaves;
  for (WrittenSum& sum : read_sums(q, "cover", "cover_multipliers"))
    leaves.push_back({read_region(sum.head), std::move(sum.form), std::move(sum.terms)});
  return leaves;
}

namespace {

class Cover {
 public:
  Cover(const Network& network, const std::vector<RegionPoint>& points, const std::vector<CoverLeaf>& leaves,
        const std::function<Bounds(long)>& bounds)
      : network_(network), points_(points), leaves_(leaves), bounds_(bounds) {
    for (int id = 0; id < int(network.nodes.size()); ++id) {
      const Node& node = network.node(id);
      if (node.kind == Kind::max || node.kind == Kind::max_pool)
        throw NotCovered{"a proof over a box of a network with a maximum"};
      for (long e = 0; node.kind == Kind::activation && e < node.size(); ++e)
        if (!node.curve(e).kinks.empty()) units_.push_back({id, e});
    }
  }

  void run() {
    std::vector<long> all(points_.size());
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = long(k);
    require(!all.empty(), "a box without regions");
    decide(all, 0);
  }

 private:
  // Pieces of the group's points at one unit.
  struct Pieces {
    std::map<int, std::vector<long>> of;
    int low() const { return of.begin()->first; }
    int high() const { return of.rbegin()->first; }
  };

  void decide(const std::vector<long>& group, std::size_t from) {
    const std::size_t outer = rows_.size();
    const Branch& branch = points_[std::size_t(group[0])].branch;
    for (std::size_t u = from; u < units_.size(); ++u) {
      const auto [id, e] = units_[u];
      const Node& node = network_.node(id);
      const Affine& form = branch.of(node.inputs[0], e);
      if (form.is_constant()) continue;  // one piece for all, or the kink, where the two agree
      const Pieces pieces = pieces_of(group, node, e, form);
      if (pieces.low() > 0) show(group[0], row(node, e, form, pieces.low(), 1));
      if (pieces.high() < int(node.curve(e).kinks.size())) show(group[0], row(node, e, form, pieces.high(), -1));
      if (pieces.of.size() == 1) {
        add_rows(node, e, form, pieces.low());
        continue;
      }
      for (const auto& [piece, part] : pieces.of) {
        const std::size_t inner = rows_.size();
        add_rows(node, e, form, piece);
        decide(part, u + 1);
        rows_.resize(inner);
      }
      break;
    }
    rows_.resize(outer);
  }

  Pieces pieces_of(const std::vector<long>& group, const Node& node, long e, const Affine& form) const {
    const auto& kinks = node.curve(e).kinks;
    Pieces pieces;
    for (const long p : group) {
      const Exact value = form.at(points_[std::size_t(p)].branch.point());
      int piece = 0;
      while (piece < int(kinks.size()) && value > kinks[std::size_t(piece)]) ++piece;
      require(piece == int(kinks.size()) || value != kinks[std::size_t(piece)], "a region's point lies on a kink");
      pieces.of[piece].push_back(p);
    }
    require(pieces.high() - pieces.low() + 1 == int(pieces.of.size()), "a piece of '" + node.name + "' is left out");
    return pieces;
  }

  using Row = std::pair<std::string, Affine>;

  // side 1: the value is not below the piece's lower kink; -1: not above its upper one.
  static Row row(const Node& node, long e, const Affine& form, int piece, int side) {
    Row row{node.name + ":" + std::to_string(e) + (side > 0 ? ">=" : "<="), form};
    for (Exact& s : row.second.slope) s *= side;
    row.second.constant = side * (form.constant - node.curve(e).kinks[std::size_t(side > 0 ? piece - 1 : piece)]);
    return row;
  }
  void add_rows(const Node& node, long e, const Affine& form, int piece) {
    if (piece > 0) rows_.push_back(row(node, e, form, piece, 1));
    if (piece < int(node.curve(e).kinks.size())) rows_.push_back(row(node, e, form, piece, -1));
  }

  // The row is >= 0 wherever the rows decided so far are, within the bounds: by the bounds alone, or by a leaf.
  void show(long group, const Row& asked) const {
    if (holds(asked, {{"ask:" + asked.first, 1}})) return;
    for (const CoverLeaf& leaf : leaves_)
      if (leaf.group == group && leaf.row == asked.first && holds(asked, leaf.terms)) return;
    refuse("nothing shows that the points have all regions: " + asked.first);
  }
  bool holds(const Row& asked, const std::vector<std::pair<std::string, Exact>>& terms) const {
    Affine sum = points_[0].branch.constant(0);
    bool taking_part = false;
    for (const auto& [name, multiplier] : terms) {
      if (name == "ask:" + asked.first) {
        sum.add(asked.second, Exact(-multiplier)), taking_part = taking_part || sgn(multiplier) > 0;
        continue;
      }
      const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.first == name; });
      require(found != rows_.end(), "a row that is not decided there: " + name);
      sum.add(found->second, multiplier);
    }
    const auto top = greatest_value(sum, bounds_);
    return top && (sgn(*top) < 0 || (sgn(*top) == 0 && taking_part));
  }

  const Network& network_;
  const std::vector<RegionPoint>& points_;
  const std::vector<CoverLeaf>& leaves_;
  const std::function<Bounds(long)>& bounds_;
  std::vector<std::pair<int, long>> units_;
  std::vector<Row> rows_;  // of the units decided so far
};

}  // namespace

void require_cover(const Network& network, const std::vector<RegionPoint>& points, const std::vector<CoverLeaf>& leaves,
                   const std::function<Bounds(long)>& bounds) {
  Cover(network, points, leaves, bounds).run();
}

}  // namespace lrproof::oracle
