#include "recheck/recheck.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "../oracle/nets.hpp"
#include "oracle/file.hpp"

using namespace lrproof;
using nlohmann::json;

namespace {

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string npy(const std::vector<double>& row) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, " + std::to_string(row.size()) + "), }";
  header.resize(117, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += char(header.size());
  bytes += '\0';
  return bytes + header + std::string(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(double));
}

// A folder with a model, one input and a report that claims "verdict" of the reduction of epsilon 0 or 1.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "lrproof-recheck-test";
  json report;

  explicit Folder(const std::string& epsilon) {
    std::filesystem::create_directories(path);
    oracle::test::Builder net({1, 2});
    net.gemm("x", "fc", 2, 2, {1, 1, 3, -1}, {-1, 0});
    const std::string model = net.bytes("fc"), inputs = npy({2, 1});
    const std::string text =
        "[[assign]]\nto = { op = \"dense\" }\nrule = { name = \"epsilon\", epsilon = " + epsilon + " }\n";
    write(path / "m.onnx", model);
    write(path / "x.npy", inputs);
    const json exemplar = {{"verdict", "proved"},
                           {"place", {{"input", 0}, {"neuron", nullptr}, {"target", 1}}},
                           {"witness", {{"kind", "reduces"}, {"note", ""}}}};
    const json counts = {{"places", 1}, {"proved", 1}, {"refuted", 0}, {"unknown", 0}};
    const json finding = {{"id", "1"},
                          {"check", "gxi.reduces"},
                          {"rule_set", "r"},
                          {"verdict", "proved"},
                          {"vacuous", false},
                          {"numbers", {{"counts", counts}}},
                          {"place", {{"target", "argmax"}}},
                          {"exemplars", json::array({exemplar})}};
    report = {{"schema", "lrproof-report/1"},
              {"model", {{"path", "m.onnx"}, {"sha256", oracle::sha256_hex(model)}, {"cut", json::array()}}},
              {"rule_sets", json::array({{{"name", "r"}, {"text", text}, {"sha256", oracle::sha256_hex(text)}}})},
              {"inputs", {{"path", "x.npy"}, {"sha256", oracle::sha256_hex(inputs)}}},
              {"findings", json::array({finding})}};
  }
  ~Folder() { std::filesystem::remove_all(path); }

  int exit_code() {
    write(path / "r.json", report.dump());
    return recheck::exit_code(recheck::recheck({(path / "r.json").string(), "", ""}));
  }
};

}  // namespace

TEST_CASE("a true report is accepted, a false one is rejected") {
  CHECK(Folder("0").exit_code() == 0);
  CHECK(Folder("1").exit_code() == 70);
}

TEST_CASE("files that are not the report's are refused") {
  for (const char* part : {"model", "inputs"}) {
    Folder folder("0");
    folder.report[part]["sha256"] = std::string(64, '0');
    CHECK(folder.exit_code() == 2);
  }
  Folder rules("0");
  rules.report["rule_sets"][0]["text"] = "";
  CHECK(rules.exit_code() == 2);
  Folder gone("0");
  gone.report["model"]["path"] = "gone.onnx";
  CHECK(gone.exit_code() == 2);
}

TEST_CASE("what nobody can replay is not covered, what claims nothing is passed over") {
  Folder folder("0");
  folder.report["findings"][0]["check"] = "some.other";
  CHECK(folder.exit_code() == 3);
  Folder unknown("0");
  unknown.report["findings"][0]["verdict"] = "unknown";
  unknown.report["findings"][0]["exemplars"] = json::array();
  CHECK(unknown.exit_code() == 0);
}

TEST_CASE("a true proof stands for no other verdict, and for no scope that is unknown") {
  Folder refuted("0");
  refuted.report["findings"][0]["verdict"] = "refuted";
  refuted.report["findings"][0]["numbers"]["counts"]["refuted"] = 1;
  CHECK(refuted.exit_code() == 3);
  Folder scope("0");
  scope.report["findings"][0]["scope"] = {{"kind", "everywhere"}};
  CHECK(scope.exit_code() == 70);
  Folder silent("0");
  silent.report["findings"][0].erase("vacuous");
  CHECK(silent.exit_code() == 70);
}

TEST_CASE("every truncation of a report is one sentence") {
  Folder folder("0");
  const std::string text = folder.report.dump();
  for (std::size_t length = 0; length < text.size(); length += 7) {
    write(folder.path / "cut.json", text.substr(0, length));
    const auto result = recheck::recheck({(folder.path / "cut.json").string(), "", ""});
    CHECK(recheck::exit_code(result) == 2);
    CHECK(!result.error.empty());
  }
}
