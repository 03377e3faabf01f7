#include "proto/runtime/yaml.hpp"

#include "proto/base/utf8.hpp"
#include "proto/runtime/read_file.hpp"
#include "proto/runtime/yaml_builder.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace sobriety::yaml {

namespace {

constexpr std::size_t problems_shown = 50;

std::string hex_escape(char c) {
  static constexpr char digits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

int line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

Error at_line(const std::string& name, int line, std::string_view message) {
  return {Errc::malformed, report(name, {{line, "", std::string{message}}})};
}

// yaml-cpp guesses encodings and passes control characters on: only plain UTF-8 text reaches it.
Result<std::string> plain_text(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (const auto at = find_invalid_utf8(bytes); at != std::string_view::npos)
    return fail(Errc::malformed, at_line(name, line_at(bytes, at),
                                         "byte " + hex_escape(bytes[at]) + " is not UTF-8 text")
                                     .message);
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') continue;
    if (is_control(c) && c != '\n' && c != '\t')
      return fail(Errc::malformed, at_line(name, line_at(bytes, i),
                                           "control character " + hex_escape(c) + " is not allowed")
                                       .message);
    text += c;
  }
  // In blank lines at the end, yaml-cpp 0.7 misses that a quoted text was never closed.
  text.resize(text.find_last_not_of(" \t\n") + 1);
  return text;
}

}  // namespace

Result<Document> load(const std::filesystem::path& path, const Limits& limits) {
  BOOST_OUTCOME_TRY(const auto content, read_file(path, limits.bytes));
  return parse(content, path.string(), limits);
}

Result<Document> parse(std::string_view bytes, std::string name, const Limits& limits) {
  if (bytes.size() > limits.bytes)
    return fail(Errc::too_large,
                name + ": is larger than " + std::to_string(limits.bytes) + " bytes");
  BOOST_OUTCOME_TRY(auto text, plain_text(bytes, name));
  std::istringstream stream{std::move(text)};
  Builder builder{limits};
  try {
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Stop&) {
    // The builder has noted why.
  } catch (const YAML::Exception& error) {
    builder.stop_at(error.mark.line, error.msg);
  }
  if (builder.stopped()) return fail(Errc::malformed, report(name, builder.take_problems()));
  return Document{std::move(name), builder.take_root(), builder.take_problems()};
}

std::string join(std::string_view path, std::string_view key) {
  std::string joined{path};
  if (!joined.empty()) joined += '.';
  return joined += shown(key);
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result;
  while (!text.empty()) {
    const auto length = std::max<std::size_t>(utf8_sequence_length(text), 1);
    if (result.size() + length > longest) return result += "…";
    const bool printable = utf8_sequence_length(text) != 0 && !is_control(text.front());
    result += printable ? std::string{text.substr(0, length)} : hex_escape(text.front());
    text.remove_prefix(length);
  }
  return result;
}

std::string quoted_scalar(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += is_control(c) ? hex_escape(c) : std::string{c};
  }
  return result += '"';
}

std::string report(const std::string& name, std::vector<Problem> problems) {
  std::ranges::stable_sort(problems, {}, &Problem::line);
  std::string text;
  const std::size_t count = std::min(problems.size(), problems_shown);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [line, key, message] = problems[i];
    if (i > 0) text += '\n';
    text += name;
    if (line > 0) text.append(":").append(std::to_string(line));
    if (!key.empty()) text.append(": ").append(key);
    text.append(": ").append(message);
  }
  if (count < problems.size())
    text.append("\n")
        .append(name)
        .append(": and ")
        .append(std::to_string(problems.size() - count))
        .append(" more");
  return text;
}

}  // namespace sobriety::yaml
