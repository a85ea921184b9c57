// net.class: f_c is above every other output at an input, on its cell, or on a box around it (NET-6).
#include <sstream>

#include "oracle/margin.hpp"

namespace lrproof::oracle {

namespace {

constexpr Budget kTreeBudget{6'000'000'000, 60'000'000};
constexpr int kDepth = 1000;

// "12" below the limit; anything else is refused.
long read_index(const std::string& text, std::size_t limit) {
  require(!text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos,
          "'" + text + "' is no index");
  const long k = std::stol(text);
  require(std::size_t(k) < limit, "the index " + text + " is beyond its end");
  return k;
}

// A tree as its text has it, from the top down, the lower part of a cut first.
class Tree {
 public:
  Tree(const Question& q, const LinearBound& bound, const BoxPart& whole)
      : q_(q), bound_(bound), whole_(whole), network_(q.network()), words_(q.word("tree")) {
    if (q.has("nodes")) {
      std::istringstream names(q.word("nodes"));
      for (std::string name; std::getline(names, name);) {
        nodes_.push_back(network_.find(name));
        require(nodes_.back() >= 0, "no node '" + name + "' in the model");
      }
    }
    if (q.has("cuts")) cuts_ = q.numbers("cuts");
    if (q.has("slopes")) slopes_ = q.numbers("slopes");
  }

  void run() {
    std::set<long> rivals;
    const int out = network_.output();
    const long outputs = network_.node(out).size(), target = q_.explanation.target();
    for (std::string word; words_ >> word;) {
      require(word[0] == 'r', "a tree of no output");
      rival_ = read_index(word.substr(1), std::size_t(outputs));
      require(rival_ != target && rivals.insert(rival_).second, "two trees of one output, or one of the explained");
      part(whole_, 0);
    }
    require(long(rivals.size()) == outputs - 1, "an output without a tree");
    require(cut_ == cuts_.size() && slope_ == slopes_.size(), "more numbers than the tree has places");
  }

 private:
  std::pair<int, long> element(const std::string& text) {
    const auto colon = text.find(':');
    require(colon != std::string::npos, "'" + text + "' names no element");
    const int id = nodes_[std::size_t(read_index(text.substr(0, colon), nodes_.size()))];
    return {id, read_index(text.substr(colon + 1), std::size_t(network_.node(id).size()))};
  }
  const Exact& next_cut() {
    require(cut_ < cuts_.size(), "a cut without its number");
    return cuts_[cut_++];
  }

  void part(const BoxPart& here, int depth) {
    std::string word;
    require(bool(words_ >> word), "a part of the box is left out");
    require(depth < kDepth, "a tree too deep to be read");
    const std::string rest = word.substr(1);
    if (word == "." || word[0] == 's') return close(here, rest);
    require(word[0] == 'u' || word[0] == 'x', "'" + word + "' is neither cut nor leaf");
    const bool unit = word[0] == 'u';
    const auto [id, e] = unit ? element(rest) : std::pair(0, read_index(rest, here.box.size()));
    const Enclosure at = enclose(next_cut());
    const double inf = std::numeric_limits<double>::infinity();
    for (const Enclosure& range : {Enclosure{-inf, at.hi}, Enclosure{at.lo, inf}}) {
      BoxPart child = here;
      if (unit) {
        bound_.restrict(child, id, e, range);
      } else {
        Enclosure& side = child.box[std::size_t(e)];
        side = {std::max(side.lo, range.lo), std::min(side.hi, range.hi)};
        bound_.bound(child);
      }
      part(child, depth + 1);
    }
  }

  void close(const BoxPart& here, const std::string& units) {
    UnitSlopes slopes;
    std::istringstream names(units);
    for (std::string name; std::getline(names, name, ',');) {
      require(slope_ < slopes_.size(), "a leaf without its slopes");
      const auto [id, e] = element(name);
      require(network_.node(id).kind == Kind::activation, "a slope of something that is no activation");
      slopes[{id, e}] = slopes_[slope_++];
    }
    if (here.empty) return;
    const std::map<long, Enclosure> lead{{q_.explanation.target(), {1, 1}}, {rival_, {-1, -1}}};
    require(bound_.least(here, network_.output(), lead, slopes) > 0,
            "a leaf does not show that output " + std::to_string(rival_) + " stays below");
  }

  const Question& q_;
  const LinearBound& bound_;
  const BoxPart& whole_;
  const Network& network_;
  std::istringstream words_;
  std::vector<int> nodes_;
  std::vector<Exact> cuts_, slopes_;
  std::size_t cut_ = 0, slope_ = 0;
  long rival_ = 0;
};

void on_box(const Question& q, const Scope& scope) {
  Budget budget = kTreeBudget;
  const LinearBound bound(q.network(), budget);
  BoxPart whole;
  for (long i = 0; i < q.network().node(0).size(); ++i) {
    const Bounds of = feature_bounds(scope, q.explanation.point(), q.domain, i);
    whole.box.push_back({enclose(*of.low).lo, enclose(*of.high).hi});
  }
  bound.bound(whole);
  Tree(q, bound, whole).run();
}

// "K ask ROW ... | K ...": for every other output, multipliers of f_k - f_c and of rows of the cell that add up to
// something below 0.
void on_cell(const Question& q, const Scope& scope, const Around& around) {
  const Branch& branch = around.centre().branch;
  const int out = q.network().output();
  const long target = q.explanation.target(), outputs = q.network().node(out).size();
  const std::function<Bounds(long)> bounds = [&](long i) {
    return feature_bounds(scope, q.explanation.point(), q.domain, i);
  };
  for (const Node& node : q.network().nodes)
    if (node.name.find_first_of(" |") != std::string::npos) throw NotCovered{"rows of nodes whose names hold spaces"};
  const auto multipliers = q.numbers("multipliers");
  std::istringstream leaves(q.word("leaves"));
  std::set<long> rivals;
  std::size_t used = 0;
  for (std::string leaf; std::getline(leaves, leaf, '|');) {
    std::istringstream words(leaf);
    std::string word;
    require(bool(words >> word), "a leaf of no output");
    const long rival = read_index(word, std::size_t(outputs));
    require(rival != target && rivals.insert(rival).second, "two leaves of one output, or one of the explained");
    Combination sum(q.network());
    Exact asked;
    while (words >> word) {
      require(used < multipliers.size(), "more rows than multipliers");
      const Exact& m = multipliers[used++];
      require(sgn(m) >= 0, "a multiplier is negative");
      if (word != "ask") {
        require(word != "output>=" && word != "output<=", "a row that is none of the cell's");
        add_row(q, sum, word, m, bounds);
        continue;
      }
      asked += m;
      sum.seeds.push_back({out, rival, m});
      sum.seeds.push_back({out, target, Exact(-m)});
    }
    const auto top = greatest_value(branch.of(sum), bounds);
    require(sgn(asked) > 0 && top && sgn(*top) < 0,
            "a leaf does not show that output " + std::to_string(rival) + " stays below");
  }
  require(long(rivals.size()) == outputs - 1, "an output without a leaf");
  require(used == multipliers.size(), "more multipliers than rows");
}

}  // namespace

void replay_class(const Question& q) {
  const Point& here = q.explanation.point();
  const int out = q.network().output();
  const long target = q.explanation.target(), outputs = q.network().node(out).size();
  if (q.kind == "greatest" && q.verdict == "proved") {
    for (long k = 0; k < outputs; ++k)
      require(k == target || here.compare(out, k, here.at<Exact>(out, target)) < 0, "another output is as great");
    return;
  }
  require(q.kind == "rival" && q.verdict == "refuted", "a witness of another check");
  const long rival = q.index("rival");
  require(rival >= 0 && rival < outputs && rival != target, "no such other output");
  const Exact &f = here.at<Exact>(out, target), &other = here.at<Exact>(out, rival);
  require(other >= f, "the other output is below the explained one");
  require(q.number("output") == f && q.number("rival_output") == other, "the outputs have other values");
}

void replay_class_around(const Question& q, const Scope& scope, const Around& around) {
  require(q.kind == "greatest", "a witness of another check");
  if (scope.kind == "cell") return on_cell(q, scope, around);
  on_box(q, scope);
}

}  // namespace lrproof::oracle
