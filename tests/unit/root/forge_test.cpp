// Forged explanations (GXI-3) on random tiny networks against the definition: relevance by differences of exact
// evaluations written here, cells by signs, and whether kappa = 1 was promised by a linear program over the whole cell.
#include <doctest/doctest.h>

#include <random>

#include "net/text.hpp"
#include "num/simplex.hpp"
#include "prove/guess_signs.hpp"
#include "prove/long_lines.hpp"
#include "root/forge.hpp"

using namespace lrproof;
using num::Rational;

namespace {

using Numbers = std::vector<Rational>;
using Random = std::mt19937_64;

struct Layer {
  std::vector<Numbers> weight;  // one row per unit
  Numbers bias;
};

Numbers affine(const Layer& layer, const Numbers& a) {
  Numbers z = layer.bias;
  for (std::size_t j = 0; j < z.size(); ++j)
    for (std::size_t i = 0; i < a.size(); ++i) z[j] += layer.weight[j][i] * a[i];
  return z;
}
Numbers relu(Numbers z) {
  for (auto& v : z) v = num::max(v, Rational(0));
  return z;
}
std::vector<int> signs(const Numbers& z) {
  std::vector<int> out;
  for (const auto& v : z) out.push_back(v.sign());
  return out;
}

// x -> one -> relu -> two -> relu -> three: one number. T is the first relu, or what it reads.
struct Net {
  Layer one, two, three;
  bool before = false;  // T is the pre-activation

  Numbers cut(const Numbers& x) const { return before ? affine(one, x) : relu(affine(one, x)); }
  Numbers inner(const Numbers& a) const { return affine(two, before ? relu(a) : a); }
  Rational suffix(const Numbers& a) const { return affine(three, relu(inner(a)))[0]; }
  // Pieces of the suffix at a.
  std::vector<int> pieces(const Numbers& a) const {
    std::vector<int> out = signs(inner(a));
    if (before)
      for (const int s : signs(a)) out.push_back(s);
    return out;
  }
  std::vector<int> all_pieces(const Numbers& x) const {
    std::vector<int> out = signs(affine(one, x));
    for (const int s : signs(inner(cut(x)))) out.push_back(s);
    return out;
  }
};

std::string text_of(const Layer& layer) {
  std::string w, b;
  for (std::size_t j = 0; j < layer.bias.size(); ++j) {
    std::string row;
    for (const auto& v : layer.weight[j]) row += (row.empty() ? "\"" : ", \"") + v.to_string() + "\"";
    w += (w.empty() ? "[" : ", [") + row + "]";
    b += (b.empty() ? "\"" : ", \"") + layer.bias[j].to_string() + "\"";
  }
  return "weight [" + w + "]  bias [" + b + "]\n";
}
std::string text_of(const Net& net) {
  return "input x[" + std::to_string(net.one.weight[0].size()) + "]\nh = dense(x)  " + text_of(net.one) +
         "r = relu(h)\ng = dense(r)  " + text_of(net.two) + "s = relu(g)\ny = dense(s)  " + text_of(net.three) +
         "output y";
}

Rational draw(Random& random, int span = 8) { return Rational(long(random() % (2 * span + 1)) - span, 4); }
Layer draw_layer(Random& random, std::size_t in, std::size_t out) {
  Layer layer;
  for (std::size_t j = 0; j < out; ++j) {
    auto& row = layer.weight.emplace_back();
    for (std::size_t i = 0; i < in; ++i) row.push_back(draw(random));
    layer.bias.push_back(draw(random));
  }
  return layer;
}

// The slope of an affine piece, asked on both sides of the place.
Rational slope(const std::function<Rational(const Numbers&)>& f, const Numbers& at, std::size_t k, long exponent) {
  const Rational h = Rational::power_of_two(exponent);
  Numbers up = at, down = at;
  up[k] += h, down[k] -= h;
  const Rational right = f(up) - f(at), left = f(at) - f(down);
  REQUIRE(right == left);
  return right / h;
}

struct Instance {
  Net net;
  Numbers x, map;
  root::Domain domain;
};

Numbers root_value(const Instance& in, const root::Forged& f, const Numbers& a) {
  const Numbers here = in.net.cut(in.x);
  Rational along;
  for (std::size_t k = 0; k < a.size(); ++k) along += f.form[k] * (a[k] - here[k]);
  Numbers out = f.at_input;
  for (std::size_t k = 0; k < a.size(); ++k) out[k] += a[k] - here[k] - f.direction[k] * along;
  return out;
}

// ROO-3 as it is defined, unit by unit and feature by feature.
void check_forged(const Instance& in, const root::Forged& f) {
  const std::size_t units = f.at_input.size();
  const auto inside = in.net.pieces(in.net.cut(in.x));
  bool bounded = in.net.before ||
                 std::all_of(f.at_input.begin(), f.at_input.end(), [](const Rational& v) { return v.sign() >= 0; });
  CHECK(f.kappa.sign() > 0);
  CHECK(in.net.pieces(f.at_input) == inside);
  Numbers relevance(in.x.size());
  for (std::size_t k = 0; k < units; ++k) {
    const root::PointRoot* root = nullptr;
    for (const auto& r : f.roots)
      if (r.units.empty() || std::count(r.units.begin(), r.units.end(), std::int64_t(k))) root = &r;
    REQUIRE(root);
    CHECK(in.net.all_pieces(root->point) == in.net.all_pieces(in.x));
    const Numbers there = root_value(in, f, in.net.cut(root->point));
    CHECK(in.net.pieces(there) == inside);
    for (const auto& v : there) bounded = bounded && (in.net.before || v.sign() >= 0);
    for (const auto& v : root->point)
      CHECK(!((in.domain.low && v < *in.domain.low) || (in.domain.high && v > *in.domain.high)));
    const auto unit_relevance = [&](const Numbers& x) {
      const Numbers a = in.net.cut(x), r = root_value(in, f, a);
      return slope([&](const Numbers& v) { return in.net.suffix(v); }, r, k, -900) * (a[k] - r[k]);
    };
    for (std::size_t i = 0; i < relevance.size(); ++i)
      if (const Rational move = in.x[i] - root->point[i]; !move.is_zero())
        relevance[i] += slope(unit_relevance, root->point, i, -400) * move;
  }
  for (std::size_t i = 0; i < relevance.size(); ++i) CHECK(relevance[i] == f.kappa * in.map[i]);
  CHECK(bounded == f.bounded);
  CHECK(f.left_at_cut == in.net.suffix(f.at_input));
}

// Do two points of the open suffix cell, within the bounds, differ in f_c by |sum e|? Then kappa = 1 is promised.
bool promised(const Instance& in, const Numbers& g) {
  const Numbers here = in.net.cut(in.x), z = in.net.inner(here);
  const std::size_t m = here.size();
  std::vector<num::Bound> variables(2 * m);
  if (!in.net.before)
    for (auto& v : variables) v.low = Rational(0);
  num::Simplex simplex(variables);
  for (std::size_t side = 0; side < 2; ++side) {
    for (std::size_t j = 0; j < z.size(); ++j) {
      Numbers row(2 * m);
      for (std::size_t k = 0; k < m; ++k)
        row[side * m + k] = in.net.two.weight[j][k] * Rational(in.net.before && here[k].sign() < 0 ? 0 : 1);
      num::Bound bound;
      (z[j].sign() > 0 ? bound.low : bound.high) = -in.net.two.bias[j];
      simplex.add_row(row, bound);
    }
    for (std::size_t k = 0; k < m && in.net.before; ++k) {
      Numbers row(2 * m);
      row[side * m + k] = Rational(1);
      num::Bound bound;
      (here[k].sign() > 0 ? bound.low : bound.high) = Rational(0);
      simplex.add_row(row, bound);
    }
  }
  Rational sum;
  for (const auto& e : in.map) sum += e;
  Numbers row(2 * m);
  for (std::size_t k = 0; k < m; ++k) row[k] = -g[k], row[m + k] = g[k];
  simplex.add_row(row, {num::abs(sum) * Rational(1025, 1024), {}});
  return simplex.solve(10000).answer == num::Feasibility::Answer::feasible;
}

struct Outcome {
  root::Forgery forgery;
  bool kink = false;
  Numbers gradient;
};

// guess: with proposals in doubles for the signs, or by the exact linear program alone.
Outcome forge(const Instance& in, bool guess = true) {
  const auto network = net::parse_network(text_of(in.net), "net");
  REQUIRE(network.ok());
  const region::Ready ready(*network);
  const region::Point point(ready, in.x);
  const root::OpenPoint at(point, 0);
  if (!at.kink().empty()) return {root::Impossible{}, true, {}};
  const root::HiddenCut cut(at, network->find(in.net.before ? "h" : "r"), in.domain);
  root::ForgeSettings settings;
  settings.domain = in.domain;
  settings.long_lines = prove::long_lines;
  if (guess) settings.guess_signs = prove::guess_signs;
  return {root::forge(cut, in.map, settings), false, cut.gradient()};
}

Instance draw_instance(Random& random, std::size_t n, std::size_t m, std::size_t p, int span) {
  Instance in;
  in.net.one = draw_layer(random, n, m), in.net.two = draw_layer(random, m, p);
  in.net.three = draw_layer(random, p, 1);
  in.net.before = random() % 3 == 0;
  for (std::size_t i = 0; i < n; ++i) in.x.push_back(draw(random)), in.map.push_back(draw(random, span));
  return in;
}

std::string label(const Instance& in) {
  std::string text = text_of(in.net) + "\nx";
  for (const auto& v : in.x) text += " " + v.to_string();
  text += "\ne";
  for (const auto& v : in.map) text += " " + v.to_string();
  return text;
}

// Is the map one that GXI-3 says can be forged (no domain)?
bool possible(const Instance& in, const Numbers& g) {
  const bool any_gradient = std::any_of(g.begin(), g.end(), [](const Rational& v) { return !v.is_zero(); });
  for (std::size_t i = 0; i < in.map.size(); ++i) {
    if (in.map[i].is_zero()) continue;
    bool column = false;
    for (std::size_t k = 0; k < in.net.one.bias.size(); ++k)
      column = column || !slope([&](const Numbers& x) { return in.net.cut(x)[k]; }, in.x, i, -100).is_zero();
    if (!column || !any_gradient) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a map is forged exactly when the law says so, and its relevance is the definition's") {
  Random random(1);
  int built = 0, none = 0, scaled = 0;
  for (int n = 0; n < 250; ++n) {
    const Instance in = draw_instance(random, 2 + n % 3, 2 + n % 4, 1 + n % 3, n % 2 ? 8 : 4000);
    const std::string text = label(in);
    CAPTURE(text);
    const auto [forgery, kink, gradient] = forge(in);
    if (kink) continue;
    const auto* forged = std::get_if<root::Forged>(&forgery);
    REQUIRE((forged || std::get<root::Impossible>(forgery).obstacle != root::Obstacle::undecided));
    CHECK((forged != nullptr) == possible(in, gradient));
    if (!forged) {
      ++none;
      continue;
    }
    check_forged(in, *forged);
    const bool exact = forged->kappa == Rational(1);
    if (promised(in, gradient)) CHECK_MESSAGE((exact && forged->bounded), "kappa = 1 is promised within the bounds");
    ++built, scaled += !exact;
  }
  CHECK(built > 80);
  CHECK(none > 30);
  CHECK(scaled > 3);
}

TEST_CASE("inputs on the bounds of the domain: one root, two roots, or a contradiction") {
  Random random(2);
  int shared = 0, two = 0, contradictions = 0;
  for (int n = 0; n < 400; ++n) {
    Instance in = draw_instance(random, 4, 1 + n % 4, 2, 8);
    in.domain = {Rational(-1), Rational(1)};
    for (auto& v : in.x) v = num::max(Rational(-1), num::min(Rational(1), v));
    const std::string text = label(in);
    CAPTURE(text);
    const auto [forgery, kink, gradient] = forge(in, n % 2 == 0);
    if (kink) continue;
    const auto count = std::count_if(gradient.begin(), gradient.end(), [](const Rational& g) { return !g.is_zero(); });
    const root::SignContradiction* signs = nullptr;
    if (const auto* forged = std::get_if<root::Forged>(&forgery)) {
      check_forged(in, *forged);
      (forged->roots.size() == 2 ? two : shared) += 1;
      if (forged->roots.size() == 2) signs = &forged->no_shared_root;
    } else {
      const auto& out = std::get<root::Impossible>(forgery);
      REQUIRE(out.obstacle != root::Obstacle::undecided);
      if (out.obstacle != root::Obstacle::signs) continue;
      CHECK(count < 2);
      signs = &out.signs;
      ++contradictions;
    }
    if (!signs) continue;
    REQUIRE(!signs->features.empty());
    for (std::size_t k = 0; k < in.net.one.bias.size(); ++k) {
      Rational sum;
      for (std::size_t t = 0; t < signs->features.size(); ++t) {
        const auto i = std::size_t(signs->features[t]);
        CHECK(signs->multipliers[t].sign() > 0);
        CHECK(signs->signs[t] == in.map[i].sign() * (in.x[i].sign() < 0 ? -1 : 1));
        sum += signs->multipliers[t] * Rational(signs->signs[t]) *
               slope([&](const Numbers& x) { return in.net.cut(x)[k]; }, in.x, i, -100);
      }
      CHECK(sum.is_zero());
    }
  }
  CHECK(shared > 30);
  CHECK(two > 10);
  CHECK(contradictions > 3);
}

TEST_CASE("the zero map, a dead feature, a dead output, a domain of one point") {
  Instance in;
  const auto row = [](int a, int b) { return Numbers{Rational(a), Rational(b)}; };
  in.net.one.weight = {row(1, 0), row(2, 0)}, in.net.one.bias = row(1, 1);
  in.net.two.weight = {row(1, -2)}, in.net.two.bias = {Rational(50)};
  in.net.three.weight = {{Rational(1)}}, in.net.three.bias = {Rational(0)};
  in.x = row(1, 1);
  const auto obstacle = [](const Instance& asked) {
    const auto out = forge(asked);
    return std::get<root::Impossible>(out.forgery).obstacle;
  };
  in.map = row(0, 0);
  check_forged(in, std::get<root::Forged>(forge(in).forgery));
  in.map = row(3, 0);
  check_forged(in, std::get<root::Forged>(forge(in).forgery));
  in.map = row(3, 1);
  CHECK(obstacle(in) == root::Obstacle::zero_column);
  CHECK(std::get<root::Impossible>(forge(in).forgery).features == std::vector<std::int64_t>{1});
  in.domain = {Rational(1), Rational(1)};
  in.map = row(3, 0);
  CHECK(obstacle(in) == root::Obstacle::no_room);
  in.domain = {};
  in.net.two.bias = {Rational(-9)};
  CHECK(obstacle(in) == root::Obstacle::zero_gradient);
}
