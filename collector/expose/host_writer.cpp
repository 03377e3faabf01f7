#include "collector/expose/host_writer.hpp"

#include "proto/base/decimal.hpp"
#include "proto/model/signal.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace sobriety::collector {

namespace {

constexpr std::size_t prefetch_distance = 16;
// By how much the text grows at a time: what is not written to afterwards was cleared in vain.
constexpr std::size_t growth = 16 * 1024;

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// `name{host="` of each family.
const std::array<std::string, metric_count>& prefixes() {
  static const auto made = [] {
    std::array<std::string, metric_count> texts;
    for (const Metric& row : metrics())
      texts[static_cast<std::size_t>(row.id)] = std::string{row.name} + "{host=\"";
    return texts;
  }();
  return made;
}

// What stands between a host's label and the value.
char* put_labels(char* out, MetricId metric, const Host& host, std::size_t cell) {
  if (metric == MetricId::host_info) {
    out = put(out, "\",id=\"");
    out = write_hex(out, host.id.bytes);
    if (host.membership) out = put(out, *host.membership);
    return put(out, *host.info);
  }
  out = put(out, host.layout->labels(cell));
  if (metric == MetricId::host_source_status) {
    out = put(out, to_string(static_cast<SourceStatus>(host.row[cell])));
    out = put(out, "\"} ");
  }
  return out;
}

std::size_t longest_labels(MetricId metric, const Host& host, std::size_t cell) {
  if (metric == MetricId::host_info)
    return host.info->size() + (host.membership ? host.membership->size() : 0) + 64;
  return host.layout->labels(cell).size() + 32;
}

// Room for `most` bytes behind `used`.
char* room(std::string& out, std::size_t used, std::size_t most) {
  if (out.size() < used + most) out.resize(used + most + growth);
  return out.data() + used;
}

// One line a source of factors: they come from the policy, and so have no cells in a layout.
std::size_t put_emissions(std::string& out, std::size_t used, std::string_view prefix,
                          const Host& host) {
  for (const Emission& emission : host.shown_emissions) {
    const std::string source = escape_label(emission.source);
    const std::size_t most =
        prefix.size() + host.label.size() + source.size() + max_decimal_length + 32;
    char* end = put(room(out, used, most), prefix);
    end = put(end, host.label);
    end = put(end, R"(",factor_source=")");
    end = put(end, source);
    end = put(end, "\"} ");
    constexpr std::uint64_t highest = std::numeric_limits<Cell>::max();
    end = write_decimal(end, static_cast<Cell>(std::min(emission.micrograms, highest)),
                        metric(MetricId::host_emissions).decimals);
    *end++ = '\n';
    used = static_cast<std::size_t>(end - out.data());
  }
  return used;
}

}  // namespace

void write_header(std::string& out, const Metric& row, Format format) {
  write_head(out, {row.name, row.kind == MetricKind::counter ? "counter" : "gauge", row.help},
             format);
}

std::size_t write_hosts(std::string& out, MetricId id, const std::deque<Host>& hosts,
                        std::size_t at, std::size_t limit, const HostChoice& choice) {
  const Metric& row = metric(id);
  const std::string& prefix = prefixes()[static_cast<std::size_t>(id)];
  const std::size_t start = out.size();
  std::size_t used = start;
  for (; at < hosts.size() && used - start < limit; ++at) {
    if (at + prefetch_distance < hosts.size()) __builtin_prefetch(&hosts[at + prefetch_distance]);
    if (at + prefetch_distance / 2 < hosts.size()) {
      const Host& ahead = hosts[at + prefetch_distance / 2];
      if (ahead.layout) __builtin_prefetch(ahead.row.data() + ahead.layout->first(id));
    }
    const Host& host = hosts[at];
    if (!host.layout || (!host.up && !row.survives_silence) || !choice.has(host)) continue;
    if (id == MetricId::host_emissions) used = put_emissions(out, used, prefix, host);
    for (std::size_t cell = host.layout->first(id); cell < host.layout->last(id); ++cell) {
      const Cell value = host.row[cell];
      if (value == no_value) continue;
      const std::size_t most = prefix.size() + host.label.size() + longest_labels(id, host, cell) +
                               max_decimal_length + 1;
      char* end = put(room(out, used, most), prefix);
      end = put(end, host.label);
      end = put_labels(end, id, host, cell);
      end = id == MetricId::host_source_status ? put(end, "1")
                                               : write_decimal(end, value, row.decimals);
      *end++ = '\n';
      used = static_cast<std::size_t>(end - out.data());
    }
  }
  out.resize(used);
  return at;
}

void write_piece(HostsPiece& piece, const std::deque<Host>& hosts, std::size_t limit,
                 const HostChoice& choice) {
  piece.text.clear();
  while (!piece.done() && piece.text.size() < limit) {
    piece.at = write_hosts(piece.text, static_cast<MetricId>(piece.family), hosts, piece.at,
                           limit - piece.text.size(), choice);
    if (piece.at < hosts.size()) continue;
    piece.ends[piece.family++] = piece.text.size();
    piece.at = 0;
  }
}

}  // namespace sobriety::collector
