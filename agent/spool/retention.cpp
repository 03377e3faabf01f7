// What a log lets go of: what is acknowledged, too much or too old, and what is damaged.
#include "agent/spool/log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sobriety::agent::spool {

namespace {
constexpr std::string_view bad = ".bad";
constexpr std::size_t most_bad = 2;  // segments that are kept for somebody to look at
}  // namespace

void Log::forget(std::uint64_t seq) {
  acknowledged_ = std::max(acknowledged_, seq);
  if (seq <= forgotten_) return;
  const std::uint64_t after = std::exchange(forgotten_, seq);
  for (auto& [first, segment] : segments_) {
    if (first > seq) break;
    settle(segment, std::max(after + 1, first), seq);
  }
  remove_done();
}

// Takes off what waits in `segment` its batches from `first`, which is in it, up to `seq`.
void Log::settle(Segment& segment, std::uint64_t first, std::uint64_t seq) {
  const bool done = segment.last_seq <= seq;
  if (!done || segment.damaged) {
    Waiting& waiting = segment.waiting;
    const QueuedBatch* batch = settling_.find(first);
    while (batch != nullptr && batch->seq <= std::min(seq, segment.last_seq)) {
      waiting.batches -= std::min<std::uint64_t>(waiting.batches, 1);
      waiting.samples -= std::min<std::uint64_t>(waiting.samples, batch->samples);
      waiting.bytes -= std::min<std::uint64_t>(waiting.bytes, batch->frame.size());
      batch = settling_.find(batch->seq + 1);
    }
  }
  if (!done) return;
  if (segment.damaged) dropped_samples_ += segment.waiting.samples;
  dropped_samples_ += std::exchange(segment.lost_samples, 0);
  segment.waiting = {};
}

// The segment that holds the newest record always stays, and the ones before it until something of
// it is synced.
void Log::remove_done() {
  while (segments_.size() > 1) {
    const auto next = std::next(segments_.begin());
    if (next->first - 1 > forgotten_ || next->second.end == 0) return;
    remove(segments_.begin());
  }
}

void Log::make_room(WallTime now) {
  const auto full = [this] {
    std::uint64_t bytes = limits_.segment_bytes;
    for (const auto& [first, segment] : segments_) bytes += segment.size;
    return bytes > limits_.bytes;
  };
  while (segments_.size() > 1 && segments_.rbegin()->second.end != 0) {
    // What is in a segment is older than the one behind it.
    if (std::next(segments_.begin())->second.begun < now - limits_.age)
      drop_oldest("they are older than spool.max_age");
    else if (full())
      drop_oldest("the spool has reached spool.max_bytes");
    else
      return;
  }
}

void Log::drop_oldest(std::string_view why) {
  const auto oldest = segments_.begin();
  const std::uint64_t samples = oldest->second.waiting.samples + oldest->second.lost_samples;
  if (samples > 0)
    spdlog::warn("spool {}: {} samples are dropped: {}", directory_.path(), samples, why);
  dropped_samples_ += samples;
  forgotten_ = std::max(forgotten_, std::next(oldest)->first - 1);
  remove(oldest);
}

void Log::remove(Segments::iterator segment) {
  const std::uint64_t first = segment->first;
  const bool damaged = segment->second.damaged;
  segments_.erase(segment);
  if (damaged) {
    set_aside(first, "it is damaged");
  } else if (const auto removed = directory_.remove(segment_name(first)); !removed) {
    ++failures_;
    spdlog::warn("spool: {}", removed.error().message);
  }
}

void Log::set_aside(std::uint64_t segment, std::string_view why) {
  ++failures_;
  const std::string name = segment_name(segment);
  const std::string aside = name + std::string{bad};
  spdlog::warn("spool {}: {} is set aside as {}: {}", directory_.path(), name, aside, why);
  if (const auto renamed = directory_.rename(name, aside); !renamed) {
    spdlog::warn("spool: {}", renamed.error().message);
    static_cast<void>(directory_.remove(name));
    return;
  }
  const auto names = directory_.names();
  if (!names) return;
  std::vector<std::string> others;
  for (const std::string& other : names.value())
    if (other.ends_with(bad) && other != aside) others.push_back(other);
  for (std::size_t i = 0; i + most_bad <= others.size(); ++i)
    static_cast<void>(directory_.remove(others[i]));
}

void Log::damaged(std::uint64_t segment, std::uint64_t end) {
  const auto found = segments_.find(segment);
  if (found == segments_.end() || found->second.damaged) return;
  ++failures_;
  spdlog::warn("spool {}: {} is damaged at byte {}; what is behind is left out", directory_.path(),
               segment_name(segment), end);
  found->second.damaged = true;
  found->second.end = end;
  if (std::next(found) == segments_.end()) close_file();  // what comes goes into a new one
}

}  // namespace sobriety::agent::spool
