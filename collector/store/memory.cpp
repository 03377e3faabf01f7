#include "collector/store/memory.hpp"

#include <algorithm>

namespace sobriety::collector {

Result<std::vector<HostState>> MemoryStore::load() {
  std::vector<HostState> states;
  states.reserve(hosts_.size());
  for (const auto& [id, kept] : hosts_) states.push_back(kept.state);
  return states;
}

Result<void> MemoryStore::commit(std::span<const HostRecord> changed) {
  const auto place_of = [this](const HostRecord& record) {
    const auto known = hosts_.find(record.state.id);
    return known == hosts_.end() ? Place{} : known->second.state.place;
  };
  for (const HostRecord& record : changed)
    if (const Place place = place_of(record); place != record.before && place != record.state.place)
      return displaced(record, place);
  std::vector<OutboxBlock> out;
  WallTime since = WallTime::max();
  for (const HostRecord& record : changed) {
    if (place_of(record) == record.state.place && record.before != record.state.place) continue;
    Kept& kept = hosts_[record.state.id];
    kept.state = record.state;
    for (const HourFigures& hour : record.hours) kept.hours[hour.hour] += hour.figures;
    for (const QuietDay& day : record.days) kept.quiet_days[day.day] = day;
    if (!record.days.empty())
      kept.quiet_days.erase(kept.quiet_days.begin(),
                            kept.quiet_days.lower_bound(record.days.back().day - most_quiet_days));
    if (!record.outbox.empty()) since = std::min(since, record.outbox_since);
    out.insert(out.end(), record.outbox.begin(), record.outbox.end());
  }
  put_out(out, since);
  return success();
}

void MemoryStore::put_out(const std::vector<OutboxBlock>& blocks, WallTime since) {
  for (PackedRow& row : pack(blocks)) {
    outbox_.taken += row.samples;
    outbox_.samples += row.samples;
    outbox_.rows += 1;
    outbox_.size += Bytes{row.bytes.size()};
    waiting_.push_back({++last_no_, since, std::move(row)});
  }
  while (outbox_.size > outbox_size_ && !waiting_.empty()) {
    outbox_.dropped += waiting_.front().row.samples;
    leave(waiting_.begin());
  }
}

void MemoryStore::leave(std::deque<Waiting>::iterator row) {
  outbox_.samples -= row->row.samples;
  outbox_.rows -= 1;
  outbox_.size = Bytes{outbox_.size.count() - row->row.bytes.size()};
  waiting_.erase(row);
}

Result<std::vector<OutboxRow>> MemoryStore::outbox_rows(std::uint64_t samples,
                                                        std::vector<std::string>&) {
  std::vector<OutboxRow> found;
  std::uint64_t held = 0;
  for (const Waiting& waiting : waiting_) {
    if (held >= samples) break;
    BOOST_OUTCOME_TRY(auto blocks, unpack(waiting.row.bytes));
    found.push_back({waiting.no, std::move(blocks)});
    held += waiting.row.samples;
  }
  return found;
}

Result<void> MemoryStore::settle_outbox(std::span<const OutboxSettled> rows) {
  for (const OutboxSettled& settled : rows) {
    const auto row = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Waiting& waiting) { return waiting.no == settled.no; });
    if (row == waiting_.end()) continue;
    const std::uint64_t refused = std::min(settled.refused, row->row.samples);
    outbox_.refused += refused;
    outbox_.sent += row->row.samples - refused;
    leave(row);
  }
  return success();
}

Result<OutboxState> MemoryStore::outbox_state() {
  OutboxState now = outbox_;
  if (!waiting_.empty()) now.since = waiting_.front().since;
  return now;
}

Result<std::vector<LedgerRow>> MemoryStore::rows(const HostId& host, Grain grain, Hour from,
                                                 Hour to, std::size_t most) {
  std::vector<LedgerRow> found;
  const auto known = hosts_.find(host);
  if (known == hosts_.end()) return found;
  const auto& kept = grain == Grain::hour ? known->second.hours : known->second.days;
  for (auto row = kept.lower_bound(from); row != kept.end() && row->first < to; ++row) {
    if (found.size() == most) break;
    found.push_back({row->first, row->second});
  }
  return found;
}

Result<std::vector<QuietDay>> MemoryStore::quiet_days(const HostId& host, std::int32_t from) {
  std::vector<QuietDay> days;
  const auto known = hosts_.find(host);
  if (known == hosts_.end()) return days;
  const auto& kept = known->second.quiet_days;
  for (auto day = kept.lower_bound(from); day != kept.end(); ++day) days.push_back(day->second);
  return days;
}

Result<std::size_t> MemoryStore::roll_up(Hour before, std::size_t most) {
  std::size_t moved = 0;
  for (auto& [id, kept] : hosts_) {
    if (moved >= most) break;
    const auto end = kept.hours.lower_bound(before);
    for (auto hour = kept.hours.begin(); hour != end; ++moved) {
      kept.days[std::chrono::floor<std::chrono::days>(hour->first)] += hour->second;
      hour = kept.hours.erase(hour);
    }
  }
  return moved;
}

Result<std::unique_ptr<Store::Snapshot>> MemoryStore::snapshot() {
  return std::make_unique<Snapshot>();
}

Result<std::vector<std::string>> MemoryStore::check() { return std::vector<std::string>{}; }

Result<void> MemoryStore::backup(const std::filesystem::path&, const Progress&) {
  return fail(Errc::unsupported, "the memory store cannot be backed up; set store.kind to sqlite");
}

}  // namespace sobriety::collector
