// The per-host families as Prometheus text, from the hosts' rows and the catalogue's table.
//
// A family's name, a host's label and a cell's labels are kept as finished text, so that a line is
// three copies and one number. The lines are the same in both formats.
#pragma once

#include "collector/expose/format.hpp"
#include "collector/expose/slice.hpp"
#include "collector/fleet/host.hpp"
#include "collector/fleet/show.hpp"
#include "proto/model/metric.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <string>

namespace sobriety::collector {

void write_header(std::string& out, const Metric& metric, Format format = Format::text);

// Which hosts are written: a part of the fleet, with or without those that people sit at.
struct HostChoice {
  Slice slice;
  bool personal = true;

  [[nodiscard]] bool has(const Host& host) const {
    return slice.has(host.id) && is_shown_alone(host, personal);
  }
};

// Appends the lines of `metric` for the hosts of `choice` from position `at` on, until about
// `limit` bytes are written or the hosts end; returns the position to go on with.
std::size_t write_hosts(std::string& out, MetricId metric, const std::deque<Host>& hosts,
                        std::size_t at, std::size_t limit, const HostChoice& choice = {});

// Lines of several families, as far as they fit: what one visit to the hosts' thread brings home.
struct HostsPiece {
  std::string text;
  std::array<std::size_t, metric_count> ends{};  // of each family that is complete, in `text`
  std::size_t family = 0;                        // the first one that is not complete
  std::size_t at = 0;                            // the host to go on with there

  [[nodiscard]] bool done() const { return family == metric_count; }
};
// Writes the piece anew, from where it stopped before, about `limit` bytes.
void write_piece(HostsPiece& piece, const std::deque<Host>& hosts, std::size_t limit,
                 const HostChoice& choice);

}  // namespace sobriety::collector
