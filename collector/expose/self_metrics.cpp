#include "collector/expose/self_metrics.hpp"

#include "collector/expose/family_writer.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace sobriety::collector {

namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help,
                             const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help,
                         const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double entries(const char* directory) {
  DIR* open = ::opendir(directory);
  if (open == nullptr) return 0;
  double count = -2;  // . and ..
  while (::readdir(open) != nullptr) ++count;
  ::closedir(open);
  return count;
}

// Linux tells it as the size of the directory since 6.2; before, the entries must be counted.
double open_descriptors() {
  struct stat status {};
  if (::stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
    return static_cast<double>(status.st_size);
  return entries("/proc/self/fd") - 1;  // less the one that reads the directory
}

constexpr const char* enrolment_help =
    "Requests for certificates that came through the door, by whether its limits let them.";
constexpr const char* fleet_help = "Hosts that ever reported, by whether they do now.";

}  // namespace

SelfMetrics::SelfMetrics()
    : connections_(gauge(registry_, "sobriety_door_connections", "Open connections of agents.")),
      bytes_(counter(registry_, "sobriety_ingest_bytes_total",
                     "Bytes of frames received from agents.")),
      batches_(counter(registry_, "sobriety_ingest_batches_total", "Batches taken into account.")),
      samples_(counter(registry_, "sobriety_ingest_samples_total",
                       "Samples of hosts taken into account.")),
      duplicates_(counter(registry_, "sobriety_ingest_duplicate_batches_total",
                          "Batches that came again and changed nothing.")),
      gaps_(counter(registry_, "sobriety_ingest_gaps_total",
                    "Ranges of batches that agents declared dropped.")),
      implausible_times_(counter(registry_, "sobriety_ingest_implausible_times_total",
                                 "Samples from the future, accounted when they arrived.")),
      clock_steps_(counter(registry_, "sobriety_ingest_clock_steps_total",
                           "Times that a host's clock was found wrong and its boot was placed anew "
                           "on the calendar.")),
      truncated_(counter(registry_, "sobriety_door_truncated_total",
                         "Connections whose other side ended them in the middle of a frame.")),
      timeouts_(
          counter(registry_, "sobriety_door_timeouts_total",
                  "Connections ended because a frame came too late or too slowly, or none came.")),
      enrolments_(counter(registry_, "sobriety_door_enrolment_requests_total", enrolment_help,
                          {{"result", "answered"}})),
      enrolments_limited_(counter(registry_, "sobriety_door_enrolment_requests_total",
                                  enrolment_help, {{"result", "too_many"}})),
      commits_(counter(registry_, "sobriety_commit_total", "Commits to the store.")),
      committed_hosts_(
          counter(registry_, "sobriety_commit_hosts_total", "Hosts in those commits.")),
      commit_failures_(
          counter(registry_, "sobriety_commit_failures_total",
                  "Commits that the store refused; their batches are not acknowledged.")),
      commit_duration_(
          prometheus::BuildHistogram()
              .Name("sobriety_commit_duration_seconds")
              .Help("Time from handing a commit to the store until it was durable.")
              .Register(registry_)
              .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.005, 0.02, 0.1, 0.5, 2})),
      store_failing_(gauge(registry_, "sobriety_store_failing",
                           "1 while the store refuses commits and agents are not acknowledged.")),
      rolled_up_(counter(registry_, "sobriety_store_rolled_up_rows_total",
                         "Rows of hosts and hours that were old enough to be kept by day.")),
      fleet_up_(gauge(registry_, "sobriety_fleet_hosts", fleet_help, {{"state", "up"}})),
      fleet_silent_(gauge(registry_, "sobriety_fleet_hosts", fleet_help, {{"state", "silent"}})),
      reload_successful_(gauge(registry_, "sobriety_config_last_reload_successful",
                               "1 if the configuration that was read last is in use.")),
      reload_time_(gauge(registry_, "sobriety_config_last_reload_success_timestamp_seconds",
                         "When the configuration in use was read.")),
      process_cpu_(counter(registry_, "process_cpu_seconds_total", "CPU time of the collector.")),
      process_resident_(
          gauge(registry_, "process_resident_memory_bytes", "Resident memory of the collector.")),
      process_descriptors_(
          gauge(registry_, "process_open_fds", "Open file descriptors of the collector.")),
      process_threads_(gauge(registry_, "process_threads", "Threads of the collector.")) {
  gauge(registry_, "sobriety_build_info", "Version of the collector, always 1.",
        {{"version", SOBRIETY_VERSION}})
      .Set(1);
  for (std::uint8_t reason = 1; reason < wire::refusal_reason_count; ++reason)
    refused_[reason] = &counter(
        registry_, "sobriety_door_refused_total", "Connections refused or ended, by reason.",
        {{"reason", std::string{wire::to_string(static_cast<wire::RefusalReason>(reason))}}});
  for (std::size_t result = 0; result < handshake_count; ++result)
    handshakes_[result] = &counter(
        registry_, "sobriety_door_handshakes_total", "TLS handshakes with agents, by result.",
        {{"result", std::string{to_string(static_cast<Handshake>(result))}}});
  for (std::size_t why = 0; why < http_refusals.size(); ++why)
    refused_web_[why] = &counter(registry_, "sobriety_web_refused_total",
                                 "HTTP connections and requests that were refused, by reason.",
                                 {{"reason", std::string{http_refusals[why]}}});
}

void SelfMetrics::handshake(Handshake result) {
  handshakes_[static_cast<std::size_t>(result)]->Increment();
}

void SelfMetrics::batch(std::size_t samples) {
  batches_.Increment();
  samples_.Increment(static_cast<double>(samples));
}

void SelfMetrics::refused(wire::RefusalReason reason) {
  if (auto* counted = refused_[static_cast<std::size_t>(reason)]) counted->Increment();
}

void SelfMetrics::committed(std::size_t hosts, std::chrono::nanoseconds took) {
  commits_.Increment();
  committed_hosts_.Increment(static_cast<double>(hosts));
  commit_duration_.Observe(std::chrono::duration<double>(took).count());
  store_failing_.Set(0);
  const std::lock_guard lock{mutex_};
  store_problem_.reset();
}

void SelfMetrics::failed(const Error& why) {
  commit_failures_.Increment();
  store_failing_.Set(1);
  const std::lock_guard lock{mutex_};
  store_problem_ = why.message;
}

std::optional<std::string> SelfMetrics::store_problem() const {
  const std::lock_guard lock{mutex_};
  return store_problem_;
}

void SelfMetrics::set_fleet(std::size_t up, std::size_t silent) {
  fleet_up_.Set(static_cast<double>(up));
  fleet_silent_.Set(static_cast<double>(silent));
}

void SelfMetrics::reloaded(bool successful, double now_seconds) {
  reload_successful_.Set(successful ? 1 : 0);
  if (successful) reload_time_.Set(now_seconds);
}

std::string SelfMetrics::text(Format format) {
  process_cpu_.Increment(std::max(0.0, cpu_seconds() - process_cpu_.Value()));
  process_resident_.Set(resident_bytes());
  process_descriptors_.Set(open_descriptors());
  process_threads_.Set(entries("/proc/self/task"));
  std::string out;
  write_families(out, registry_.Collect(), format);
  return out;
}

}  // namespace sobriety::collector
