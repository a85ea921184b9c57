// root.inside, root.linear, root.domain: the root is computed anew, and the suffix is evaluated there.
#include "oracle/question.hpp"

namespace lrproof::oracle {

namespace {

// The units of a suffix: every activation and max element that can move.
template <class Visit>
void units_of(const Point& suffix, Visit&& visit) {
  for (int id = 0; id < int(suffix.network().nodes.size()); ++id) {
    const Node& node = suffix.network().node(id);
    const bool unit = node.kind == Kind::activation || node.kind == Kind::max || node.kind == Kind::max_pool;
    if (!unit || !suffix.moves(id) || suffix.is_replaced(id)) continue;
    for (long e = 0; e < node.size(); ++e) visit(id, e);
  }
}

bool on_piece(const Piece& there, int piece) {
  return there.index == piece || (there.kink && there.index + 1 == piece);
}

// Is the unit, off its kink at the input, on the same closed piece at the root? At a kink that is none (all tied
// pieces the same constant) nothing is asked.
bool same_piece(const Root& root, const std::unique_ptr<Point>& start, const Point& there, int id, long e) {
  const Point& here = root.explanation().point();
  const Node& node = here.network().node(id);
  const auto refuse_edge = [&] {
    if (start->edge(id, e)) throw NotCovered{"edge: the input lies on a kink of '" + node.name + "'"};
  };
  if (node.kind == Kind::activation) {
    const Piece at_input = here.piece(id, e);
    if (at_input.kink) return refuse_edge(), true;
    return on_piece(there.piece(id, e), at_input.index);
  }
  const auto& best = here.winners(id, e);
  if (best.size() > 1) refuse_edge();
  bool same = true;
  rivals(here.network(), node, e, [&](const Source& s) {
    if (std::find(best.begin(), best.end(), s) != best.end()) return;
    const int order = there.compare(id, best.front(), s);
    same = same && (node.minimum ? order <= 0 : order >= 0);
  });
  return same;
}

std::optional<std::string> leaves(const Root& root) {
  const auto there = root.suffix(1), start = root.suffix(0);
  std::optional<std::string> where;
  units_of(*there, [&](int id, long e) {
    if (!where && !same_piece(root, start, *there, id, e))
      where = root.explanation().network().node(id).name + ":" + std::to_string(e);
  });
  return where;
}

// The unit node a witness names: an activation or max itself, or the tensor that one of them reads.
int unit_node(const Network& network, const std::string& name) {
  int id = network.find(name);
  require(id >= 0, "no node '" + name + "' in the model");
  for (;;) {
    const Kind kind = network.node(id).kind;
    if (kind == Kind::activation || kind == Kind::max || kind == Kind::max_pool) return id;
    const auto readers = network.readers(id);
    int next = -1;
    for (int reader : readers)
      if (network.node(reader).kind == Kind::activation || network.node(reader).rewrites_shape_only) next = reader;
    require(next >= 0, "'" + name + "' is no unit with a kink");
    id = next;
  }
}

void escape_activation(const Question& q, const Point& there, int id, long e) {
  const Point& here = q.explanation.point();
  const int below = here.network().node(id).inputs[0];
  const Piece at_input = here.piece(id, e);
  if (at_input.kink) throw NotCovered{"edge: the named unit is on its kink at the input"};
  require(there.moves(id), "the named unit does not lie behind the root");
  require(!on_piece(there.piece(id, e), at_input.index), "the named unit is on the same closed piece at the root");
  require(q.pair("at_input").meets(here.at<Enclosure>(below, e)), "at_input does not hold the value at the input");
  require(q.pair("at_root").meets(there.at<Enclosure>(below, e)), "at_root does not hold the value at the root");
}

void escape_max(const Question& q, const Point& there, const Point& start, int id, long e) {
  const Point& here = q.explanation.point();
  const Node& node = here.network().node(id);
  require(there.moves(id), "the named unit does not lie behind the root");
  const auto& best = here.winners(id, e);
  if (best.size() > 1 && start.edge(id, e)) throw NotCovered{"edge: the named max is tied at the input"};
  const Pair at_input = q.pair("at_input"), at_root = q.pair("at_root");
  bool overtaken = false, shown = false;
  const auto gap = [&](const Point& point, const Source& s) {
    return point.at<Enclosure>(point.operand(id, best.front()), best.front().element) -
           point.at<Enclosure>(point.operand(id, s), s.element);
  };
  rivals(here.network(), node, e, [&](const Source& s) {
    if (std::find(best.begin(), best.end(), s) != best.end()) return;
    const int order = there.compare(id, best.front(), s);
    if (node.minimum ? order <= 0 : order >= 0) return;
    overtaken = true;
    const Enclosure before = gap(here, s), after = gap(there, s);
    const bool plain = at_input.meets(before) && at_root.meets(after);
    const bool turned = at_input.meets(-before) && at_root.meets(-after);
    shown = shown || plain || turned;
  });
  require(overtaken, "the winner at the input is still a winner at the root");
  require(shown, "at_input and at_root do not hold the differences of an overtaking operand");
}

void check_t(const Question& q, const Root& root) {
  if (q.has("second") ||  // the other witness of "sometimes" tells its point only
      (q.root_kind == "fixed" && !q.has("t")))
    return;
  const Pair t = q.pair("t");
  require(t.meets(root.t<Enclosure>()), "t is not in its pair");
}

void replay_inside(const Question& q, const Root& root) {
  check_t(q, root);
  if (q.verdict == "proved") {
    require(q.kind == "inside", "a witness '" + q.kind + "' does not prove " + q.check);
    if (const auto where = leaves(root)) refuse("the root leaves the cell at " + *where);
    return;
  }
  require(q.kind == "escape", "a witness '" + q.kind + "' does not refute " + q.check);
  replay_escape(q, *root.suffix(1), *root.suffix(0));
}

// Gradient of the output with respect to the unit's operands, at one point of the suffix, off kinks.
template <class N>
Gradient<N> suffix_gradient(const Root& root, const Point& suffix) {
  const std::set<int> stop(root.operands().begin(), root.operands().end());
  auto result = gradient<N>(suffix, {{suffix.network().output(), root.explanation().target(), 1}}, {}, stop);
  if (!result.edges.empty() || result.tied) throw NotCovered{"edge: the point lies on a kink that the output feels"};
  return result;
}

template <class N>
N element_of(const Root& root, const Gradient<N>& gradient, const Source& s) {
  const auto& values = gradient.of[std::size_t(root.operands()[std::size_t(s.operand)])];
  return values.empty() ? zero<N>() : values.at(std::size_t(s.element));
}

// The gradients at the input and at a - s t v differ at the named element.
void gradient_differs(const Question& q, const Root& root, const Source& source, const Exact& s) {
  const auto here = root.suffix(0), there = root.suffix(s);
  const Pair at_input = q.pair("at_input"), at_point = q.pair("at_point");
  const Enclosure a = element_of(root, suffix_gradient<Enclosure>(root, *here), source);
  const Enclosure b = element_of(root, suffix_gradient<Enclosure>(root, *there), source);
  require(at_input.meets(a) && at_point.meets(b), "a gradient is not in its pair");
  if (a.hi < b.lo || b.hi < a.lo) return;
  const Exact x = element_of(root, suffix_gradient<Exact>(root, *here), source);
  const Exact y = element_of(root, suffix_gradient<Exact>(root, *there), source);
  require(at_input.holds(x) && at_point.holds(y), "a gradient is not in its pair");
  require(x != y, "the gradients agree at this element");
}

// s = 0 or 1: the gradient on the way just before the root (a hinge root lies on its own kink).
void replay_gradient(const Question& q, const Root& root) {
  const Exact s = q.number("s");
  require(sgn(s) >= 0 && s <= 1, "s is not in [0, 1]");
  const Source source = root.source(q.index("element"));
  if (sgn(s) > 0 && s < 1) return gradient_differs(q, root, source, s);
  std::string why;
  for (unsigned long bits : {24, 60}) {
    Exact gap(1);
    mpq_div_2exp(gap.get_mpq_t(), gap.get_mpq_t(), bits);
    try {
      return gradient_differs(q, root, source, Exact(1 - gap));
    } catch (const Refused& refused) {
      why = refused.why;
    }
  }
  refuse(why);
}

// Breakpoints of the segment from the input to the root, found by bisection of affine pieces: every unit whose sign
// changes between two points of equal branch is located exactly, because between neighbours all tensors are affine.
class Segment {
 public:
  explicit Segment(const Root& root) : root_(root) {}

  // Every open piece of the segment has the input's gradient.
  void check() {
    const auto first = suffix_gradient<Exact>(root_, *root_.suffix(0));
    Exact from = 0;
    for (int pieces = 0; from < 1; ++pieces) {
      if (pieces > 200) throw NotCovered{"budget: more than 200 pieces on the segment"};
      const Exact to = next(from);
      const auto here = suffix_gradient<Exact>(root_, *root_.suffix(Exact((from + to) / 2)));
      for (int node : root_.operands()) same(first.of[std::size_t(node)], here.of[std::size_t(node)]);
      from = to;
    }
  }

 private:
  static void same(const std::vector<Exact>& a, const std::vector<Exact>& b) {
    const std::size_t size = std::max(a.size(), b.size());
    for (std::size_t k = 0; k < size; ++k)
      require((a.empty() ? Exact(0) : a[k]) == (b.empty() ? Exact(0) : b[k]),
              "the gradient changes on the way to the root");
  }

  // The end of the affine piece that begins at `from`.
  Exact next(const Exact& from) {
    Exact to = 1;
    for (int tries = 0; tries < 4000; ++tries) {
      const auto far = root_.suffix(to), middle = root_.suffix(Exact((from + to) / 2)), near = root_.suffix(from);
      const auto crossing = first_crossing(*near, *middle, *far, from, to);
      if (!crossing) return to;
      to = *crossing;
    }
    throw NotCovered{"budget: a segment with too many pieces"};
  }

  // On [from, to]: nothing when each unit stays on one closed piece at from, middle and to; else a nearer end.
  std::optional<Exact> first_crossing(const Point& near, const Point& middle, const Point& far, const Exact& from,
                                      const Exact& to) {
    std::optional<Exact> best;
    units_of(near, [&](int id, long e) {
      const Node& node = near.network().node(id);
      const auto consider = [&](const Exact& u, const Exact& v, const Exact& level) {
        // u at from, v at to; crosses level strictly inside when the signs differ.
        if (sgn(Exact(u - level)) * sgn(Exact(v - level)) >= 0) return;
        const Exact at = from + (to - from) * (level - u) / (v - u);
        if (at > from && at < to && (!best || at < *best)) best = at;
      };
      if (node.kind == Kind::activation) {
        const int below = node.inputs[0];
        for (const Exact& kink : node.curve(e).kinks) {
          consider(near.at<Exact>(below, e), far.at<Exact>(below, e), kink);
          if (!best)
            bend(near.at<Exact>(below, e), middle.at<Exact>(below, e), far.at<Exact>(below, e), from, to, best);
        }
        return;
      }
      std::vector<Source> all;
      rivals(near.network(), node, e, [&](const Source& s) { all.push_back(s); });
      for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t k = i + 1; k < all.size(); ++k) {
          const auto gap = [&](const Point& p) {
            return Exact(p.at<Exact>(p.operand(id, all[i]), all[i].element) -
                         p.at<Exact>(p.operand(id, all[k]), all[k].element));
          };
          consider(gap(near), gap(far), 0);
          if (!best) bend(gap(near), gap(middle), gap(far), from, to, best);
        }
    });
    return best;
  }

  // A value that is not affine between from and to bends somewhere before: halve.
  static void bend(const Exact& u, const Exact& m, const Exact& v, const Exact& from, const Exact& to,
                   std::optional<Exact>& best) {
    if (Exact(u + v) != Exact(2 * m)) best = Exact((from + to) / 2);
  }

  const Root& root_;
};

void replay_linear(const Question& q, const Root& root) {
  check_t(q, root);
  if (q.verdict == "refuted") {
    require(q.kind == "gradient", "a witness '" + q.kind + "' does not refute " + q.check);
    return replay_gradient(q, root);
  }
  require(q.kind == "linear", "a witness '" + q.kind + "' does not prove " + q.check);
  if (leaves(root)) Segment(root).check();
}

void replay_domain(const Question& q, const Root& root) {
  const auto bounds = [&](const Source& s) {
    return bounds_of(q.network(), root.operands()[std::size_t(s.operand)], s.element, q.domain);
  };
  if (q.verdict == "refuted") {
    require(q.kind == "outside", "a witness '" + q.kind + "' does not refute " + q.check);
    const Source s = root.source(q.index("element"));
    const Enclosure value = root.at<Enclosure>(s.operand, s.element, 1);
    require(q.pair("value").meets(value), "value does not hold the root's element");
    const bool low = q.has("low");
    const Bounds allowed = bounds(s);
    const auto& bound = low ? allowed.low : allowed.high;
    require(bound && *bound == q.number(low ? "low" : "high"), "the tensor does not have this bound");
    const Enclosure near = enclose(*bound);
    if (low ? value.hi < near.lo : value.lo > near.hi) return;
    const Exact exact = root.at<Exact>(s.operand, s.element, 1);
    require(low ? exact < *bound : exact > *bound, "the element is within the bound");
    return;
  }
  require(q.kind == "within", "a witness '" + q.kind + "' does not prove " + q.check);
  check_t(q, root);
  for (int o = 0; o < int(root.operands().size()); ++o) {
    const int node = root.operands()[std::size_t(o)];
    for (long e = 0; e < q.network().node(node).size(); ++e) {
      const Bounds allowed = bounds({o, e});
      if (!allowed.low && !allowed.high) continue;
      const Enclosure near = root.at<Enclosure>(o, e, 1);
      const bool clear = (!allowed.low || near.lo >= enclose(*allowed.low).hi) &&
                         (!allowed.high || near.hi <= enclose(*allowed.high).lo);
      if (clear) continue;
      const Exact value = root.at<Exact>(o, e, 1);
      require((!allowed.low || value >= *allowed.low) && (!allowed.high || value <= *allowed.high),
              "an element of the root is beyond its bound");
    }
  }
}

}  // namespace

void replay_escape(const Question& q, const Point& there, const Point& start) {
  const int id = unit_node(q.network(), q.word("node"));
  const long e = q.index("element");
  require(e >= 0 && e < q.network().node(id).size(), "no such element");
  if (q.network().node(id).kind == Kind::activation)
    escape_activation(q, there, id, e);
  else
    escape_max(q, there, start, id, e);
}

void replay_root(const Question& q) {
  const Root root(q.explanation, q.place(), q.index("unit"), q.root_kind);
  if (q.check == "root.inside") return replay_inside(q, root);
  if (q.check == "root.linear") return replay_linear(q, root);
  if (q.check == "root.domain") return replay_domain(q, root);
  throw NotCovered{"check '" + q.check + "'"};
}

}  // namespace lrproof::oracle
