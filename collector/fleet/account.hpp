// How a host's figures follow from its batches. Pure: no clock, no I/O.
#pragma once

#include "collector/fleet/host.hpp"
#include "proto/model/batch.hpp"
#include "proto/model/inventory.hpp"

#include <memory>

namespace sobriety::collector {

// A stream that is new to the host: its batches count from 1, its energy counters from 0.
void begin_stream(Host& host, const StreamId& stream);

// From now on batches are about this inventory, whose layout and info text may be shared.
void adopt(Host& host, const Inventory& inventory, std::shared_ptr<const Layout> layout,
           std::shared_ptr<const LabelText> info);

// What was odd about a batch, to be counted.
struct Oddities {
  unsigned implausible_times = 0;  // samples from the future
  unsigned clock_steps = 0;        // times that the boot was placed anew on the calendar
};

// Takes the next batch of the stream into the account, the hours and the row to be shown; nothing
// of it is shown before it is committed. `batch` has the layout's width; `arrival`: now.
//
// Energy: a component's counter is cumulative over its stream. What it advanced since its last
// known value is credited, over rows without a value, declared gaps and restarts of the agent too;
// a counter below its last known value started again at zero. Time counts as measured only between
// two neighbouring samples that both have a value. In the hours, the energy of the whole machine
// lies over the time since it was last known, in this boot.
//
// Points::kept: host.pending->points gains the row of each sample.
Oddities apply(Host& host, const Batch& batch, WallTime arrival, Points points = Points::none);

// The host falls silent, or is about to have other series: for those who keep points, what is
// shown now ends with the newest sample. Nothing of a host that is not up.
void end_series(Host& host, WallTime now);

// Batches up to `last_seq` will never come: they were dropped, and their energy is in the counters
// of the next one; or a collector acknowledged them once, and this one has no memory of the stream:
// then their energy was accounted, and counters go on from where the next batch has them.
void skip(Host& host, std::uint64_t last_seq, bool acknowledged);

// What was taken is committed: `row`, of `layout`, is what is shown from now on, and the host is
// up. An empty row, or one of a layout that is no longer the host's, leaves what is shown.
void publish(Host& host, std::vector<Cell> row, const std::shared_ptr<const Layout>& layout);

// Shows whether the host is up, in the row as it is.
void set_up(Host& host, bool up);

}  // namespace sobriety::collector
