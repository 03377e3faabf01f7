// Reads a YAML document into a configuration, key by key, and gathers everything that is wrong in
// it.
//
//   Reader reader{document};
//   auto sampling = reader.section("sampling");  // if it is missing, the defaults stay
//   sampling.read("interval", config.interval, {100ms, 1h});
//   return reader.finish(std::move(config));     // keys that nobody asked for are errors here
//
// A value that is wrong is reported and leaves the variable as it was. Numbers and booleans must
// stand without quotes. A text may be a plain scalar of any look (`name: 007` is the text "007").
#pragma once

#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/runtime/choice.hpp"
#include "proto/runtime/values.hpp"
#include "proto/runtime/yaml.hpp"

#include <array>
#include <cassert>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sobriety::yaml {

// Both ends belong to it.
template <class T>
struct Range {
  T min;
  T max;
};
using DurationBounds = Range<std::chrono::milliseconds>;
using SizeBounds = Range<Bytes>;
using LengthBounds = Range<std::size_t>;  // of a text in bytes, or of a list in items

class Reader;

// A mapping of the document, or the place where one might have been.
class Section {
 public:
  [[nodiscard]] Section section(std::string_view key);
  // Of a mapping whose keys are names of the user's own: all of them, to be read one by one.
  [[nodiscard]] std::vector<std::string> keys() const;

  void read(std::string_view key, bool& value);
  void read(std::string_view key, double& value, Range<double> range);
  void read(std::string_view key, std::optional<double>& value, Range<double> range);  // null: none
  void read(std::string_view key, std::chrono::milliseconds& value, DurationBounds bounds);
  void read(std::string_view key, Bytes& value, SizeBounds bounds);
  void read(std::string_view key, Endpoint& value, Range<std::uint16_t> ports = {1, 65535});
  void read(std::string_view key, std::string& value, LengthBounds bounds);
  void read(std::string_view key, std::filesystem::path& value);
  void read_optional(std::string_view key, std::filesystem::path& value);  // "": none
  void read(std::string_view key, std::vector<std::string>& value, LengthBounds items,
            LengthBounds item);
  template <std::integral T>
  requires(!std::same_as<T, bool>) void read(std::string_view key, T& value,
                                             Range<std::type_identity_t<T>> range);
  template <class E, std::size_t N>
  void read(std::string_view key, E& value, const std::array<Choice<E>, N>& choices);

  // An error at this key that only its caller can see: a value that does not go with another.
  void refuse(std::string_view key, std::string message);
  // The same at an item of the list `key`.
  void refuse_item(std::string_view key, std::size_t index, std::string message);

 private:
  friend class Reader;
  struct Visited;
  Section(Reader& reader, Visited& visited) : reader_(&reader), visited_(&visited) {}

  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] const Node* visit(std::string_view key);
  [[nodiscard]] const std::string* scalar(std::string_view key, std::string_view expected,
                                          bool may_be_quoted);
  void refuse_value(std::string_view key, const Node& node, std::string_view expected);
  [[nodiscard]] std::optional<std::int64_t> read_integer(std::string_view key,
                                                         Range<std::int64_t> range);
  [[nodiscard]] std::optional<std::size_t> read_choice(std::string_view key,
                                                       std::span<const std::string_view> names);
  template <class T, class Parse, class Text>
  bool read_ranged(std::string_view key, T& value, const Range<T>& range, std::string_view expected,
                   bool may_be_quoted, Parse parse, Text text);

  Reader* reader_;
  Visited* visited_;
};

struct Section::Visited {
  Visited(const Node* node, int line_of_it, std::string path_to_it);

  const Node* map;  // null: missing, or no mapping
  int line;
  std::string path;
  std::unordered_map<std::string_view, const Node*> entries;  // of the map, by key
  std::set<std::string, std::less<>> keys;                    // that were asked for
};

class Reader {
 public:
  // The document must outlive the reader.
  explicit Reader(const Document& document);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] Section root() { return {*this, visited_.front()}; }
  [[nodiscard]] Section section(std::string_view key) { return root().section(key); }

  // `value`, or all errors of the document in one.
  template <class T>
  [[nodiscard]] Result<T> finish(T value) {
    if (auto error = errors()) return fail(error->code, std::move(error->message));
    return value;
  }

 private:
  friend class Section;
  [[nodiscard]] Section::Visited& visit(const Node* node, int line, std::string path);
  [[nodiscard]] std::optional<Error> errors();
  void report_unknown(const Section::Visited& visited);

  const Document& document_;
  std::deque<Section::Visited> visited_;  // never moved
  std::unordered_multimap<std::string, Section::Visited*> by_path_;
  std::vector<Problem> problems_;
};

// The one of `names` that `text` is a slip of, or empty.
[[nodiscard]] std::string_view nearest(std::string_view text, std::span<const std::string> names);

template <std::integral T>
requires(!std::same_as<T, bool>) void Section::read(std::string_view key, T& value,
                                                    Range<std::type_identity_t<T>> range) {
  assert(std::in_range<std::int64_t>(range.max));
  const auto number = read_integer(
      key, {static_cast<std::int64_t>(range.min), static_cast<std::int64_t>(range.max)});
  if (number) value = static_cast<T>(*number);
}

template <class E, std::size_t N>
void Section::read(std::string_view key, E& value, const std::array<Choice<E>, N>& choices) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = choices[i].name;
  if (const auto chosen = read_choice(key, names)) value = choices[*chosen].value;
}

}  // namespace sobriety::yaml
