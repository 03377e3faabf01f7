#include "collector/remote/write_request.hpp"

#include "collector/fleet/show.hpp"
#include "proto/model/metric.hpp"
#include "proto/model/signal.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace sobriety::collector::remote {

namespace {

// Protobuf: a key is the field's number and the form of what follows.
constexpr unsigned form_varint = 0;
constexpr unsigned form_fixed64 = 1;
constexpr unsigned form_bytes = 2;

char key(unsigned field, unsigned form) { return static_cast<char>(field << 3U | form); }

void append_varint(std::string& out, std::uint64_t number) {
  for (; number > 0x7f; number >>= 7U) out += static_cast<char>((number & 0x7fU) | 0x80U);
  out += static_cast<char>(number);
}

void append_bytes(std::string& out, unsigned field, std::string_view bytes) {
  out += key(field, form_bytes);
  append_varint(out, bytes.size());
  out += bytes;
}

void append_label(std::string& series, std::string_view name, std::string_view value) {
  std::string label;
  append_bytes(label, 1, name);
  append_bytes(label, 2, value);
  append_bytes(series, 1, label);
}

void append_sample(std::string& series, double value, WallTime at) {
  std::string sample;
  sample += key(1, form_fixed64);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (unsigned shift = 0; shift < 64; shift += 8)
    sample += static_cast<char>(bits >> shift & 0xffU);
  sample += key(2, form_varint);
  append_varint(sample, static_cast<std::uint64_t>(at.time_since_epoch().count()));
  append_bytes(series, 2, sample);
}

// The nearest double, as whoever reads the decimal on /metrics gets it.
double value_of(Cell cell, unsigned decimals) {
  constexpr std::array powers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
  return static_cast<double>(cell) / powers.at(decimals);
}

// Text between the host's name and the value, as /metrics has it; of a source's status without the
// status.
std::string label_text(const Host& host, const Layout& layout, MetricId metric, std::size_t cell) {
  if (metric != MetricId::host_info) return layout.labels(cell);
  std::string text = "\",id=\"" + host.id.hex();
  if (host.membership) text += *host.membership;
  return host.info ? text + *host.info : text + '"';
}

// The labels of a series, sorted by name; one that is empty is as good as none.
std::string encoded_labels(const Host& host, std::string_view name, const Labels& own,
                           const Labels& external) {
  Labels all{{"__name__", std::string{name}}};
  for (const auto& [label, value] : read_labels("host=\"" + host.label + '"'))
    all.emplace_back(label, value);
  all.insert(all.end(), own.begin(), own.end());
  for (const auto& label : external)
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& known) { return known.first == label.first; }))
      all.push_back(label);
  std::sort(all.begin(), all.end());
  std::string series;
  for (const auto& [label, value] : all)
    if (!value.empty()) append_label(series, label, value);
  return series;
}

// Told of a series that has no value any more. The one NaN of these bits, and of no other use.
constexpr auto stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});

// Writes the series of one host, layout and stretch of points. `before`: the row of what went
// before them, of the same layout; null: nothing did.
class Writer {
 public:
  Writer(const Host& host, std::vector<const Point*> points, const std::vector<Cell>* before,
         const Labels& external)
      : host_(host), points_(std::move(points)), before_(before), external_(external) {}

  OutboxBlock block() {
    const Layout& layout = *points_.front()->layout;
    for (const Metric& metric : metrics())
      for (std::size_t cell = layout.first(metric.id); cell < layout.last(metric.id); ++cell) {
        const Labels labels = read_labels(label_text(host_, layout, metric.id, cell).substr(1));
        if (metric.id == MetricId::host_source_status)
          append_statuses(metric, cell, labels);
        else
          append(metric, labels, cell,
                 [&](Cell value) { return value_of(value, metric.decimals); });
      }
    return std::move(block_);
  }

 private:
  // A series of the points whose cell has a value (of a status: the value `only`), with a marker
  // where it has none any more.
  template <class Value>
  void append(const Metric& metric, const Labels& labels, std::size_t cell, Value value,
              Cell only = no_value) {
    const auto tells = [cell, only](const std::vector<Cell>& row) {
      return row[cell] != no_value && (only == no_value || row[cell] == only);
    };
    const bool by_batch =
        std::find(of_whole_batch.begin(), of_whole_batch.end(), metric.id) != of_whole_batch.end();
    std::string samples;
    bool open = before_ != nullptr && tells(*before_);
    for (const Point* point : points_) {
      if (by_batch && point->kind == Point::Kind::within) continue;
      const bool goes_on = point->kind != Point::Kind::end && tells(point->row);
      const bool ends = point->kind == Point::Kind::end ? tells(point->row) : open && !goes_on;
      open = goes_on;
      if (!goes_on && !ends) continue;
      append_sample(samples, ends ? stale : value(point->row[cell]), point->at);
      ++block_.samples;
    }
    if (samples.empty()) return;
    append_bytes(block_.bytes, 1, encoded_labels(host_, metric.name, labels, external_) + samples);
  }

  // A status is a label; the value is 1.
  void append_statuses(const Metric& metric, std::size_t cell, Labels labels) {
    std::vector<Cell> statuses;
    if (before_ != nullptr) statuses.push_back((*before_)[cell]);
    for (const Point* point : points_) statuses.push_back(point->row[cell]);
    std::sort(statuses.begin(), statuses.end());
    statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
    labels.emplace_back();
    for (const Cell status : statuses) {
      if (status == no_value) continue;
      labels.back() = {"status", std::string{to_string(static_cast<SourceStatus>(status))}};
      append(
          metric, labels, cell, [](Cell) { return 1.0; }, status);
    }
  }

  const Host& host_;
  std::vector<const Point*> points_;  // of one layout, in order of their times, which differ
  const std::vector<Cell>* before_;
  const Labels& external_;
  OutboxBlock block_;
};

// In order of time; of several at one time the newest stays.
std::vector<const Point*> in_order(std::span<const Point> points) {
  std::vector<const Point*> sorted;
  for (const Point& point : points) sorted.push_back(&point);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Point* a, const Point* b) { return a->at < b->at; });
  std::vector<const Point*> kept;
  for (const Point* point : sorted) {
    if (!kept.empty() && kept.back()->at == point->at) kept.pop_back();
    kept.push_back(point);
  }
  return kept;
}

}  // namespace

Labels read_labels(std::string_view text) {
  Labels labels;
  while (true) {
    if (text.starts_with(',')) text.remove_prefix(1);
    const std::size_t equals = text.find("=\"");
    if (equals == 0 || equals == std::string_view::npos) return labels;
    std::string value;
    std::size_t at = equals + 2;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size())
        value += text[++at] == 'n' ? '\n' : text[at];
      else
        value += text[at];
    }
    if (at >= text.size()) return labels;  // no value: a source's status
    labels.emplace_back(text.substr(0, equals), std::move(value));
    text.remove_prefix(at + 1);
  }
}

std::vector<OutboxBlock> blocks_of(const Host& host, std::span<const Point> points,
                                   const Labels& external, bool host_detail) {
  std::vector<OutboxBlock> blocks;
  if (!is_shown_alone(host, host_detail)) return blocks;
  // What was sent before; the row of a host that is not up was ended when it fell silent.
  const Layout* layout = host.up ? host.layout.get() : nullptr;
  const std::vector<Cell>* before = &host.row;
  std::vector<const Point*> stretch;
  const auto close = [&] {
    if (stretch.empty()) return;
    const Point* last = stretch.back();
    const bool goes_on = layout == last->layout.get();
    blocks.push_back(
        Writer{host, std::move(stretch), goes_on ? before : nullptr, external}.block());
    layout = last->kind == Point::Kind::end ? nullptr : last->layout.get();
    before = &last->row;
    stretch.clear();
  };
  for (const Point* point : in_order(points)) {
    if (!stretch.empty() &&
        (stretch.size() == most_points || stretch.front()->layout != point->layout))
      close();
    stretch.push_back(point);
  }
  close();
  std::erase_if(blocks, [](const OutboxBlock& block) { return block.samples == 0; });
  return blocks;
}

}  // namespace sobriety::collector::remote
