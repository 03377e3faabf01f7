#include "proto/runtime/yaml_reader.hpp"

#include "proto/base/text.hpp"

#include <algorithm>
#include <numeric>

namespace sobriety::yaml {

namespace {

std::string description(const Node& node) {
  switch (node.kind) {
    case Kind::nothing:
      return "nothing";
    case Kind::text:
      return (node.quoted ? "the text '" : "'") + shown(node.text) + "'";
    case Kind::list:
      return "a list";
    case Kind::map:
      return "a mapping";
    case Kind::refused:
      break;
  }
  return "something else";
}

// Values end up in metrics, logs and files' names: no control characters, however they were
// escaped.
bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::optional<std::string> wrong_with_text(std::string_view text, const LengthBounds& bounds) {
  if (has_control_character(text))
    return "control characters are not allowed, got '" + shown(text) + "'";
  if (text.empty() && bounds.min > 0) return "must not be empty";
  if (text.size() < bounds.min || text.size() > bounds.max)
    return "expected a text of " + std::to_string(bounds.min) + " to " +
           std::to_string(bounds.max) + " bytes, got " + std::to_string(text.size());
  return std::nullopt;
}

// Insertions, deletions and replacements that turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

constexpr std::string_view expected_number = "a number";
constexpr std::string_view expected_duration = "a duration such as 5s or 1m";
constexpr std::string_view expected_size = "a size such as 64MiB or 1GB";
constexpr std::string_view expected_endpoint = "host:port or [IPv6 address]:port";

}  // namespace

std::string_view nearest(std::string_view text, std::span<const std::string> names) {
  std::string_view best;
  std::size_t best_distance = 3;
  for (const std::string& name : names) {
    const auto gap = std::max(text.size(), name.size()) - std::min(text.size(), name.size());
    if (gap >= best_distance || name.size() < 3) continue;
    if (const auto distance = edit_distance(text, name); distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

Section Section::section(std::string_view key) {
  const Node* node = visit(key);
  const int line = node == nullptr ? visited_->line : node->line;
  if (node != nullptr && (node->kind == Kind::text || node->kind == Kind::list))
    refuse_value(key, *node, "a mapping (keys and values)");
  const bool is_map = node != nullptr && node->kind == Kind::map;
  return {*reader_, reader_->visit(is_map ? node : nullptr, line, join(visited_->path, key))};
}

std::vector<std::string> Section::keys() const {
  std::vector<std::string> keys;
  if (visited_->map == nullptr) return keys;
  for (const Node& entry : visited_->map->children) keys.push_back(entry.key);
  return keys;
}

Section::Visited::Visited(const Node* node, int line_of_it, std::string path_to_it)
    : map(node), line(line_of_it), path(std::move(path_to_it)) {
  if (map == nullptr) return;
  for (const Node& entry : map->children) entries.emplace(entry.key, &entry);
}

const Node* Section::find(std::string_view key) const {
  const auto entry = visited_->entries.find(key);
  return entry == visited_->entries.end() ? nullptr : entry->second;
}

const Node* Section::visit(std::string_view key) {
  if (!visited_->keys.contains(key)) visited_->keys.emplace(key);
  return find(key);
}

const std::string* Section::scalar(std::string_view key, std::string_view expected,
                                   bool may_be_quoted) {
  const Node* node = visit(key);
  if (node == nullptr || node->kind == Kind::refused) return nullptr;
  if (node->kind == Kind::text && (may_be_quoted || !node->quoted)) return &node->text;
  refuse_value(key, *node, expected);
  return nullptr;
}

void Section::refuse(std::string_view key, std::string message) {
  const Node* node = find(key);
  reader_->problems_.push_back({node == nullptr ? visited_->line : node->line,
                                join(visited_->path, key), std::move(message)});
}

void Section::refuse_item(std::string_view key, std::size_t index, std::string message) {
  const Node* list = find(key);
  const bool there = list != nullptr && index < list->children.size();
  reader_->problems_.push_back({there ? list->children[index].line : visited_->line,
                                join(visited_->path, key) + "[" + std::to_string(index) + "]",
                                std::move(message)});
}

void Section::refuse_value(std::string_view key, const Node& node, std::string_view expected) {
  refuse(key, std::string{"expected "}.append(expected).append(", got ").append(description(node)));
}

template <class T, class Parse, class Text>
bool Section::read_ranged(std::string_view key, T& value, const Range<T>& range,
                          std::string_view expected, bool may_be_quoted, Parse parse, Text text) {
  const std::string* written = scalar(key, expected, may_be_quoted);
  if (written == nullptr) return false;
  const std::optional<T> parsed = parse(*written);
  if (!parsed) {
    refuse_value(key, *find(key), expected);
  } else if (*parsed < range.min || *parsed > range.max) {
    refuse(key, "must be from " + text(range.min) + " to " + text(range.max) + ", got '" +
                    shown(*written) + "'");
  } else {
    value = *parsed;
    return true;
  }
  return false;
}

void Section::read(std::string_view key, bool& value) {
  constexpr std::string_view expected = "true or false";
  const std::string* text = scalar(key, expected, false);
  if (text == nullptr) return;
  if (*text == "true" || *text == "false") {
    value = *text == "true";
  } else {
    refuse_value(key, *find(key), expected);
  }
}

void Section::read(std::string_view key, double& value, Range<double> range) {
  read_ranged(key, value, range, expected_number, false, parse_finite, finite_text);
}

void Section::read(std::string_view key, std::optional<double>& value, Range<double> range) {
  if (const Node* node = visit(key); node != nullptr && node->kind == Kind::nothing) {
    value.reset();
    return;
  }
  double number = 0;
  if (read_ranged(key, number, range, expected_number, false, parse_finite, finite_text))
    value = number;
}

void Section::read(std::string_view key, std::chrono::milliseconds& value, DurationBounds bounds) {
  read_ranged(key, value, bounds, expected_duration, true, parse_duration, duration_text);
}

void Section::read(std::string_view key, Bytes& value, SizeBounds bounds) {
  read_ranged(key, value, bounds, expected_size, true, parse_size, size_text);
}

void Section::read(std::string_view key, Endpoint& value, Range<std::uint16_t> ports) {
  const std::string* text = scalar(key, expected_endpoint, true);
  if (text == nullptr) return;
  auto endpoint = parse_endpoint(*text);
  if (!endpoint) {
    refuse_value(key, *find(key), expected_endpoint);
  } else if (endpoint->port < ports.min || endpoint->port > ports.max) {
    refuse(key, "the port must be from " + std::to_string(ports.min) + " to " +
                    std::to_string(ports.max) + ", got '" + shown(*text) + "'");
  } else {
    value = std::move(*endpoint);
  }
}

void Section::read(std::string_view key, std::string& value, LengthBounds bounds) {
  const std::string* text = scalar(key, "a text", true);
  if (text == nullptr) return;
  if (auto wrong = wrong_with_text(*text, bounds)) {
    refuse(key, std::move(*wrong));
  } else {
    value = *text;
  }
}

namespace {
constexpr std::size_t longest_path = 4095;  // PATH_MAX, less its NUL
}

void Section::read(std::string_view key, std::filesystem::path& value) {
  std::string text = value.string();
  read(key, text, {1, longest_path});
  value = std::move(text);
}

void Section::read_optional(std::string_view key, std::filesystem::path& value) {
  std::string text = value.string();
  read(key, text, {0, longest_path});
  value = std::move(text);
}

void Section::read(std::string_view key, std::vector<std::string>& value, LengthBounds items,
                   LengthBounds item) {
  const Node* node = visit(key);
  if (node == nullptr || node->kind == Kind::refused) return;
  if (node->kind != Kind::list) return refuse_value(key, *node, "a list such as [a, b]");
  const auto& children = node->children;
  if (children.size() < items.min || children.size() > items.max)
    return refuse(key, "expected " + std::to_string(items.min) + " to " +
                           std::to_string(items.max) + " items, got " +
                           std::to_string(children.size()));
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (children[i].kind == Kind::refused) continue;
    if (children[i].kind != Kind::text) {
      refuse_item(key, i, "expected a text, got " + description(children[i]));
    } else if (auto wrong = wrong_with_text(children[i].text, item)) {
      refuse_item(key, i, std::move(*wrong));
    } else {
      texts.push_back(children[i].text);
    }
  }
  if (texts.size() == children.size()) value = std::move(texts);
}

std::optional<std::int64_t> Section::read_integer(std::string_view key, Range<std::int64_t> range) {
  std::int64_t value = 0;
  const auto text = [](std::int64_t number) { return std::to_string(number); };
  if (!read_ranged(key, value, range, "a whole number", false, parse_number<std::int64_t>, text))
    return std::nullopt;
  return value;
}

std::optional<std::size_t> Section::read_choice(std::string_view key,
                                                std::span<const std::string_view> names) {
  std::string expected;
  for (std::size_t i = 0; i < names.size(); ++i)
    expected.append(i == 0 ? "" : i + 1 == names.size() ? " or " : ", ").append(names[i]);
  const std::string* text = scalar(key, expected, true);
  if (text == nullptr) return std::nullopt;
  const auto name = std::ranges::find(names, *text);
  if (name != names.end()) return static_cast<std::size_t>(name - names.begin());
  refuse_value(key, *find(key), expected);
  return std::nullopt;
}

Reader::Reader(const Document& document) : document_(document), problems_(document.problems) {
  const Node& root = document.root;
  const bool is_map = root.kind == Kind::map;
  if (!is_map && root.kind != Kind::nothing && root.kind != Kind::refused)
    problems_.push_back(
        {root.line, "", "expected a mapping (keys and values), got " + description(root)});
  visited_.emplace_back(is_map ? &root : nullptr, 0, "");
}

Section::Visited& Reader::visit(const Node* node, int line, std::string path) {
  // A key of the user's own may hold a point: the path alone is not enough.
  const auto [first, last] = by_path_.equal_range(path);
  const auto known =
      std::find_if(first, last, [&](const auto& entry) { return entry.second->map == node; });
  if (known != last) return *known->second;
  visited_.emplace_back(node, line, path);
  by_path_.emplace(std::move(path), &visited_.back());
  return visited_.back();
}

void Reader::report_unknown(const Section::Visited& visited) {
  if (visited.map == nullptr) return;
  const std::vector<std::string> known{visited.keys.begin(), visited.keys.end()};
  for (const Node& entry : visited.map->children) {
    if (visited.keys.contains(entry.key)) continue;
    std::string message = "unknown key";
    if (const auto near = nearest(entry.key, known); !near.empty())
      message.append(", did you mean '").append(near).append("'?");
    problems_.push_back({entry.line, join(visited.path, entry.key), std::move(message)});
  }
}

std::optional<Error> Reader::errors() {
  for (const auto& visited : visited_) report_unknown(visited);
  if (problems_.empty()) return std::nullopt;
  return Error{Errc::malformed, report(document_.name, std::move(problems_))};
}

}  // namespace sobriety::yaml
