#include "oracle/rows.hpp"

#include <sstream>

namespace lrproof::oracle {

void Combination::add(const Combination& other, const Exact& factor) {
  for (const Seed& seed : other.seeds) seeds.push_back({seed.node, seed.element, Exact(factor * seed.coefficient)});
  for (std::size_t k = 0; k < linear.size(); ++k) linear[k] += factor * other.linear[k];
  constant += factor * other.constant;
}

Exact value_at(const Point& here, const Combination& sum) {
  Exact value = sum.constant;
  for (const Seed& seed : sum.seeds)
    if (sgn(seed.coefficient) != 0) value += seed.coefficient * here.at<Exact>(seed.node, seed.element);
  for (long i = 0; i < long(sum.linear.size()); ++i)
    if (sgn(sum.linear[std::size_t(i)]) != 0) value += sum.linear[std::size_t(i)] * here.at<Exact>(0, i);
  return value;
}

std::optional<Exact> constant_value(const Point& here, const Combination& sum) {
  const auto slope = gradient<Exact>(here, sum.seeds);
  if (!slope.edges.empty() || slope.tied) throw NotCovered{"edge: the combination feels a kink at the input"};
  for (std::size_t i = 0; i < sum.linear.size(); ++i) {
    Exact coefficient = sum.linear[i];
    if (!slope.of[0].empty()) coefficient += slope.of[0][i];
    if (sgn(coefficient) != 0) return std::nullopt;
  }
  return value_at(here, sum);
}

namespace {

// A row as a witness writes it: NODE:ELEMENT, NODE:ELEMENT:SLOT, low:I, high:I or output, with >= or <= at its end
// where the side is stated.
struct Row {
  std::string name;
  long element = -1, slot = -1;
  int side = 0;  // 1: value >= bound, -1: value <= bound, 0: as the unit's piece says
};

bool take_number(std::string& text, long& number) {
  const auto colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (digits.empty() || digits.size() > 12 || digits.find_first_not_of("0123456789") != std::string::npos) return false;
  number = std::stol(digits);
  text.resize(colon);
  return true;
}

Row read_row(const Question& q, std::string text) {
  Row row;
  if (text.size() > 2 && (text.ends_with(">=") || text.ends_with("<="))) {
    row.side = text.ends_with(">=") ? 1 : -1;
    text.resize(text.size() - 2);
  }
  row.name = text;
  if (text == "output" && row.side != 0) return row;
  require(take_number(text, row.element), "a row without an element");
  row.name = text;
  long element = 0;
  if (q.network().find(text) < 0 && take_number(text, element) && q.network().find(text) >= 0) {
    row.name = text;
    row.slot = row.element;
    row.element = element;
  }
  return row;
}

void add_activation_row(const Question& q, Combination& sum, int id, const Row& row, const Exact& multiplier) {
  const Point& here = q.explanation.point();
  const Node& node = q.network().node(id);
  const auto& kinks = node.curve(row.element).kinks;
  const auto piece = std::size_t(here.piece(id, row.element).index);
  int side = row.side;
  if (side == 0 && kinks.size() != 1) throw NotCovered{"a row of a unit with several kinks"};
  if (side == 0) side = piece == 0 ? -1 : 1;
  require(side > 0 ? piece > 0 : piece < kinks.size(), "the unit's piece has no such bound");
  sum.seeds.push_back({node.inputs[0], row.element, Exact(side * multiplier)});
  sum.constant -= side * multiplier * kinks[side > 0 ? piece - 1 : piece];
}

void add_max_row(const Question& q, Combination& sum, int id, const Row& row, const Exact& multiplier) {
  const Point& here = q.explanation.point();
  const Node& node = q.network().node(id);
  const Source best = here.winners(id, row.element).front();
  std::vector<Source> all, others;
  rivals(q.network(), node, row.element, [&](const Source& s) {
    all.push_back(s);
    if (!(s == best)) others.push_back(s);
  });
  if (row.slot < 0 && others.size() != 1) throw NotCovered{"a row of a max of more than two"};
  const Source other = row.slot < 0 ? others[0] : all.at(std::size_t(row.slot));
  const int side = node.minimum ? -1 : 1;
  sum.seeds.push_back({here.operand(id, best), best.element, Exact(side * multiplier)});
  sum.seeds.push_back({here.operand(id, other), other.element, Exact(-side * multiplier)});
}

}  // namespace

void add_row(const Question& q, Combination& sum, const std::string& text, const Exact& multiplier,
             const std::function<Bounds(long)>& bounds) {
  require(sgn(multiplier) >= 0, "a multiplier is negative");
  const Row row = read_row(q, text);
  if (row.element < 0) {
    sum.seeds.push_back({q.network().output(), q.explanation.target(), Exact(row.side * multiplier)});
    return;
  }
  int id = q.network().find(row.name);
  if (id < 0 && (row.name == "low" || row.name == "high")) {
    require(row.element < long(sum.linear.size()), "no such feature");
    const Bounds both = bounds(row.element);
    const auto& bound = row.name == "low" ? both.low : both.high;
    require(bound.has_value(), "a row of a bound that is not given");
    const int side = row.name == "low" ? 1 : -1;
    sum.linear[std::size_t(row.element)] += side * multiplier;
    sum.constant -= side * multiplier * *bound;
    return;
  }
  require(id >= 0, "no node '" + row.name + "' in the model");
  const auto has_kink = [&](int n) {
    const Kind kind = q.network().node(n).kind;
    return kind == Kind::activation || kind == Kind::max || kind == Kind::max_pool;
  };
  if (!has_kink(id))
    for (int reader : q.network().readers(id))
      if (q.network().node(reader).kind == Kind::activation) id = reader;
  require(has_kink(id), "a row of something that has no kink");
  require(row.element < q.network().node(id).size(), "no such element");
  if (q.explanation.point().edge(id, row.element)) throw NotCovered{"edge: a row of a unit on its kink"};
  if (q.network().node(id).kind == Kind::activation)
    add_activation_row(q, sum, id, row, multiplier);
  else
    add_max_row(q, sum, id, row, multiplier);
}

std::vector<WrittenSum> read_sums(const Question& q, const char* text, const char* multipliers) {
  for (const Node& node : q.network().nodes)
    if (node.name.find_first_of(" |") != std::string::npos) throw NotCovered{"rows of nodes whose names hold spaces"};
  if (!q.has(text)) return {};
  const auto numbers = q.numbers(multipliers);
  std::istringstream words(q.word(text));
  std::vector<WrittenSum> sums;
  std::size_t used = 0;
  bool open = false;
  for (std::string word; words >> word;) {
    if (word == "|") {
      open = false;
    } else if (!open) {
      sums.push_back({word, "", {}});
      open = bool(words >> sums.back().form);
    } else {
      require(used < numbers.size(), "more rows than multipliers");
      require(sgn(numbers[used]) >= 0, "a multiplier is negative");
      sums.back().terms.emplace_back(word, numbers[used++]);
    }
  }
  require(used == numbers.size(), "more multipliers than rows");
  return sums;
}

long read_region(const std::string& digits) {
  require(!digits.empty() && digits.size() < 7 && digits.find_first_not_of("0123456789") == std::string::npos,
          "a sum of no region");
  return std::stol(digits);
}

}  // namespace lrproof::oracle
