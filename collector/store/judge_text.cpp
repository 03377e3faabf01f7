#include "collector/store/judge_text.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace sobriety::collector {

namespace {

using std::chrono::milliseconds;
using Number = std::int64_t;

constexpr Number text_version = 1;
constexpr std::size_t words = most_idle_minutes / 64;

// Writes numbers to a text, or reads them from one: both walk over the account in one order.
class Writer {
 public:
  explicit Writer(std::string& text) : text_(text) {}
  template <class Integer>
  void number(Integer& value, Number = 0, Number = 0) {
    put(static_cast<Number>(value));
  }
  void time(WallTime& time) { put(time.time_since_epoch().count()); }
  void span(Elapsed& span) { put(std::chrono::duration_cast<milliseconds>(span).count()); }
  void span(milliseconds& span) { put(span.count()); }
  void energy(Microjoules& energy) { put(static_cast<Number>(energy.count())); }
  void signs(Signs& signs) { put(signs.bits()); }
  void minutes(std::bitset<most_idle_minutes>& bits) {
    const std::bitset<most_idle_minutes> mask{~0ULL};
    for (std::size_t i = 0; i < words; ++i)
      put(static_cast<Number>(((bits >> (64 * i)) & mask).to_ullong()));
  }

 private:
  void put(Number value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    if (!text_.empty()) text_ += ' ';
    text_.append(digits.data(), end);
  }
  std::string& text_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  template <class Integer>
  void number(Integer& value, Number least, Number most) {
    const Number read = get();
    good_ = good_ && read >= least && read <= most;
    if (good_) value = static_cast<Integer>(read);
  }
  void time(WallTime& time) { time = WallTime{milliseconds{get()}}; }
  void span(Elapsed& span) {
    const Number read = get();
    good_ = good_ && read >= -1 && read < std::numeric_limits<Number>::max() / 1'000'000;
    if (good_) span = milliseconds{read};
  }
  void span(milliseconds& span) { span = milliseconds{get()}; }
  void energy(Microjoules& energy) {
    const Number read = get();
    good_ = good_ && read >= 0;
    if (good_) energy = Microjoules{static_cast<std::uint64_t>(read)};
  }
  void signs(Signs& signs) { signs = Signs::of_bits(static_cast<std::uint8_t>(get())); }
  void minutes(std::bitset<most_idle_minutes>& bits) {
    for (std::size_t i = 0; i < words; ++i)
      bits |= std::bitset<most_idle_minutes>{static_cast<unsigned long long>(get())} << (64 * i);
  }
  [[nodiscard]] bool done() const { return good_ && rest_.empty(); }

 private:
  Number get() {
    Number value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) {
      good_ = false;
      return 0;
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    if (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1);
    return value;
  }
  std::string_view rest_;
  bool good_ = true;
};

template <class Way>
void walk_day(Way& way, QuietDay& day) {
  way.number(day.day, 0, std::numeric_limits<std::int32_t>::max());
  for (std::uint16_t* figure : {&day.minutes, &day.quiet, &day.low, &day.logins, &day.known})
    way.number(*figure, 0, 0xffff);
}

template <class Way>
void walk(Way& way, Account& account) {
  constexpr Number least = std::numeric_limits<Number>::min();
  constexpr Number most = std::numeric_limits<Number>::max();
  JudgeMemory& judge = account.judge;
  way.number(judge.idle.state, 0, static_cast<Number>(PowerState::idle));
  way.number(judge.idle.known, 0, most_idle_minutes);
  way.minutes(judge.idle.quiet);
  way.time(judge.since);
  way.time(judge.first_seen);
  way.number(judge.farewell, 0, static_cast<Number>(Farewell::suspend));
  way.signs(judge.signs);
  Bucket& bucket = judge.bucket;
  way.span(bucket.begin);
  for (Cell* cell : {&bucket.cpu, &bucket.cpu_rest, &bucket.received, &bucket.sent, &bucket.disk,
                     &bucket.agent_sent})
    way.number(*cell, least, most);
  People& people = judge.people;
  for (Cell* cell : {&people.local, &people.remote, &people.idle, &people.inhibitors, &people.gpu,
                     &people.agent_sent})
    way.number(*cell, least, most);
  way.span(people.busy_at);
  walk_day(way, judge.today);
  way.number(judge.known_ms, 0, 60'000);
  way.number(judge.standing.verdict, 0, static_cast<Number>(Verdict::exempt));
  way.number(judge.standing.left, 0, std::numeric_limits<std::int32_t>::max());
  way.span(account.wait.awake);
  way.energy(account.wait.psys);
  way.energy(account.wait.rapl);
  way.number(account.wait.load.cpu, least, most);
  way.number(account.wait.load.rest, least, most);
  way.time(account.wait.metered);
  way.time(account.wait.estimated);
}

}  // namespace

std::string judge_text(const Account& account) {
  std::string text = std::to_string(text_version);
  text.reserve(320);
  Writer writer{text};
  Account copy;  // the walk is one for both ways, and a writer changes nothing
  copy.judge = account.judge;
  copy.wait = account.wait;
  walk(writer, copy);
  return text;
}

Result<void> read_judge(std::string_view text, Account& account) {
  if (text.empty()) return success();
  Reader reader{text};
  Number version = 0;
  reader.number(version, text_version, text_version);
  Account read;
  walk(reader, read);
  if (!reader.done()) return fail(Errc::broken, "what its judge remembers cannot be read");
  account.judge = read.judge;
  account.wait = read.wait;
  return success();
}

}  // namespace sobriety::collector
