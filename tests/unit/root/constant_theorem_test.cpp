// GXI-3 for small shapes, every number a variable: weights, biases, the input and the roots; each pattern of gates in
// turn. The recursion is that of ROO-3, its derivatives differences of affine functions, and both sides are expanded.
#include <doctest/doctest.h>

#include <functional>

#include "prove/polynomial.hpp"

using namespace lrproof;
using prove::Formula;
using prove::Polynomial;

namespace {

using Numbers = std::vector<Formula>;

Formula number(int value) {
  Formula f;
  f.number = num::Rational(value);
  return f;
}
std::string word(const char* letter, std::initializer_list<std::size_t> places) {
  std::string text = letter;
  for (const auto p : places) text += "_" + std::to_string(p);
  return text;
}
Numbers variables(const char* letter, std::size_t place, std::size_t size) {
  Numbers out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(prove::name(word(letter, {place, i})));
  return out;
}
Numbers shifted(Numbers a, std::size_t i) {
  a[i] = a[i] + number(1);
  return a;
}
bool same(const Formula& a, const Formula& b) { return Polynomial(a - b).is_zero(); }

// Tensors of widths[0], widths[1], ... elements, the last of one; unit j of tensor l is gate (w a + b).
struct Net {
  std::vector<std::size_t> widths;
  unsigned gates = 0;  // one bit for each unit between

  bool open(std::size_t l, std::size_t unit) const {
    std::size_t bit = unit;
    for (std::size_t k = 1; k < l; ++k) bit += widths[k];
    return l + 1 == widths.size() || (gates >> bit & 1U);
  }
  Numbers next(std::size_t l, const Numbers& a) const {
    Numbers out;
    for (std::size_t j = 0; j < widths[l + 1]; ++j) {
      Formula z = prove::name(word("b", {l, j}));
      for (std::size_t i = 0; i < a.size(); ++i) z = z + prove::name(word("w", {l, j, i})) * a[i];
      out.push_back(open(l + 1, j) ? z : number(0));
    }
    return out;
  }
  Formula rest(std::size_t l, const Numbers& a) const {
    return l + 1 == widths.size() ? a[0] : rest(l + 1, next(l, a));
  }
};

// root(l, k): the root at tensor l for unit k of the tensor above.
using Root = std::function<Numbers(std::size_t l, std::size_t k)>;

Numbers relevance(const Net& net, const Root& root, std::size_t l, const Numbers& a) {
  if (l + 1 == net.widths.size()) return {a[0]};
  Numbers out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    Formula sum = number(0);
    for (std::size_t k = 0; k < net.widths[l + 1]; ++k) {
      const Numbers r = root(l, k);
      const auto above = [&](const Numbers& at) { return relevance(net, root, l + 1, net.next(l, at))[k]; };
      sum = sum + (above(shifted(r, i)) - above(r)) * (a[i] - r[i]);
    }
    out.push_back(sum);
  }
  return out;
}

template <class Check>
void each_pattern(const std::vector<std::size_t>& widths, Check check) {
  std::size_t units = 0;
  for (std::size_t l = 1; l + 1 < widths.size(); ++l) units += widths[l];
  for (unsigned gates = 0; gates < 1U << units; ++gates) check(Net{widths, gates});
}

// Written by hand for the polynomials' sake: widths small enough to be expanded.
const std::vector<std::vector<std::size_t>> kShapes{{2, 1},       {3, 2, 1},    {2, 3, 1},
                                                    {1, 2, 2, 1}, {2, 1, 2, 1}, {1, 1, 1, 1, 1}};

}  // namespace

TEST_CASE("one constant root per layer: R is gradient times (input - root), and sums to the difference of f") {
  for (const auto& widths : kShapes)
    each_pattern(widths, [&](const Net& net) {
      CAPTURE(widths.size());
      CAPTURE(net.gates);
      const Root root = [&](std::size_t l, std::size_t) { return variables("c", l, widths[l]); };
      const Numbers x = variables("x", 0, widths[0]), c = root(0, 0), r = relevance(net, root, 0, x);
      Formula sum = number(0);
      for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(same(r[i], (net.rest(0, shifted(x, i)) - net.rest(0, x)) * (x[i] - c[i])));
        sum = sum + r[i];
      }
      CHECK(same(sum, net.rest(0, x) - net.rest(0, c)));
    });
}

TEST_CASE("roots per unit of a hidden layer leave no trace; roots per unit at the input do") {
  int differ = 0;
  for (const auto& widths : kShapes)
    each_pattern(widths, [&](const Net& net) {
      const Root hidden = [&](std::size_t l, std::size_t k) {
        return l == 0 ? variables("c", 0, widths[0]) : variables(word("c", {k}).c_str(), l, widths[l]);
      };
      const Root all = [&](std::size_t l, std::size_t k) { return variables(word("c", {k}).c_str(), l, widths[l]); };
      const Numbers x = variables("x", 0, widths[0]), c = hidden(0, 0);
      const Numbers r = relevance(net, hidden, 0, x), s = relevance(net, all, 0, x);
      const auto slope = [&](const std::function<Formula(const Numbers&)>& f, const Numbers& at, std::size_t i) {
        return f(shifted(at, i)) - f(at);
      };
      for (std::size_t i = 0; i < x.size(); ++i) {
        const Formula g = slope([&](const Numbers& a) { return net.rest(0, a); }, x, i);
        CHECK(same(r[i], g * (x[i] - c[i])));
        Formula wanted = g * x[i];
        for (std::size_t k = 0; k < widths[1]; ++k) {
          const Formula upper = slope([&](const Numbers& a) { return net.rest(1, a); }, net.next(0, x), k);
          const Formula j = slope([&](const Numbers& a) { return net.next(0, a)[k]; }, x, i);
          wanted = wanted - upper * j * all(0, k)[i];
        }
        CHECK(same(s[i], wanted));
        differ += !same(s[i], g * (x[i] - all(0, 0)[i]));
      }
    });
  CHECK(differ > 20);
}
