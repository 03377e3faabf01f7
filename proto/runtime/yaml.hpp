// A YAML file as a tree whose nodes know their lines, read strictly and within bounds.
//
// Of YAML, configuration needs mappings, lists and scalars. Aliases, anchors, tags, several
// documents, keys that are not text and keys given twice are refused. Scalars stay text: what a
// text means is decided by the reader of a key (yaml_reader.hpp), so that `010` or `no` never turn
// into 8 or false.
#pragma once

#include "proto/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::yaml {

struct Limits {
  std::size_t bytes = 1U << 20U;
  std::size_t depth = 32;
  std::size_t nodes = 100'000;
};

enum class Kind {
  nothing,  // `key:` with no value, or null
  text,     // a scalar
  list,
  map,
  refused,  // reported already; whoever reads it stays silent
};

struct Node {
  Kind kind = Kind::nothing;
  int line = 0;         // from 1; in a map the line of the key
  bool quoted = false;  // text in quotes or a block: never a number or a boolean
  std::string key;      // of this entry, when the parent is a map
  std::string text;
  std::vector<Node> children;  // items of a list, entries of a map in their order
};

// Something wrong in the file: "agent.yaml:12: sampling.interval: expected a duration …".
struct Problem {
  int line = 0;     // 0: the file as a whole
  std::string key;  // full path, empty: the document as a whole
  std::string message;
};

struct Document {
  std::string name;  // of the file, as errors show it
  Node root;
  std::vector<Problem>
      problems;  // found so far that left the rest readable; Reader::finish reports them
};

// Absent, denied, too large, not a file, or no YAML at all: the error names the file and the line.
[[nodiscard]] Result<Document> load(const std::filesystem::path& path, const Limits& limits = {});
[[nodiscard]] Result<Document> parse(std::string_view text, std::string name,
                                     const Limits& limits = {});

// "sampling" and "interval" as "sampling.interval".
[[nodiscard]] std::string join(std::string_view path, std::string_view key);
// `text` fit for a terminal and a line: control characters as \x1b, cut after 40 bytes.
[[nodiscard]] std::string shown(std::string_view text);
// `text` as a double-quoted scalar.
[[nodiscard]] std::string quoted_scalar(std::string_view text);
// All problems in the order of their lines, one a line; a long list ends with a count of the rest.
[[nodiscard]] std::string report(const std::string& name, std::vector<Problem> problems);

}  // namespace sobriety::yaml
