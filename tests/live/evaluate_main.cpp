// Values of a network as we compute them, for comparison with other runtimes.
//
//   lrproof-evaluate MODEL.onnx X.npy OUT.npy [--node NAME] [--output K] [--double]
//
// X is one sample per row of its first axis. OUT gets the first output (output K, node NAME), nothing cut off, with
// the batch axis in front; numbers are float32 arithmetic, or double with --double.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "net/evaluate.hpp"
#include "onnx/import.hpp"
#include "text/npy.hpp"

namespace {

using namespace lrproof;

struct Arguments {
  std::vector<std::string> files;
  std::string node;
  std::size_t output = 0;
  bool wide = false;
};

Arguments arguments_of(int count, char** words) {
  Arguments out;
  for (int k = 1; k < count; ++k) {
    const std::string word = words[k];
    if (word == "--node" && k + 1 < count)
      out.node = words[++k];
    else if (word == "--output" && k + 1 < count)
      out.output = std::strtoul(words[++k], nullptr, 10);
    else if (word == "--double")
      out.wide = true;
    else
      out.files.push_back(word);
  }
  return out;
}

base::Diagnostic usage(const std::string& sentence) {
  return {"usage", "lrproof-evaluate", sentence, "MODEL.onnx X.npy OUT.npy [--node NAME] [--output K] [--double]"};
}

template <class S>
std::vector<double> values_of(const net::Network& network, net::NodeId node, const text::Array& x, std::int64_t batch) {
  const std::vector<S> inputs(x.values.begin(), x.values.end());
  const auto values = net::evaluate<S>(network, std::span<const S>(inputs), batch);
  const auto& of = values.of[std::size_t(node)];
  return {of.begin(), of.end()};
}

base::Status run(const Arguments& arguments) {
  if (arguments.files.size() != 3) return usage("three files are wanted");
  LRPROOF_TRY(model, onnx::import_file(arguments.files[0]));
  LRPROOF_TRY(bytes, base::read_file(arguments.files[1]));
  LRPROOF_TRY(x, text::read_array(bytes, arguments.files[1]));
  const auto& network = model.network;
  const auto size = std::size_t(network.input_size());
  if (x.values.empty() || x.values.size() % size != 0)
    return usage("the input has " + std::to_string(size) + " elements, X has " + std::to_string(x.values.size()));
  if (arguments.output >= network.outputs().size()) return usage("there is no such output");
  const auto node = arguments.node.empty() ? network.outputs()[arguments.output] : network.find(arguments.node);
  if (node < 0) return usage("there is no node " + arguments.node);
  const auto batch = std::int64_t(x.values.size() / size);
  auto shape = network.node(node).shape;
  shape.insert(shape.begin(), batch);
  const auto values =
      arguments.wide ? values_of<double>(network, node, x, batch) : values_of<float>(network, node, x, batch);
  for (const auto& note : model.notes) std::printf("note: %s\n", note.c_str());
  return base::write_file(arguments.files[2], text::write_npy(text::Width::float64, shape, values));
}

}  // namespace

int main(int count, char** words) {
  const auto status = run(arguments_of(count, words));
  if (status.ok()) return 0;
  std::fprintf(stderr, "error: %s\n", status.error().text().c_str());
  return 2;
}
