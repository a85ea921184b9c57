#include "claim/json_print.hpp"

#include <nlohmann/json.hpp>

namespace lrproof::claim {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kLineWidth = 120;

std::string plain(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool holds_only_plain(const Json& value) {
  for (const auto& item : value)
    if (item.is_structured() && !item.empty()) return false;
  return true;
}

std::string on_one_line(const Json& value) {
  std::string line(1, value.is_array() ? '[' : '{');
  const char* separator = "";
  for (const auto& [key, item] : value.items()) {
    line += separator;
    separator = ", ";
    if (value.is_object()) line += plain(Json(key)) + ": ";
    line += plain(item);
  }
  return line += value.is_array() ? ']' : '}';
}

void print(const Json& value, std::size_t indent, std::string& out) {
  if (!value.is_structured() || value.empty()) {
    out += plain(value);
    return;
  }
  if (holds_only_plain(value)) {
    const bool is_list_of_numbers = value.is_array() && value.front().is_number();
    std::string line = on_one_line(value);
    if (is_list_of_numbers || indent + line.size() <= kLineWidth) {
      out += line;
      return;
    }
  }
  out += value.is_array() ? '[' : '{';
  const char* separator = "\n";
  for (const auto& [key, item] : value.items()) {
    out += separator + std::string(indent + 2, ' ');
    separator = ",\n";
    if (value.is_object()) out += plain(Json(key)) + ": ";
    print(item, indent + 2, out);
  }
  out += '\n' + std::string(indent, ' ');
  out += value.is_array() ? ']' : '}';
}

}  // namespace

std::string print_json(const nlohmann::ordered_json& value) {
  std::string out;
  print(value, 0, out);
  return out += '\n';
}

}  // namespace lrproof::claim
