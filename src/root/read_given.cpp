#include "root/read_given.hpp"

#include <algorithm>
#include <map>

#include "base/words.hpp"

namespace lrproof::root {

using base::Diagnostic;
using base::Result;
using Per = GivenRoot::Per;

namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

net::Shape joined(std::int64_t first, const net::Shape& rest) {
  net::Shape shape{first};
  shape.insert(shape.end(), rest.begin(), rest.end());
  return shape;
}

// What the file says of one tensor.
struct Entry {
  const text::Array* points = nullptr;
  const text::Array* slope = nullptr;
  std::string name, means;  // of the points; "units", "inputs" or ""
};

class Reader {
 public:
  Reader(const std::string& path, const net::Network& network, std::int64_t inputs)
      : path_(path), network_(network), inputs_(inputs) {}

  Result<GivenRoots> read(const std::vector<std::pair<std::string, text::Array>>& arrays) {
    for (const auto& [name, array] : arrays) LRPROOF_CHECK(place(name, array));
    if (!entries_.count(0) || !entries_[0].points)
      return Diagnostic{"roots.input", path_, "holds no root at the input '" + network_.node(0).name + "'",
                        "an array of that name"};
    for (const auto& [node, entry] : entries_) {
      const std::string& name = network_.node(node).name;
      if (!entry.points)
        return Diagnostic{"roots.slope", path_ + ": '" + name + ".slope'", "has no constant to go with",
                          "an array '" + name + "'"};
      if (const auto why = no_cut(network_, node); !why.empty())
        return Diagnostic{"roots.cut", path_ + ": '" + entry.name + "'", why,
                          "roots at tensors that every path from the input to the output goes through"};
    }
    GivenRoots roots;
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      const auto above = std::next(it);
      LRPROOF_TRY(given,
                  given_at(it->first, it->second, above == entries_.end() ? 1 : network_.node(above->first).size()));
      roots.push_back(std::move(given));
    }
    return roots;
  }

 private:
  // A node's own name is meant before a name with an ending.
  base::Status place(const std::string& name, const text::Array& array) {
    std::string base = name, ending;
    if (network_.find(name) < 0)
      for (const std::string known : {".slope", ".units", ".inputs"})
        if (name.size() > known.size() && name.ends_with(known) &&
            network_.find(name.substr(0, name.size() - known.size())) >= 0)
          base = name.substr(0, name.size() - known.size()), ending = known.substr(1);
    const auto node = network_.find(base);
    if (node < 0) {
      std::vector<std::string> names;
      for (const auto& n : network_.nodes()) names.push_back(n.name);
      return Diagnostic{"roots.name", path_ + ": '" + name.substr(0, 80) + "'", "is no tensor of the network",
                        base::did_you_mean(name, names)};
    }
    Entry& entry = entries_[node];
    if (ending == "slope") {
      entry.slope = &array;
      return base::fine();
    }
    if (entry.points)
      return Diagnostic{"roots.twice", path_ + ": '" + name + "'", "a second array of roots for '" + base + "'", ""};
    entry.points = &array, entry.name = name, entry.means = ending;
    return base::fine();
  }

  Result<GivenRoot> given_at(net::NodeId id, const Entry& entry, std::int64_t units) const {
    const net::Node& node = network_.node(id);
    LRPROOF_TRY(per, read_as(node, entry, units));
    GivenRoot given;
    given.node = id, given.per = per;
    given.constant = entry.points->values;
    if (!entry.slope) return given;
    const std::string place = path_ + ": '" + node.name + ".slope'";
    if (given.per == Per::unit)
      return Diagnostic{"roots.slope", place, "goes with one root for the layer, not with one for each unit", ""};
    if (entry.slope->shape != net::Shape{node.size(), node.size()})
      return Diagnostic{"roots.shape", place, "has shape " + text_of(entry.slope->shape),
                        "(" + std::to_string(node.size()) + ", " + std::to_string(node.size()) + ")"};
    given.slope = entry.slope->values;
    return given;
  }

  Result<Per> read_as(const net::Node& node, const Entry& entry, std::int64_t units) const {
    const bool batch = node.shape.size() > 1 && node.shape[0] == 1;
    const net::Shape own(node.shape.begin() + (batch ? 1 : 0), node.shape.end());
    const net::Shape& shape = entry.points->shape;
    const std::string place = path_ + ": '" + entry.name + "'";
    const bool by_unit = shape == joined(units, own), by_input = shape == joined(inputs_, own);
    if (entry.means == "units" && by_unit) return Per::unit;
    if (entry.means == "inputs" && by_input) return Per::input;
    if (entry.means.empty()) {
      if (shape == node.shape || shape == own || shape == joined(1, own)) return Per::layer;
      if (by_unit && by_input)
        return Diagnostic{"roots.ambiguous", place,
                          "holds " + std::to_string(units) + " roots, as many as there are inputs and units above",
                          "the name '" + node.name + ".units' or '" + node.name + ".inputs'"};
      if (by_unit) return Per::unit;
      if (by_input) return Per::input;
    }
    std::string right = entry.means.empty() ? text_of(own) + " for one root, " : "";
    if (entry.means != "inputs") right += text_of(joined(units, own)) + " for one per unit of the next tensor";
    if (entry.means.empty()) right += ", ";
    if (entry.means != "units") right += text_of(joined(inputs_, own)) + " for one per input";
    return Diagnostic{"roots.shape", place, "has shape " + text_of(shape), right};
  }

  const std::string& path_;
  const net::Network& network_;
  std::int64_t inputs_;
  std::map<net::NodeId, Entry> entries_;
};

}  // namespace

Result<GivenRoots> read_given(const NamedArrays& arrays, const std::string& file, const net::Network& network,
                              std::int64_t inputs) {
  return Reader(file, network, inputs).read(arrays);
}

}  // namespace lrproof::root
