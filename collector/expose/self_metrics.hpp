// The collector's own figures and those of the fleet as a whole, by prometheus-cpp.
#pragma once

#include "collector/door/counters.hpp"
#include "collector/expose/format.hpp"
#include "collector/ledger/group_commit.hpp"
#include "proto/runtime/http_server.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <mutex>
#include <optional>
#include <string>

namespace sobriety::collector {

// Counts for all threads; prometheus-cpp's counters are atomic.
class SelfMetrics final : public DoorCounters, public CommitCounters {
 public:
  SelfMetrics();

  void opened() override { connections_.Increment(); }
  void closed() override { connections_.Decrement(); }
  void received(std::size_t bytes) override { bytes_.Increment(static_cast<double>(bytes)); }
  void batch(std::size_t samples) override;
  void duplicate() override { duplicates_.Increment(); }
  void gap() override { gaps_.Increment(); }
  void implausible_times(unsigned samples) override { implausible_times_.Increment(samples); }
  void clock_steps(unsigned times) override { clock_steps_.Increment(times); }
  void refused(wire::RefusalReason reason) override;
  void truncated() override { truncated_.Increment(); }
  void timed_out() override { timeouts_.Increment(); }
  void handshake(Handshake result) override;
  void enrolment(bool answered) override {
    (answered ? enrolments_ : enrolments_limited_).Increment();
  }

  void committed(std::size_t hosts, std::chrono::nanoseconds took) override;
  void failed(const Error& why) override;
  // Why the last commit failed; nothing if it did not.
  [[nodiscard]] std::optional<std::string> store_problem() const;

  void refused_web(HttpRefusal why) { refused_web_[static_cast<std::size_t>(why)]->Increment(); }
  void rolled_up(std::size_t hours) { rolled_up_.Increment(static_cast<double>(hours)); }

  void set_fleet(std::size_t up, std::size_t silent);
  void reloaded(bool successful, double now_seconds);

  // For figures of parts that bring their own.
  [[nodiscard]] prometheus::Registry& registry() { return registry_; }
  [[nodiscard]] std::string text(Format format);

 private:
  prometheus::Registry registry_;
  prometheus::Gauge& connections_;
  prometheus::Counter& bytes_;
  prometheus::Counter& batches_;
  prometheus::Counter& samples_;
  prometheus::Counter& duplicates_;
  prometheus::Counter& gaps_;
  prometheus::Counter& implausible_times_;
  prometheus::Counter& clock_steps_;
  prometheus::Counter& truncated_;
  prometheus::Counter& timeouts_;
  std::array<prometheus::Counter*, wire::refusal_reason_count> refused_{};
  std::array<prometheus::Counter*, handshake_count> handshakes_{};
  prometheus::Counter& enrolments_;
  prometheus::Counter& enrolments_limited_;
  std::array<prometheus::Counter*, http_refusals.size()> refused_web_{};
  prometheus::Counter& commits_;
  prometheus::Counter& committed_hosts_;
  prometheus::Counter& commit_failures_;
  prometheus::Histogram& commit_duration_;
  prometheus::Gauge& store_failing_;
  prometheus::Counter& rolled_up_;
  prometheus::Gauge& fleet_up_;
  prometheus::Gauge& fleet_silent_;
  prometheus::Gauge& reload_successful_;
  prometheus::Gauge& reload_time_;
  prometheus::Counter& process_cpu_;
  prometheus::Gauge& process_resident_;
  prometheus::Gauge& process_descriptors_;
  prometheus::Gauge& process_threads_;
  mutable std::mutex mutex_;  // guards store_problem_
  std::optional<std::string> store_problem_;
};

}  // namespace sobriety::collector
