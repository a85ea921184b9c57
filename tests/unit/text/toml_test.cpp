#include <doctest/doctest.h>

#include "text/toml.hpp"

using namespace lrproof;
using text::parse_toml;
using text::Toml;

namespace {

base::Diagnostic error_of(std::string_view source) {
  auto result = parse_toml(source, "f.toml");
  REQUIRE_FALSE(result.ok());
  return result.error();
}

}  // namespace

TEST_CASE("numbers keep the spelling of the file") {
  auto root = parse_toml("a = 1e-6\nb = [ -0.50, +1_000, 0x1F ]\n\"\xc3\xa9\" = { c = 0.1, d = 3 } # tail\n", "f.toml");
  REQUIRE(root.ok());
  CHECK(root->find("a")->value.text == "1e-6");
  const Toml& b = root->find("b")->value;
  REQUIRE(b.items.size() == 3);
  CHECK(b.items[0].text == "-0.50");
  CHECK(b.items[1].text == "+1_000");
  CHECK(b.items[2].text == "31");
  const Toml& e = root->find("\xc3\xa9")->value;
  CHECK(e.find("c")->value.text == "0.1");
  CHECK(e.find("d")->value.text == "3");
  CHECK(e.find("d")->mark.line == 3);
  CHECK(e.find("d")->mark.column == 18);
  CHECK(e.find("x") == nullptr);
}

TEST_CASE("entries stand in the order of the file") {
  auto root = parse_toml("z = 1\nm = 'x'\na = true\n", "f.toml");
  REQUIRE(root.ok());
  REQUIRE(root->entries.size() == 3);
  CHECK(root->entries[0].key == "z");
  CHECK(root->entries[1].value.plain);
  CHECK(root->entries[2].value.boolean);
}

TEST_CASE("a string with escapes is not plain") {
  auto root = parse_toml("a = \"x\\ty\"\nb = \"\"\"\nline\"\"\"\n", "f.toml");
  REQUIRE(root.ok());
  CHECK(root->find("a")->value.text == "x\ty");
  CHECK_FALSE(root->find("a")->value.plain);
  CHECK_FALSE(root->find("b")->value.plain);
}

TEST_CASE("errors say line and column") {
  CHECK(error_of("a = 1\nb = = 2\n").place == "f.toml:2:5");
  CHECK(error_of("a = 1\na = 2\n").code == "toml.syntax");
  CHECK(error_of("a = 99999999999999999999\n").sentence.find("64 bits") != std::string::npos);
  CHECK(error_of("\xff\xfe").code == "toml.syntax");
}

TEST_CASE("hostile depth is one diagnostic") {
  CHECK(error_of("a = " + std::string(100000, '[')).code == "toml.too-deep");
  std::string dotted = "a";
  for (int i = 0; i < 200000; ++i) dotted += ".a";
  CHECK(error_of(dotted + " = 1\n").code == "toml.too-deep");
  CHECK(error_of("[" + dotted + "]\n").place == "f.toml:1:67");
  CHECK(error_of("x = { 'q' = ' \"\"\" ', " + dotted + " = 1 }\n").code == "toml.too-deep");
  CHECK(parse_toml("a = \"" + std::string(500, '.') + "\" # " + std::string(500, '['), "f").ok());
}

TEST_CASE("too many bytes are one diagnostic") {
  CHECK(parse_toml("a = 1", "f", {.bytes = 4}).error().code == "toml.too-large");
}

TEST_CASE("quoting comes back") {
  const std::string nasty = "tab\t quote\" back\\slash \n \x01 \xc3\xa9 \x7f";
  auto root = parse_toml("k = " + text::toml_quote(nasty) + "\n" + text::toml_key("a.b") + " = 1\n", "f");
  REQUIRE(root.ok());
  CHECK(root->find("k")->value.text == nasty);
  CHECK(root->find("a.b") != nullptr);
  CHECK(text::toml_key("a-b_1") == "a-b_1");
}
