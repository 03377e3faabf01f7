// How a log is opened: what its segments hold, and where each of them ends.
#include "agent/spool/log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sobriety::agent::spool {

struct Log::Scan {
  Segment segment;
  std::uint64_t samples = 0;  // in its batches
  std::uint64_t newest = 1;   // the highest number of a record
  std::uint64_t acknowledged = 0;
};

Result<std::unique_ptr<Log>> Log::open(Directory& directory, LogLimits limits, History& history) {
  std::unique_ptr<Log> log{new Log{directory, limits}};
  BOOST_OUTCOME_TRY(log->recover(history));
  return log;
}

Result<void> Log::recover(History& history) {
  BOOST_OUTCOME_TRY(auto found, headers());
  stream_ = found.empty() ? StreamId::random() : found.rbegin()->second.stream;
  for (auto other = found.begin(); other != found.end();) {
    if (other->second.stream == stream_) {
      ++other;
      continue;
    }
    set_aside(other->first, "it is of another stream");
    other = found.erase(other);
  }
  if (found.empty()) return success();
  // What is acknowledged is told by the newest record; what else is gone was dropped.
  acknowledged_ = scan(found.rbegin()->second, nullptr).acknowledged;
  forgotten_ = std::max(found.begin()->first - 1, acknowledged_);

  std::uint64_t samples = 0;  // up to the end of the segment before
  Segment* before = nullptr;
  std::size_t left = found.size();
  for (const auto& [first, header] : found) {
    // Counters are in the last segment; in the one before too, should its beginning be damaged.
    Scan scanned = scan(header, left <= 2 ? &history : nullptr);
    if (before != nullptr && header.samples_before > samples && first - 1 > forgotten_)
      before->lost_samples = header.samples_before - samples;
    samples = header.samples_before + scanned.samples;
    // The next batch is not before the one whose samples came.
    last_seq_ = std::max({last_seq_, first - 1, scanned.segment.last_seq, scanned.newest - 1});
    if (scanned.segment.end == segment_header_size) {
      --left;
      discard(first, scanned.segment.damaged);
      continue;
    }
    if (--left == 0) {
      scanned.segment.damaged = false;  // a torn end: it was never synced
    } else if (scanned.segment.damaged) {
      ++failures_;
      spdlog::warn("spool {}: {} is damaged at byte {}; what is behind is left out",
                   directory_.path(), segment_name(first), scanned.segment.end);
    }
    before = &(segments_[first] = std::move(scanned.segment));
  }
  last_seq_ = std::max(last_seq_, forgotten_);
  written_seq_ = last_seq_;
  written_samples_ = synced_samples_ = samples;
  dropped_samples_ = history.dropped_samples();
  if (segments_.empty()) begin_stream();  // nothing tells what numbers and counters were used
  remove_done();
  return success();
}

// A segment without any record.
void Log::discard(std::uint64_t first_seq, bool damaged) {
  if (damaged)
    set_aside(first_seq, "there is no valid record in it");
  else
    static_cast<void>(directory_.remove(segment_name(first_seq)));
}

Result<std::map<std::uint64_t, SegmentHeader>> Log::headers() {
  BOOST_OUTCOME_TRY(const auto names, directory_.names());
  std::map<std::uint64_t, SegmentHeader> found;
  for (const std::string& name : names) {
    const auto first_seq = parse_segment_name(name);
    if (!first_seq) continue;
    if (const auto header = header_of(*first_seq)) found.emplace(*first_seq, *header);
  }
  return found;
}

std::optional<SegmentHeader> Log::header_of(std::uint64_t first_seq) {
  const std::string name = segment_name(first_seq);
  const auto file = directory_.open(name);
  if (!file) {
    set_aside(first_seq, file.error().message);
    return std::nullopt;
  }
  const auto bytes = file.value()->read(0, segment_header_size);
  if (!bytes) {
    set_aside(first_seq, bytes.error().message);
    return std::nullopt;
  }
  if (bytes.value().find_first_not_of('\0') == std::string::npos) {
    // It was begun, and the power went before anything of it was synced.
    static_cast<void>(directory_.remove(name));
    return std::nullopt;
  }
  const auto header = decode_header(bytes.value());
  if (!header || header.value().first_seq != first_seq) {
    set_aside(first_seq, header ? "its name is that of another one" : header.error().message);
    return std::nullopt;
  }
  return header.value();
}

Log::Scan Log::scan(const SegmentHeader& header, History* history) {
  Scan scanned;
  Segment& segment = scanned.segment;
  segment.begun = header.begun;
  segment.end = segment_header_size;
  auto file = directory_.open(segment_name(header.first_seq));
  if (!file) {
    segment.damaged = true;
    return scanned;
  }
  RecordReader reader{std::move(file).value()};
  RecordOrder order{header.first_seq};
  while (true) {
    const Step step = reader.next();
    const bool fits = step.kind == Step::Kind::record && order.take(step.record);
    segment.damaged = !fits && step.kind != Step::Kind::zeros;
    if (!fits) break;
    const Record& record = step.record;
    segment.end = reader.offset();
    scanned.acknowledged = std::max(scanned.acknowledged, record.acknowledged);
    if (history != nullptr) history->take(record);
    scanned.newest = std::max(scanned.newest, record.seq);
    if (record.type != RecordType::batch) continue;
    segment.last_seq = record.seq;
    scanned.samples += record.samples;
    if (record.seq <= forgotten_) continue;
    ++segment.waiting.batches;
    segment.waiting.samples += record.samples;
    segment.waiting.bytes += record.payload.size();
  }
  segment.size = std::max(segment.end, limits_.segment_bytes);
  return scanned;
}

}  // namespace sobriety::agent::spool
