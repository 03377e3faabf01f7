// How batches are read from a log, from segment to segment.
#include "agent/spool/log.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::agent::spool {

const QueuedBatch* Log::Cursor::find(std::uint64_t seq) {
  if (has_current_ && seq <= current_.seq && seq > before_ && log_.segments_.contains(segment_))
    return &current_;
  const Segments& segments = log_.segments_;
  if (segments.empty()) return nullptr;
  auto target = segments.upper_bound(seq);
  if (target != segments.begin()) --target;
  const std::uint64_t passed = has_current_ ? current_.seq : before_;
  bool inside = reader_ && segments.contains(segment_) && seq > passed && target->first <= segment_;
  std::uint64_t place = target->first;
  while (true) {
    if (inside || enter(place))
      while (read_next())
        if (current_.seq >= seq) return &current_;
    inside = false;
    const auto next = segments.upper_bound(segment_);
    if (next == segments.end()) return nullptr;
    place = next->first;
  }
}

bool Log::Cursor::enter(std::uint64_t segment) {
  reader_.reset();
  has_current_ = false;
  segment_ = segment;
  before_ = segment - 1;
  if (log_.segments_.at(segment).end == 0) return false;
  auto file = log_.directory_.open(segment_name(segment));
  if (!file) {
    log_.damaged(segment, segment_header_size);
    return false;
  }
  reader_.emplace(std::move(file).value());
  return true;
}

bool Log::Cursor::read_next() {
  const auto found = log_.segments_.find(segment_);
  if (found == log_.segments_.end()) return false;
  if (has_current_) before_ = current_.seq;
  has_current_ = false;
  while (reader_->offset() < found->second.end) {
    const std::uint64_t at = reader_->offset();
    const Step step = reader_->next(found->second.end);
    if (step.kind != Step::Kind::record) {
      log_.damaged(segment_, at);
      return false;
    }
    const Record& record = step.record;
    if (record.type == RecordType::inventory &&
        (!current_.inventory || current_.inventory->frame != record.payload)) {
      const std::string_view payload =
          record.payload.substr(std::min(wire::header_size, record.payload.size()));
      current_.inventory = std::make_shared<const wire::EncodedInventory>(
          wire::EncodedInventory{std::string{record.payload}, wire::inventory_hash(payload)});
    }
    if (record.type != RecordType::batch) continue;
    current_.seq = record.seq;
    current_.samples = record.samples;
    current_.frame.assign(record.payload);
    has_current_ = true;
    return true;
  }
  return false;
}

}  // namespace sobriety::agent::spool
