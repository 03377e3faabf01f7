// Points of a host as pieces of a prometheus.WriteRequest, Remote-Write 1.0
// (https://prometheus.io/docs/specs/prw/remote_write_spec/). Pure.
//
// The message is protobuf:
//   WriteRequest { repeated TimeSeries timeseries = 1; }
//   TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
//   Label        { string name = 1; string value = 2; }
//   Sample       { double value = 1; int64 timestamp = 2; }   ms since 1970
// Pieces of it, one behind the other, are a WriteRequest again: so a block is a piece with whole
// series of one host, and a request is some blocks. Labels are sorted by name, samples by time.
#pragma once

#include "collector/fleet/host.hpp"
#include "collector/store/outbox.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::collector::remote {

// Name and value; a series that has a label of that name keeps its own.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Points of a host in a block; more are several blocks.
inline constexpr std::size_t most_points = 64;

// Points as they are kept in host.pending, under the host's labels of now; without `host_detail`
// none of a machine that people sit at.
[[nodiscard]] std::vector<OutboxBlock> blocks_of(const Host& host, std::span<const Point> points,
                                                 const Labels& external, bool host_detail = true);

// Labels as finished text of the exposition, `name="value",…` with escapes, one by one; ends at
// what is not a label.
[[nodiscard]] Labels read_labels(std::string_view text);

}  // namespace sobriety::collector::remote
