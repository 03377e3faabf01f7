// The per-host families as Prometheus text, from the hosts' rows and the catalogue's table.
//
// A family's name, a host's label and a cell's labels are kept as finished text, so that a line is
// three copies and one number. Text format 0.0.4.
#pragma once

#include "collector/fleet/host.hpp"
#include "proto/model/metric.hpp"

#include <cstddef>
#include <deque>
#include <string>

namespace sobriety::collector {

// HELP and TYPE of a family.
void write_header(std::string& out, const Metric& metric);

// Appends the lines of `metric` for hosts from position `at` on, until about `limit` bytes are
// written or the hosts end; returns the position to go on with.
std::size_t write_hosts(std::string& out, MetricId metric, const std::deque<Host>& hosts,
                        std::size_t at, std::size_t limit);

}  // namespace sobriety::collector
