// A whole byte stream of a connection, as the door hands it on: the collector's session, the
// account of the host and the lines that show it. Whatever comes, counters do not go back and every
// line is one that a scraper takes.
#include "collector/expose/host_writer.hpp"
#include "collector/fleet/account.hpp"
#include "collector/fleet/shard.hpp"
#include "collector/session/session.hpp"
#include "tests/fuzz/promise.hpp"

#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace {

using namespace sobriety;
using namespace sobriety::collector;
using sobriety::fuzz::must;

constexpr std::size_t longest_hello = 4096;  // as at the door

class Conversation {
 public:
  void take_all(std::string_view stream) {
    while (true) {
      const auto frame =
          wire::next_frame(stream, host_ == nullptr ? longest_hello : wire::max_payload);
      if (!frame || !frame.value() || !take(*frame.value())) return;
      stream.remove_prefix(frame.value()->size);
    }
  }

  [[nodiscard]] const Shard& shard() const { return shard_; }

 private:
  // False ends the connection.
  bool take(const wire::Frame& frame) {
    Step step = session_.take(frame, codec_, batch_);
    if (auto* refusal = std::get_if<wire::Refusal>(&step)) {
      std::string bytes;
      wire::append(bytes, *refusal);
      must(wire::next_frame(bytes).has_value());
      return false;
    }
    if (auto* hello = std::get_if<wire::Hello>(&step)) {
      must(host_ == nullptr);
      host_ = &shard_.introduce(*hello, now, Steady::time_point{});
      session_.resume(host_->applied.seq);
      return true;
    }
    must(host_ != nullptr);
    if (auto* inventory = std::get_if<NewInventory>(&step))
      shard_.adopt(*host_, inventory->inventory);
    if (std::holds_alternative<NextBatch>(step)) take_batch();
    if (auto* skipped = std::get_if<Skipped>(&step))
      skip(*host_, skipped->last_seq, skipped->acknowledged);
    if (const auto* bye = std::get_if<wire::Goodbye>(&step)) shard_.goodbye(*host_, bye->reason);
    return true;
  }

  void take_batch() {
    must(host_->layout != nullptr && batch_.seq == host_->applied.seq + 1);
    apply(*host_, batch_, now);
    must(host_->applied.seq == batch_.seq);
    check_conservation();
    publish(*host_, std::move(host_->pending->row), host_->layout);
    host_->pending.reset();
  }

  // The hours gained add up to what the totals gained, whatever times and counters came.
  void check_conservation() {
    for (const HourFigures& hour : host_->pending->hours) {
      hours_ += hour.figures;
      must(hour.figures.time() <= 3'600'000);
    }
    must(hours_ == host_->account.totals);
    must(hours_.energy_by_quality() == hours_.energy_by_state());
    must(hours_[Figure::uj_low] <= hours_.energy_by_quality() &&
         hours_[Figure::uj_high] >= hours_.energy_by_quality());
    for (std::size_t i = 0; i < power_state_count; ++i) {
      const auto state = static_cast<PowerState>(i);
      must(hours_[time_figure_out(state)] <= hours_[time_figure(state)]);
      if (state != PowerState::lost)
        must(hours_[energy_figure_out(state)] <= hours_[energy_figure(state)]);
    }
  }

  static constexpr WallTime now{std::chrono::milliseconds{1'700'000'000'000}};
  Figures hours_;
  Names names_;
  Shard shard_{names_, 3};
  Session session_;
  wire::BatchCodec codec_;
  Batch batch_;
  Host* host_ = nullptr;
};

// `name{labels} value`, the labels quoted and escaped, the value a plain number.
std::string_view series_of(std::string_view line, std::string_view name) {
  must(line.substr(0, name.size()) == name && line.substr(name.size(), 1) == "{");
  std::size_t at = name.size();
  bool quoted = false;
  for (; at < line.size() && (quoted || line[at] != '}'); ++at) {
    if (quoted && line[at] == '\\') {
      ++at;
      must(at < line.size() && (line[at] == '\\' || line[at] == '"' || line[at] == 'n'));
    } else if (line[at] == '"') {
      quoted = !quoted;
    }
  }
  must(at + 2 < line.size() && line[at + 1] == ' ');
  double value = 0;
  const auto read = std::from_chars(line.data() + at + 2, line.data() + line.size(), value);
  must(read.ec == std::errc{} && read.ptr == line.data() + line.size());
  return line.substr(0, at + 1);
}

void check_exposition(const Shard& shard) {
  std::set<std::string_view> seen;
  for (const Metric& family : metrics()) {
    std::string text;
    std::size_t at = 0;
    while (at < shard.hosts().size())
      at = write_hosts(text, family.id, shard.hosts(), at, 64 * 1024);
    seen.clear();
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      must(end != std::string_view::npos);
      must(seen.insert(series_of(rest.substr(0, end), family.name)).second);
      rest.remove_prefix(end + 1);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Conversation conversation;
  conversation.take_all({reinterpret_cast<const char*>(data), size});
  check_exposition(conversation.shard());
  return 0;
}
