#include "collector/expose/negotiate.hpp"

#include "proto/base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sobriety::collector {

namespace {

// Beyond these an element or a parameter is not looked at.
constexpr std::size_t most_elements = 64;
constexpr std::size_t most_parameters = 16;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// What stands before the next `separator` that is in no quotes; `rest` moves behind it.
std::string_view next_part(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != separator); ++at) {
    if (rest[at] == '"') quoted = !quoted;
    if (quoted && rest[at] == '\\' && at + 1 < rest.size()) ++at;
  }
  const auto part = trimmed(rest.substr(0, at));
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

// 0 to 1 with at most three decimals, as thousandths.
std::optional<unsigned> quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  unsigned value = text[0] == '1' ? 1000 : 0;
  if (text.size() == 1) return value;
  if (text[1] != '.') return std::nullopt;
  unsigned place = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return std::nullopt;
    value += place * static_cast<unsigned>(c - '0');
    place /= 10;
  }
  return value <= 1000 ? std::optional{value} : std::nullopt;
}

// An element of a list with weights: `gzip;q=0.5`, `text/plain; version=0.0.4`.
struct Element {
  std::string_view name;
  std::string_view version;  // its parameter of that name; empty: none
  unsigned quality = 1000;
};

// Nothing where the weight is not one.
std::optional<Element> read_element(std::string_view text) {
  Element element;
  element.name = next_part(text, ';');
  for (std::size_t i = 0; i < most_parameters && !text.empty(); ++i) {
    std::string_view value = next_part(text, ';');
    const std::string_view name = next_part(value, '=');
    value = trimmed(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (same(name, "q")) {
      const auto weight = quality(value);
      if (!weight) return std::nullopt;
      element.quality = *weight;
    } else if (same(name, "version")) {
      element.version = value;
    }
  }
  return element;
}

template <class Take>
void for_each_element(std::string_view field, Take take) {
  for (std::size_t i = 0; i < most_elements && !field.empty(); ++i) {
    const auto text = next_part(field, ',');
    if (text.empty()) continue;
    if (const auto element = read_element(text)) take(*element);
  }
}

// How exactly an element names something, and with what weight.
struct Match {
  int exactness = -1;  // -1: not at all
  unsigned quality = 0;

  void take(int exact, unsigned weight) {
    if (exact > exactness) *this = {exact, weight};
  }
};

struct MediaType {
  std::string_view type;
  std::string_view range;  // the kind of it
  std::string_view version;

  [[nodiscard]] int exactness(const Element& element) const {
    if (!element.version.empty() && element.version != version) return -1;
    if (same(element.name, type)) return element.version.empty() ? 2 : 3;
    if (same(element.name, range)) return 1;
    return element.name == "*/*" ? 0 : -1;
  }
};

}  // namespace

Format negotiate_format(std::string_view accept) {
  constexpr MediaType text_type{"text/plain", "text/*", "0.0.4"};
  constexpr MediaType openmetrics_type{"application/openmetrics-text", "application/*", "1.0.0"};
  Match text;
  Match openmetrics;
  for_each_element(accept, [&](const Element& element) {
    text.take(text_type.exactness(element), element.quality);
    openmetrics.take(openmetrics_type.exactness(element), element.quality);
  });
  if (openmetrics.quality != text.quality)
    return openmetrics.quality > text.quality ? Format::openmetrics : Format::text;
  return openmetrics.quality > 0 && openmetrics.exactness > text.exactness ? Format::openmetrics
                                                                           : Format::text;
}

Coding negotiate_coding(std::string_view accept_encoding) {
  // The cheaper one first.
  constexpr std::array codings{Coding::gzip, Coding::zstd, Coding::identity};
  std::array<Match, codings.size()> matches;
  for_each_element(accept_encoding, [&](const Element& element) {
    for (std::size_t i = 0; i < codings.size(); ++i) {
      const bool gzip_by_its_old_name = codings[i] == Coding::gzip && same(element.name, "x-gzip");
      if (same(element.name, name_of(codings[i])) || gzip_by_its_old_name)
        matches[i].take(1, element.quality);
      else if (element.name == "*" && codings[i] != Coding::identity)
        matches[i].take(0, element.quality);
    }
  });
  const auto best =
      std::max_element(matches.begin(), matches.end(),
                       [](const Match& a, const Match& b) { return a.quality < b.quality; });
  return best->quality > 0 ? codings[static_cast<std::size_t>(best - matches.begin())]
                           : Coding::identity;
}

Result<Slice> slice_of(std::string_view query) {
  if (query.empty()) return Slice{};
  constexpr std::string_view key = "shard=";
  for (const std::string_view slash : {"/", "%2F", "%2f"}) {  // clients may escape it
    const auto at = query.find(slash);
    if (!query.starts_with(key) || at == std::string_view::npos) continue;
    const auto index = parse_number<std::uint32_t>(query.substr(key.size(), at - key.size()));
    const auto count = parse_number<std::uint32_t>(query.substr(at + slash.size()));
    if (index && count && *index < *count && *count <= most_slices) return Slice{*index, *count};
  }
  return fail(Errc::malformed,
              "expected no query, or shard=I/N: part I, from 0, of N parts, at most 1024");
}

}  // namespace sobriety::collector
