// lrproof-oracle-attribute MODEL.onnx RULES.toml X.npy TARGET [--exact] [--domain LOW,HIGH] [--input K]
// [--fold AFFINE,NORM]...: the oracle's relevance and gradient of every feature, for comparison with the engine.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "oracle/file.hpp"
#include "oracle/replay.hpp"

using namespace lrproof::oracle;

namespace {

int fail(const std::string& why) { return std::fprintf(stderr, "%s\n", why.c_str()), 1; }

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return fail("usage: lrproof-oracle-attribute MODEL.onnx RULES.toml X.npy TARGET|argmax [options]");
  const auto model = read_bytes(arguments[1]), rules = read_bytes(arguments[2]), array = read_bytes(arguments[3]);
  if (!model.value || !rules.value || !array.value) return fail("a file cannot be read");
  const auto rows = read_npy(*array.value);
  if (!rows.value) return fail(rows.error);
  const std::string target = arguments[4];
  bool exact = false;
  long input = 0;
  Material material;
  material.model = *model.value;
  material.rules = {{"rules", *rules.value}};
  for (int k = 5; k < count; ++k) {
    const std::string word = arguments[k];
    if (word == "--exact")
      exact = true;
    else if (word == "--domain" && k + 1 < count)
      material.domain = arguments[++k];
    else if (word == "--input" && k + 1 < count)
      input = std::strtol(arguments[++k], nullptr, 10);
    else if (word == "--cut" && k + 1 < count)
      material.cut.push_back(arguments[++k]);
    else if (word == "--fold" && k + 1 < count) {
      const std::string pair = arguments[++k];
      const auto comma = pair.find(',');
      if (comma == std::string::npos) return fail("--fold AFFINE,NORM");
      material.steps.push_back({"batchnorm-into-affine", {pair.substr(0, comma), pair.substr(comma + 1)}});
    } else
      return fail("unexpected '" + word + "'");
  }
  material.input = [&](long k) -> std::optional<std::vector<double>> {
    if (k < 0 || k >= rows.value->count) return std::nullopt;
    const auto begin = rows.value->values.begin() + k * rows.value->width;
    return std::vector<double>(begin, begin + rows.value->width);
  };
  auto session = Session::open(std::move(material));
  if (!session.value) return fail(session.error);
  const long c = target == "argmax" ? -1 : std::strtol(target.c_str(), nullptr, 10);
  const auto text = session.value->attribute("rules", input, c, exact);
  if (!text.value) return fail(text.error);
  std::fputs(text.value->c_str(), stdout);
  return 0;
}
