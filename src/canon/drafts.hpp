#pragma once
// New nodes of a rewrite: the plain operations they are made of.
#include "canon/data_flow.hpp"

namespace lrproof::canon {

/// No value beyond the range of a double.
bool representable(const std::vector<num::Rational>& values);

Draft scale_draft(std::string name, const net::Shape& shape, std::string of, std::vector<num::Rational> mul,
                  std::vector<num::Rational> add);
Draft relu_draft(std::string name, const net::Shape& shape, std::string of);
/// "Sub" for signs 1 -1, else "Add".
Draft sum_draft(std::string name, const net::Shape& shape, std::vector<std::string> of, std::vector<int> signs);
Draft select_draft(std::string name, const net::Shape& shape, std::string of, std::vector<std::int64_t> index);

/// Everything a draft needs but its operation: name, operator word and shape.
Draft draft_of(std::string name, std::string type, net::Op op, net::Shape shape, std::vector<std::string> reads);

}  // namespace lrproof::canon
