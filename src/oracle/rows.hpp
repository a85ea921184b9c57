#pragma once
// Affine functions on the branch of a point, as certificates write them: sums of tensor elements and features.
#include "oracle/question.hpp"

namespace lrproof::oracle {

/// Seeds of one backward pass, features, and a constant.
struct Combination {
  std::vector<Seed> seeds;
  std::vector<Exact> linear;  // by feature
  Exact constant;

  explicit Combination(const Network& network) : linear(std::size_t(network.node(0).size())) {}
  void add(const Combination& other, const Exact& factor);
};

/// The sum's value where its slope vanishes everywhere: then it is this constant on the whole branch. Nothing where it
/// does not; NotCovered where it feels a kink.
std::optional<Exact> constant_value(const Point& here, const Combination& sum);
/// Its value at the point.
Exact value_at(const Point& here, const Combination& sum);

/// Adds multiplier >= 0 times (row >= 0), the row named NODE:ELEMENT, NODE:ELEMENT:SLOT, low:I, high:I or output, with
/// >= or <= at its end where the side is stated. `bounds` are those of each feature.
void add_row(const Question& q, Combination& sum, const std::string& text, const Exact& multiplier,
             const std::function<Bounds(long)>& bounds);

/// One sum of a certificate: HEAD FORM ROW ROW ..., every row with its multiplier.
struct WrittenSum {
  std::string head, form;
  std::vector<std::pair<std::string, Exact>> terms;
};
/// The sums of the witness's word `text`, which " | " divides, with the numbers of `multipliers` in their order: one
/// for each row, none negative, none left. NotCovered where names of nodes hold what divides.
std::vector<WrittenSum> read_sums(const Question& q, const char* text, const char* multipliers);
/// A number of a region or a group, at most six digits.
long read_region(const std::string& digits);

}  // namespace lrproof::oracle
