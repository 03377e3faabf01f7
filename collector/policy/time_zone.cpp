#include "collector/policy/time_zone.hpp"

#include "collector/policy/posix_zone.hpp"
#include "proto/runtime/read_file.hpp"
#include "proto/runtime/yaml.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace sobriety::collector::policy {

namespace {

using namespace std::chrono;

constexpr std::size_t most_file_bytes = 1U << 20U;
constexpr std::size_t most_changes = 10'000;
constexpr year last_year{2100};
// Clocks are ahead of UTC by more than -25 h and less than 26 h (RFC 8536, 3.2).
constexpr seconds least_offset = hours{-25};
constexpr seconds most_offset = hours{26};

// Big-endian numbers one after another; beyond the end they are 0 and `ended` says so.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::int64_t take(std::size_t width) {
    if (rest_.size() < width) {
      ended_ = true;
      rest_ = {};
      return 0;
    }
    const bool negative = (static_cast<unsigned char>(rest_[0]) & 0x80U) != 0 && width > 1;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8U | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(width);
    return static_cast<std::int64_t>(value);
  }
  void skip(std::size_t length) {
    ended_ = ended_ || length > rest_.size();
    rest_.remove_prefix(std::min(length, rest_.size()));
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  std::string_view rest_;
  bool ended_ = false;
};

// The counts of a TZif header, in the order of the file.
struct Header {
  char version = 0;
  std::size_t utc_marks = 0;
  std::size_t standard_marks = 0;
  std::size_t leaps = 0;
  std::size_t changes = 0;
  std::size_t types = 0;
  std::size_t letters = 0;

  // Of the block behind it, whose times have `width` bytes.
  [[nodiscard]] std::size_t block_size(std::size_t width) const {
    return changes * width + changes + types * 6 + letters + leaps * (width + 4) + standard_marks +
           utc_marks;
  }
};

std::optional<Header> take_header(ByteReader& bytes) {
  constexpr std::string_view magic = "TZif";
  if (!bytes.rest().starts_with(magic)) return std::nullopt;
  bytes.skip(magic.size());
  Header header;
  header.version = static_cast<char>(bytes.take(1));
  bytes.skip(15);
  for (std::size_t* count : {&header.utc_marks, &header.standard_marks, &header.leaps,
                             &header.changes, &header.types, &header.letters}) {
    const auto value = bytes.take(4);
    if (value < 0 || value > static_cast<std::int64_t>(most_file_bytes)) return std::nullopt;
    *count = static_cast<std::size_t>(value);
  }
  if (bytes.ended()) return std::nullopt;
  return header;
}

bool plausible(seconds offset) { return offset > least_offset && offset < most_offset; }

}  // namespace

// A private member's type is named here, so this is one too.
struct TimeZone::Build {
  // What `rule` says from the last of `changes` on.
  static void append(std::vector<Change>& changes, const PosixZone& rule) {
    const Instants known = changes.back().at;
    if (!rule.summer) {
      changes.push_back({known, rule.offset});
      return simplify(changes);
    }
    const auto listed = static_cast<std::ptrdiff_t>(changes.size());
    const auto first = year_month_day{floor<days>(std::max(known, Instants{}))}.year() - years{1};
    for (year of = first; of <= last_year; ++of) {
      const Instants begin{rule.summer->begin.in(of).time_since_epoch() - rule.offset};
      const Instants end{rule.summer->end.in(of).time_since_epoch() - rule.summer->offset};
      changes.push_back({begin, rule.summer->offset});
      changes.push_back({end, rule.offset});
    }
    // Of those that the rule would have made before `known`, the last says how it begins.
    const auto of_rule = changes.begin() + listed;
    std::stable_sort(of_rule, changes.end(),
                     [](const Change& a, const Change& b) { return a.at < b.at; });
    for (auto change = of_rule; change != changes.end(); ++change)
      change->at = std::max(change->at, known);
    simplify(changes);
  }

  // Of changes at one instant the last counts, and one that changes nothing is none.
  static void simplify(std::vector<Change>& changes) {
    std::vector<Change> kept;
    for (const Change& change : changes) {
      if (!kept.empty() && kept.back().at == change.at) kept.pop_back();
      if (kept.empty() || kept.back().offset != change.offset) kept.push_back(change);
    }
    changes = std::move(kept);
  }

  static std::optional<std::vector<Change>> read_block(ByteReader& bytes, const Header& header) {
    std::vector<Change> changes{{Instants::min(), {}}};
    for (std::size_t i = 0; i < header.changes; ++i) {
      const Instants at{seconds{bytes.take(8)}};
      if (i > 0 && at <= changes.back().at) return std::nullopt;
      changes.push_back({at, {}});
    }
    std::vector<std::size_t> types{0};
    for (std::size_t i = 0; i < header.changes; ++i)
      types.push_back(static_cast<std::size_t>(bytes.take(1)));
    std::vector<seconds> offsets;
    for (std::size_t i = 0; i < header.types; ++i) {
      offsets.emplace_back(bytes.take(4));
      if (!plausible(offsets.back())) return std::nullopt;
      bytes.skip(2);
    }
    bytes.skip(header.letters + header.standard_marks + header.utc_marks);
    if (bytes.ended()) return std::nullopt;
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (types[i] >= offsets.size()) return std::nullopt;
      changes[i].offset = offsets[types[i]];
    }
    return changes;
  }
};

Result<TimeZone> TimeZone::from_rule(std::string_view rule) {
  const auto zone = parse_posix_zone(rule);
  if (!zone || !plausible(zone->offset) || (zone->summer && !plausible(zone->summer->offset)))
    return fail(Errc::malformed,
                "expected a rule of a time zone such as CET-1CEST,M3.5.0,M10.5.0/3, "
                "got '" +
                    yaml::shown(rule) + "'");
  std::vector<Change> changes{{Instants::min(), zone->offset}};
  Build::append(changes, *zone);
  return TimeZone{std::move(changes)};
}

Result<TimeZone> TimeZone::from_tzif(std::string_view content, std::string_view name) {
  const auto refuse = [name](std::string_view what) {
    return fail(Errc::malformed, std::string{name} + ": " + std::string{what});
  };
  if (content.size() > most_file_bytes) return refuse("is too large for a TZif file");
  ByteReader bytes{content};
  const auto old = take_header(bytes);
  if (!old) return refuse("is no TZif file");
  if (old->version < '2')
    return refuse("is a TZif file of version 1, which ends in 2037: unsupported");
  bytes.skip(old->block_size(4));
  const auto header = take_header(bytes);
  if (!header || header->changes > most_changes || header->types > 256)
    return refuse("is a damaged TZif file");
  if (header->leaps > 0)
    return refuse("counts leap seconds; take the zone that is not below right/");
  auto changes = Build::read_block(bytes, *header);
  if (!changes) return refuse("is a damaged TZif file");
  std::string_view footer = bytes.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n')
    return refuse("is a TZif file without its end");
  footer = footer.substr(1, footer.size() - 2);
  if (!footer.empty()) {
    const auto rule = parse_posix_zone(footer);
    if (!rule || !plausible(rule->offset) || (rule->summer && !plausible(rule->summer->offset)))
      return refuse("ends with a rule that makes no sense: '" + yaml::shown(footer) + "'");
    Build::append(*changes, *rule);
  } else {
    Build::simplify(*changes);
  }
  return TimeZone{std::move(*changes)};
}

Result<TimeZone> TimeZone::load(std::string_view name, const std::filesystem::path& root) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
  if (name.empty() || name.size() > 64 || name.front() == '/' ||
      name.find_first_not_of(allowed) != std::string_view::npos)
    return fail(Errc::malformed,
                "expected a time zone such as Europe/Paris, got '" + yaml::shown(name) + "'");
  const auto path = root / name;
  auto content = read_file(path, most_file_bytes);
  if (!content && content.error().code == Errc::absent)
    return fail(Errc::absent, "there is no time zone '" + std::string{name} + "' (" +
                                  path.string() + "); is the package tzdata installed?");
  if (!content) return fail(content.error().code, content.error().message);
  return from_tzif(content.value(), path.string());
}

seconds TimeZone::offset_at(Instants instant) const {
  const auto after = std::ranges::upper_bound(changes_, instant, {}, &Change::at);
  return after == changes_.begin() ? changes_.front().offset : std::prev(after)->offset;
}

Instants TimeZone::instant(LocalTime time) const {
  const Instants earliest{time.time_since_epoch() - most_offset};
  auto change = std::ranges::upper_bound(changes_, earliest, {}, &Change::at);
  if (change != changes_.begin()) --change;
  // The first stretch of one offset that does not end before the clock shows `time`; where the
  // clock skipped it, that stretch begins later.
  for (;; ++change) {
    const Instants candidate{time.time_since_epoch() - change->offset};
    const auto next = std::next(change);
    if (next == changes_.end() || candidate < next->at) return std::max(candidate, change->at);
  }
}

}  // namespace sobriety::collector::policy
