// Full-backward decomposition with given roots (ROO-3) on random tiny networks against its definition: the relevance of
// every tensor as a function, differentiated by exact differences, nested as the definition nests them; cells by signs.
#include "root/full_backward.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "net/text.hpp"

using namespace lrproof;
using num::Rational;
using root::GivenRoot;
using Per = root::GivenRoot::Per;

namespace {

using Numbers = std::vector<Rational>;
using Random = std::mt19937_64;

struct Layer {
  std::vector<Numbers> weight;
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

Rational draw(Random& random, long span, long parts) {
  return Rational(long(random() % std::uint64_t(2 * span + 1)) - span, parts);
}

// x -> h -> r -> g -> s -> y: tensors 0 to 5, in the order of the network's nodes.
struct Net {
  Layer layers[3];
  Numbers next(int t, const Numbers& a) const { return t % 2 ? relu(a) : affine(layers[t / 2], a); }
  Numbers from(int t, Numbers a, int to) const {
    for (; t < to; ++t) a = next(t, a);
    return a;
  }
  // Signs of what every later ReLU reads.
  std::vector<int> signs(int t, Numbers a) const {
    std::vector<int> out;
    for (; t < 5; a = next(t, a), ++t)
      if (t % 2)
        for (const auto& v : a) out.push_back(v.sign());
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
  return "input x[" + std::to_string(net.layers[0].weight[0].size()) + "]\nh = dense(x)  " + text_of(net.layers[0]) +
         "r = relu(h)\ng = dense(r)  " + text_of(net.layers[1]) + "s = relu(g)\ny = dense(s)  " +
         text_of(net.layers[2]) + "output y";
}

struct Instance {
  Net net;
  Numbers x;
  std::vector<int> tensors;  // of the chain
  root::GivenRoots roots;

  Numbers here(std::size_t l) const { return net.from(0, x, tensors[l]); }
  int above(std::size_t l) const { return l + 1 < tensors.size() ? tensors[l + 1] : 5; }
  std::size_t units(std::size_t l) const {
    if (roots[l].per != Per::unit) return 1;
    return l + 1 < tensors.size() ? here(l + 1).size() : 1;
  }
  Numbers root(std::size_t l, std::size_t unit, const Numbers& a) const {
    const GivenRoot& given = roots[l];
    const std::size_t n = a.size(), row = given.per == Per::unit ? unit : 0;
    Numbers out;
    for (std::size_t i = 0; i < n; ++i) {
      out.emplace_back(given.constant[row * n + i]);
      for (std::size_t k = 0; k < n && !given.slope.empty(); ++k) out[i] += Rational(given.slope[i * n + k]) * a[k];
    }
    return out;
  }
};

// Thrown where a derivative does not exist.
struct Kink {};

// R^l at a; f_c beyond the chain.
Numbers relevance(const Instance& in, std::size_t l, const Numbers& a, long exponent) {
  if (l == in.tensors.size()) return {a[0]};
  const Rational h = Rational::power_of_two(exponent);
  Numbers out(a.size());
  const auto above = [&](const Numbers& at) {
    return relevance(in, l + 1, in.net.from(in.tensors[l], at, in.above(l)), exponent * 2 - 100);
  };
  const std::size_t all = above(a).size();
  for (std::size_t u = 0; u < in.units(l); ++u) {
    const Numbers root = in.root(l, u, a), middle = above(root);
    for (std::size_t i = 0; i < a.size(); ++i) {
      Numbers up = root, down = root;
      up[i] += h, down[i] -= h;
      const Numbers right = above(up), left = above(down);
      for (std::size_t k = 0; k < all; ++k) {
        if (in.units(l) > 1 && k != u) continue;
        if (right[k] - middle[k] != middle[k] - left[k]) throw Kink{};
        out[i] += (right[k] - middle[k]) / h * (a[i] - root[i]);
      }
    }
  }
  return out;
}

// sum_k R^l+1_k at the roots, for a = T_l(x).
Rational unresolved(const Instance& in, std::size_t l) {
  Rational sum;
  for (std::size_t u = 0; u < in.units(l); ++u) {
    const Numbers root = in.root(l, u, in.here(l));
    const Numbers r = relevance(in, l + 1, in.net.from(in.tensors[l], root, in.above(l)), -200);
    for (std::size_t k = 0; k < r.size(); ++k)
      if (in.units(l) == 1 || k == u) sum += r[k];
  }
  return sum;
}

// Is the point of T_l, and is every root above that it is sent to, on the closed branch of x? strict: off kinks, too.
bool on_branch(const Instance& in, std::size_t l, const Numbers& point, bool strict) {
  const auto now = in.net.signs(in.tensors[l], point), then = in.net.signs(in.tensors[l], in.here(l));
  for (std::size_t k = 0; k < now.size(); ++k)
    if (now[k] != then[k] && (strict || now[k] != 0)) return false;
  if (l + 1 == in.tensors.size()) return true;
  const Numbers sent = in.net.from(in.tensors[l], point, in.tensors[l + 1]);
  for (std::size_t u = 0; u < in.units(l + 1); ++u)
    if (!on_branch(in, l + 1, in.root(l + 1, u, sent), strict)) return false;
  return true;
}
bool all_inside(const Instance& in, bool strict) {
  for (std::size_t l = 0; l < in.tensors.size(); ++l)
    for (std::size_t u = 0; u < in.units(l); ++u)
      if (!on_branch(in, l, in.root(l, u, in.here(l)), strict)) return false;
  return true;
}

Instance draw_instance(Random& random) {
  Instance in;
  std::size_t width[] = {1 + random() % 2, 1 + random() % 3, 1 + random() % 2, 1};
  for (int k = 0; k < 3; ++k)
    for (std::size_t j = 0; j < width[k + 1]; ++j) {
      auto& row = in.net.layers[k].weight.emplace_back();
      for (std::size_t i = 0; i < width[k]; ++i) row.push_back(draw(random, 8, 4));
      in.net.layers[k].bias.push_back(draw(random, 8, 4));
    }
  for (std::size_t i = 0; i < width[0]; ++i) in.x.push_back(draw(random, 40, 8));
  in.tensors = {0};
  for (int t = 1; t < 5; ++t)
    if (random() % 3 == 0 && in.tensors.size() < 3) in.tensors.push_back(t);
  for (std::size_t l = 0; l < in.tensors.size(); ++l) {
    GivenRoot given;
    given.node = in.tensors[l], given.per = random() % 3 == 0 ? Per::unit : Per::layer;
    in.roots.push_back(given);
    const Numbers here = in.here(l);
    const bool near = random() % 8 != 0, slope = given.per == Per::layer && random() % 3 == 0;
    if (slope)
      for (std::size_t k = 0; k < here.size() * here.size(); ++k)
        in.roots[l].slope.push_back(draw(random, 4, random() % 4 ? 8 : 1).to_double());
    for (std::size_t u = 0; u < in.units(l); ++u)
      for (std::size_t i = 0; i < here.size(); ++i) {
        Rational value = here[i] + (random() % 4 ? draw(random, 8, near ? 64 : 2) : Rational(0));
        for (std::size_t k = 0; slope && k < here.size(); ++k)
          value -= Rational(in.roots[l].slope[i * here.size() + k]) * here[k];
        in.roots[l].constant.push_back(value.to_double());
      }
  }
  return in;
}

struct Seen {
  int leaving = 0, followed = 0, other = 0, proved = 0, slopes = 0, units = 0;
};

void check_map(const Instance& in, const root::Decomposition& found, Seen& seen) {
  Numbers expected, left;
  try {
    expected = relevance(in, 0, in.x, -300);
    for (std::size_t l = in.tensors.size(); l-- > 0;) left.push_back(unresolved(in, l));
  } catch (const Kink&) {
    return;
  }
  CHECK(found.relevance == expected);
  CHECK(found.unresolved == left);
  const auto f = [&](const Numbers& x) { return in.net.from(0, x, 5)[0]; };
  const Rational h = Rational::power_of_two(-300);
  Numbers gradient;
  for (std::size_t i = 0; i < in.x.size(); ++i) {
    Numbers up = in.x;
    up[i] += h;
    gradient.push_back((f(up) - f(in.x)) / h);
  }
  bool product = true;
  if (in.units(0) == 1)
    for (std::size_t i = 0; i < in.x.size(); ++i)
      product = product && expected[i] == gradient[i] * (in.x[i] - in.root(0, 0, in.x)[i]);
  if (in.units(0) == 1) {
    CHECK(product == !found.other);
    CHECK(found.at_root == f(in.root(0, 0, in.x)));
  }
  if (found.other) {
    const auto i = std::size_t(found.other->feature);
    const auto u = std::size_t(std::max<std::int64_t>(found.other->unit, 0));
    CHECK(found.other->relevance == expected[i]);
    CHECK(found.other->wanted == gradient[i] * (in.x[i] - in.root(0, u, in.x)[i]));
    CHECK(found.other->relevance != found.other->wanted);
  }
  const bool constant = std::all_of(in.roots.begin(), in.roots.end(), [](const auto& g) { return g.slope.empty(); });
  if (constant && in.units(0) == 1) CHECK(!found.other);  // the theorem
  (found.other ? seen.other : seen.proved) += 1;
  seen.slopes += !constant, seen.units += in.units(0) > 1;
}

}  // namespace

TEST_CASE("the recursion agrees with its definition by nested differences, and cells with signs") {
  Seen seen;
  for (int seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Random random{std::uint64_t(seed)};
    const Instance in = draw_instance(random);
    const auto network = net::parse_network(text_of(in.net), "random.net");
    REQUIRE(network.ok());
    const region::Ready ready(*network);
    const region::Point point(ready, in.x);
    const auto found = root::decompose(point, 0, in.roots, 0, {}, 20'000'000);
    if (!found.unknown.empty()) {
      CHECK(found.unknown.find("kink") != std::string::npos);
      continue;
    }
    REQUIRE(found.leaving.has_value() == !all_inside(in, false));
    if (found.leaving) {
      ++seen.leaving, seen.followed += found.leaving->from != found.leaving->tensor;
      continue;
    }
    check_map(in, found, seen);
  }
  MESSAGE("outside " << seen.leaving << " (" << seen.followed << " on the way up), other maps " << seen.other
                     << ", products " << seen.proved << ", with slopes " << seen.slopes << ", with units "
                     << seen.units);
  CHECK(seen.leaving > 100);
  CHECK(seen.followed > 3);
  CHECK(seen.other > 50);
  CHECK(seen.proved > 100);
  CHECK(seen.slopes > 50);
  CHECK(seen.units > 50);
}
