// Forged explanations of the digits network: a hundred random maps, all replayed by the oracle from the model's bytes;
// and what is printed is refused when any of it is changed.
#include "job/forge.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "base/file.hpp"
#include "oracle/replay_forge.hpp"
#include "text/npy.hpp"

using namespace lrproof;
using nlohmann::json;

namespace {

constexpr long kCount = 100, kSize = 64;

// A folder that goes away with its owner.
struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("lrproof-forge-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::vector<double> random_maps(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> maps;
  for (long k = 0; k < kCount * kSize; ++k) maps.push_back(double(long(random() % 2001) - 1000) / 256);
  return maps;
}

job::ForgeRequest request_for(const Folder& folder) {
  const std::string examples = LRPROOF_SOURCE_DIR "/examples/";
  job::ForgeRequest request;
  request.model = examples + "models/digits_mlp.onnx", request.inputs = examples + "data/digits_flat.npy";
  request.map = (folder.path / "maps.npy").string(), request.limit = kCount;
  return request;
}

// As many inputs as maps, so that each map has an input of its own.
job::ForgeResult forge(job::ForgeRequest request, const Folder& folder, std::vector<double> maps) {
  const auto bytes = base::read_file(request.inputs);
  REQUIRE(bytes.ok());
  auto array = text::read_npy(*bytes, request.inputs);
  REQUIRE(array.ok());
  const auto count = long(maps.size()) / kSize;
  array->values.resize(std::size_t(count * kSize));
  request.inputs = (folder.path / "inputs.npy").string();
  REQUIRE(base::write_file(request.inputs, text::write_npy(text::Width::float64, {count, kSize}, array->values)).ok());
  REQUIRE(base::write_file(request.map, text::write_npy(text::Width::float64, {count, kSize}, maps)).ok());
  auto result = job::forge(request);
  REQUIRE_MESSAGE(result.ok(), result.error().text());
  return std::move(*result);
}

oracle::Read<oracle::ForgeReplay> session_of(const job::ForgeResult& result, const std::string& domain) {
  oracle::ForgeMaterial material;
  material.model = result.model.bytes, material.domain = domain;
  const auto row = [](const job::LoadedInputs& from) {
    return [&from](long index) -> std::optional<std::vector<double>> {
      const auto begin = from.values.begin() + index * from.size;
      return std::vector<double>(begin, begin + from.size);
    };
  };
  material.input = row(result.inputs), material.map = row(result.map);
  return oracle::ForgeReplay::open(std::move(material));
}

}  // namespace

TEST_CASE("a hundred random maps of the digits network, each replayed") {
  const Folder folder;
  for (const std::string domain : {"", "0,1"}) {
    job::ForgeRequest request = request_for(folder);
    request.domain = domain;
    const auto result = forge(request, folder, random_maps(3));
    CHECK(result.bug == "");
    CHECK(result.forgeries.size() == std::size_t(kCount));
    for (const auto& one : result.forgeries) {
      REQUIRE(one.forged.has_value());
      CHECK(one.forged->kappa == num::Rational(1));
      CHECK(one.forged->bounded);
    }
    CHECK(job::forge_exit_code(result, false) == 0);
  }
}

TEST_CASE("pixels that the map leaves alone stay on the bounds of the domain") {
  const Folder folder;
  auto maps = random_maps(4);
  maps.resize(kSize);
  for (std::size_t k = 0; k < maps.size(); ++k)
    if (k % 4 != 0) maps[k] = 0;
  job::ForgeRequest request = request_for(folder);
  request.domain = "0,1";
  const auto result = forge(request, folder, maps);
  CHECK(result.bug == "");
  REQUIRE(result.forgeries[0].on_bounds.size() == 1);
  CHECK(result.forgeries[0].on_bounds[0] > 10);
}

TEST_CASE("what is changed in a forged explanation is refused") {
  const Folder folder;
  auto maps = random_maps(5);
  maps.resize(kSize);
  job::ForgeRequest request = request_for(folder);
  request.domain = "0,1";
  const auto result = forge(request, folder, maps);
  const auto session = session_of(result, "0,1");
  REQUIRE_MESSAGE(session.value.has_value(), session.error);
  const json good = json::parse(result.forgeries[0].json);
  const auto verdict = [&](const json& claim) { return session.value->replay(claim.dump()).verdict; };
  CHECK(verdict(good) == oracle::Verdict::accepted);
  const auto changed = [&](const std::string& pointer, const json& value) {
    json claim = good;
    claim[json::json_pointer(pointer)] = value;
    CAPTURE(pointer);
    CHECK(verdict(claim) == oracle::Verdict::rejected);
  };
  changed("/kappa", "1/2");
  changed("/kappa", "0");
  changed("/target", (good["target"].get<int>() + 1) % 10);
  changed("/cut", "/0/Gemm");
  changed("/cut", "nowhere");
  changed("/cut", good["cut"].get<std::string>() + "2");
  changed("/root_domain", false);
  changed("/unresolved/hidden", "1");
  changed("/unresolved/input", "1");
  changed("/input_roots/0/on_bounds", 64);
  changed("/input_roots/0/units", json::array({0, 1}));
  changed("/input_roots/0/units", json::array({0, 99}));
  changed("/input_roots", json::array());
  changed("/hidden_root/form", json::array());
  changed("/hidden_root/at_input/3", "x");
  for (const std::string part : {"at_input", "direction", "form"}) {
    bool refused = false;  // an entry that counts
    for (std::size_t k = 0; k < 32; ++k) {
      json claim = good;
      claim["hidden_root"][part][k] = "12345/7";
      refused = refused || verdict(claim) == oracle::Verdict::rejected;
    }
    CHECK(refused);
  }
  for (std::size_t i = 0; i < std::size_t(kSize); i += 7)
    for (const char* value : {"1/3", "5", "-1/1000"}) changed("/input_roots/0/point/" + std::to_string(i), value);
}

TEST_CASE("obstacles that are not there are refused") {
  const Folder folder;
  auto maps = random_maps(6);
  maps.resize(kSize);
  job::ForgeRequest request = request_for(folder);
  request.cut = "/3/Relu";
  const auto result = forge(request, folder, maps);
  CHECK(result.bug == "");
  const auto session = session_of(result, "");
  REQUIRE(session.value.has_value());
  json claim = {{"input", 0}, {"target", 0}, {"built", false}};
  claim["tried"] = json::array({{{"cut", "/3/Relu"}, {"reason", "zero-column"}, {"features", {1}}}});
  CHECK(session.value->replay(claim.dump()).verdict == oracle::Verdict::rejected);
  claim["tried"][0]["reason"] = "zero-gradient";
  CHECK(session.value->replay(claim.dump()).verdict == oracle::Verdict::rejected);
  claim["tried"][0]["reason"] = "no-room";
  CHECK(session.value->replay(claim.dump()).verdict == oracle::Verdict::rejected);
  claim["tried"] = json::array();
  CHECK(session.value->replay(claim.dump()).verdict == oracle::Verdict::rejected);
}
