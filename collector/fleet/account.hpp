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

// Takes the next batch of the stream into the account and the row. `batch` has the layout's width.
void apply(Host& host, const Batch& batch);

// Batches up to `last_seq` will never come.
void skip(Host& host, std::uint64_t last_seq);

}  // namespace sobriety::collector
