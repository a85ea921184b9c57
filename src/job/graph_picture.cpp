#include "job/graph_picture.hpp"

#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>

#include <sys/wait.h>
#include <unistd.h>

namespace lrproof::job {

using base::Diagnostic;

namespace {

constexpr std::size_t kLongest = 48;

/// A label: what the language of the picture reads as markup is escaped, long names are cut.
std::string label(const std::string& name) {
  std::string out;
  std::size_t shown = 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (shown >= kLongest && (byte & 0xC0) != 0x80) return out + "...";
    ++shown;
    if (c == '"' || c == '\\') out += '\\';
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return out;
}

struct Side {
  const net::Network& network;
  const net::Network& other;
  const char *prefix, *title, *fill;
  const std::map<std::string, std::string>& rewritten;  ///< node -> rewrites that name it

  std::string text() const {
    std::string out = std::string("  subgraph cluster_") + prefix + " {\n    label=\"" + title + "\";\n";
    for (net::NodeId id = 0; id < network.size(); ++id) out += node(id);
    for (net::NodeId id = 0; id < network.size(); ++id)
      for (const auto input : network.node(id).inputs)
        out += "    " + std::string(prefix) + std::to_string(input) + " -> " + prefix + std::to_string(id) + ";\n";
    return out + "  }\n";
  }
  std::string node(net::NodeId id) const {
    const auto& n = network.node(id);
    const auto there = other.find(n.name);
    const auto named = rewritten.find(n.name);
    const bool changed = there < 0 || !(other.node(there).op == n.op) || named != rewritten.end();
    std::string out = "    " + std::string(prefix) + std::to_string(id) + " [label=\"" + label(n.name) + "\\n" +
                      label(n.type) + " " + net::to_string(n.shape);
    if (named != rewritten.end()) out += "\\n" + label(named->second);
    out += "\"";
    if (changed) out += std::string(", style=\"filled,bold\", fillcolor=\"") + fill + "\"";
    return out + "];\n";
  }
};

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Diagnostic failed(const std::string& sentence, const std::string& hint) {
  return {"canonize.svg", "--svg", sentence, hint};
}

std::string all_of(std::FILE* file) {
  std::rewind(file);
  std::string out;
  char block[1 << 14];
  for (std::size_t got = 0; (got = std::fread(block, 1, sizeof block, file)) > 0;) out.append(block, got);
  return out;
}

constexpr int kNotFound = 127;

/// `dot -Tsvg` from one unnamed file to another; no shell.
base::Result<std::string> drawn(const std::string& text) {
  const File in(std::tmpfile()), out(std::tmpfile());
  if (!in || !out || std::fwrite(text.data(), 1, text.size(), in.get()) != text.size() || std::fflush(in.get()) != 0)
    return failed("no temporary file can be written", "");
  std::rewind(in.get());
  const pid_t child = fork();
  if (child == 0) {
    dup2(fileno(in.get()), STDIN_FILENO);
    dup2(fileno(out.get()), STDOUT_FILENO);
    close(STDERR_FILENO);
    execlp("dot", "dot", "-Tsvg", static_cast<char*>(nullptr));
    _exit(kNotFound);
  }
  if (child < 0) return failed("no program can be started", "");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound)
    return failed("the program dot of Graphviz cannot be run", "install the package graphviz");
  auto svg = all_of(out.get());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || svg.find("<svg") == std::string::npos)
    return failed("the program dot of Graphviz failed", "");
  return svg;
}

}  // namespace

std::string graph_text(const net::Network& before, const net::Network& after, const std::vector<claim::Step>& steps) {
  std::map<std::string, std::string> rewritten;
  for (const auto& step : steps)
    for (const auto& name : step.nodes) {
      auto& words = rewritten[name];
      if (words.find(step.rewrite) == std::string::npos) words += (words.empty() ? "" : ", ") + step.rewrite;
    }
  std::string out =
      "digraph lrproof {\n  node [shape=box, fontname=\"sans-serif\", fontsize=10];\n"
      "  graph [fontname=\"sans-serif\", rankdir=TB];\n";
  out += Side{before, after, "b", "before", "#f6c6b4", rewritten}.text();
  out += Side{after, before, "a", "after", "#bfe3c0", rewritten}.text();
  return out + "}\n";
}

base::Result<std::string> graph_picture(const net::Network& before, const net::Network& after,
                                        const std::vector<claim::Step>& steps) {
  return drawn(graph_text(before, after, steps));
}

}  // namespace lrproof::job
