#pragma once
// Factors of a rule's formulas: psi of a weight, chi of a bias, and whether a gate is open.
#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

template <class N>
N psi(Psi psi, const Numbers& weights, long k) {
  const int sign = weights.sign(k);
  const auto w = [&] { return weights.at<N>(k); };
  switch (psi) {
    case Psi::one:
      return oracle::one<N>();
    case Psi::w:
      return w();
    case Psi::pos:
      return sign > 0 ? w() : oracle::zero<N>();
    case Psi::neg:
      return sign < 0 ? w() : oracle::zero<N>();
    case Psi::square:
      return w() * w();
    case Psi::pos_square:
      return sign > 0 ? N(w() * w()) : oracle::zero<N>();
    case Psi::neg_square:
      return sign < 0 ? N(w() * w()) : oracle::zero<N>();
    case Psi::abs:
      return sign < 0 ? N(-w()) : w();
    case Psi::nonneg:
      return sign >= 0 ? oracle::one<N>() : oracle::zero<N>();
    case Psi::negative:
      return sign < 0 ? oracle::one<N>() : oracle::zero<N>();
  }
  return oracle::zero<N>();
}

template <class N>
N chi_of(const Formula& formula, const Exact& bias) {
  Exact sum;
  for (const Product& p : formula) {
    Exact part = p.coefficient;
    if (p.chi == Chi::b) part *= bias;
    if (p.chi == Chi::pos) part *= positive_part(bias);
    if (p.chi == Chi::neg) part *= negative_part(bias);
    if (p.chi == Chi::square) part *= bias * bias;
    if (p.chi == Chi::pos_square) part *= positive_part(bias) * positive_part(bias);
    if (p.chi == Chi::neg_square) part *= negative_part(bias) * negative_part(bias);
    sum += part;
  }
  return convert<N>(sum);
}

inline bool gate_open(const std::string& gate, int sign) {
  if (gate == "always") return true;
  if (gate == "z > 0") return sign > 0;
  if (gate == "z < 0") return sign < 0;
  if (gate == "z >= 0") return sign >= 0;
  if (gate == "z <= 0") return sign <= 0;
  throw NotCovered{"gate '" + gate + "'"};
}

}  // namespace lrproof::oracle
