#pragma once
// Small models written as the file format's own messages, and their values as we compute them.
#include <string>
#include <vector>

#include "net/evaluate.hpp"
#include "onnx/export.hpp"
#include "onnx/import.hpp"

namespace lrproof::onnx::testing {

/// An attribute: exactly one of the fields is used.
struct Attribute {
  std::string name;
  std::vector<std::int64_t> integers;
  bool single = false;  ///< the one integer, not a list
  double real = 0;
  bool is_real = false;
  std::string word;
};
Attribute list(const std::string& name, std::vector<std::int64_t> values);
Attribute integer(const std::string& name, std::int64_t value);
Attribute real(const std::string& name, double value);
Attribute word(const std::string& name, const std::string& value);

struct Operator {
  std::string op;
  std::vector<std::string> inputs, outputs;
  std::vector<Attribute> attributes;
  std::string name, domain;
};

/// A model with input x and output y.
struct Draft {
  std::vector<std::int64_t> input{1, 3};
  std::int64_t opset = 13;
  std::vector<Operator> operators;
  std::vector<std::string> outputs{"y"};
  bool listed_inputs = false;  ///< initializers also stand among the inputs
  std::string more_inputs;     ///< name of a second input

  Draft& with(Operator op);
  Draft& reals(const std::string& name, std::vector<std::int64_t> dims, std::vector<double> values);
  Draft& integers(const std::string& name, std::vector<std::int64_t> values, bool scalar = false);
  std::string bytes() const;
  /// What is read is also written and read again: every test of an operator is a test of both directions.
  base::Result<Model> import() const;

  struct Stored {
    std::string name;
    std::vector<std::int64_t> dims;
    std::vector<double> reals;
    std::vector<std::int64_t> integers;
  };
  std::vector<Stored> stored;
};

/// "" where the model, written as a file and read again, is the same network with the same ports, or where a constant
/// of it is no float; else what differs.
std::string round_trips(const Model& model);
/// The first output at x, exactly; the network must be piecewise linear.
std::vector<std::string> exact(const net::Network& network, const std::vector<double>& x);
/// The first output at x in double precision.
std::vector<double> value(const net::Network& network, const std::vector<double>& x);
/// The code of the diagnostic, "" when there is none.
std::string code(const base::Result<Model>& result);
/// "name:operation-word" of every node.
std::string summary(const net::Network& network);

}  // namespace lrproof::onnx::testing
