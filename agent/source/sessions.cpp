#include "agent/source/sessions.hpp"

#include "agent/source/aside_reader.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace sobriety::agent {

namespace {
using namespace std::chrono_literals;

// People come and go in minutes; each question wakes logind.
constexpr auto period = 30s;

class SessionsSource final : public Source {
 public:
  SessionsSource(AskLogin ask, std::chrono::milliseconds pace, std::shared_ptr<const Clock> clock)
      : ask_(std::move(ask)), pace_(pace), clock_(std::move(clock)) {}

  [[nodiscard]] std::span<const Series> series() const override { return series_; }
  [[nodiscard]] bool needs_no_rescan() const override { return true; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    if (!reader_)
      reader_ = std::make_unique<AsideReader<LoginState>>(
          std::move(ask_), pace_,
          [](const Error& error) { spdlog::warn("sessions: {}", error.message); }, clock_);
    const auto newest = reader_->newest();
    ReadOutcome outcome;
    outcome.failures = static_cast<std::uint32_t>(newest.failures - failures_);
    failures_ = newest.failures;
    if (!newest.value || now.boottime - newest.at > 3 * pace_) return outcome;
    cells[0] = newest.value->local;
    cells[1] = newest.value->remote;
    cells[2] = newest.value->idle ? 1 : 0;
    cells[3] = newest.value->inhibitors;
    return outcome;
  }

  void take_over(Source& previous) override {
    auto* before = dynamic_cast<SessionsSource*>(&previous);
    if (before == nullptr) return;
    reader_ = std::move(before->reader_);
    failures_ = before->failures_;
  }

 private:
  std::vector<Series> series_{{SignalId::sessions, "local", {}, {}},
                              {SignalId::sessions, "remote", {}, {}},
                              {SignalId::sessions_idle, {}, {}, {}},
                              {SignalId::sleep_inhibitors, {}, {}, {}}};
  AskLogin ask_;
  std::chrono::milliseconds pace_;
  std::shared_ptr<const Clock> clock_;
  std::unique_ptr<AsideReader<LoginState>> reader_;  // none before the first reading
  std::uint64_t failures_ = 0;
};
}  // namespace

Discovery discover_sessions(const std::function<AskLogin()>& make, std::chrono::milliseconds pace,
                            std::shared_ptr<const Clock> clock) {
  if (const auto state = make()(); !state) return not_found(state.error());
  Discovery found;
  found.status = SourceStatus::found;
  found.summary = "numbers of sessions and of programs that forbid sleep, asked of logind every " +
                  std::to_string(std::chrono::ceil<std::chrono::seconds>(pace).count()) +
                  " s, on a thread of its own";
  found.source = std::make_unique<SessionsSource>(make(), pace, std::move(clock));
  return found;
}

Discovery discover_sessions(const Roots& roots, const SourceOptions&) {
  if (!roots.live()) return not_found({Errc::absent, "nobody uses a captured machine"});
  return discover_sessions(make_login_bus, period, std::make_shared<SystemClock>());
}

}  // namespace sobriety::agent
