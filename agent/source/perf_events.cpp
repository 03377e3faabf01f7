#include "agent/source/perf_events.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace sobriety::agent {

namespace {
class KernelGroup final : public PerfGroup {
 public:
  explicit KernelGroup(unsigned cpu) : cpu_(cpu) {}
  ~KernelGroup() override {
    for (const int descriptor : descriptors_) ::close(descriptor);
  }
  KernelGroup(const KernelGroup&) = delete;
  KernelGroup& operator=(const KernelGroup&) = delete;

  Result<void> add(std::uint32_t type, std::uint64_t config) {
    perf_event_attr event{};
    event.size = sizeof event;
    event.type = type;
    event.config = config;
    event.read_format = PERF_FORMAT_GROUP;
    const int leader = descriptors_.empty() ? -1 : descriptors_.front();
    const long opened =
        ::syscall(SYS_perf_event_open, &event, -1, cpu_, leader, PERF_FLAG_FD_CLOEXEC);
    if (opened < 0) return system_error(errno, where());
    descriptors_.push_back(static_cast<int>(opened));
    return success();
  }

  Result<void> read(std::span<std::uint64_t> counts) override {
    std::array<std::uint64_t, 1 + PerfEvents::most_events> values;  // how many, and each
    const ssize_t got = ::read(descriptors_.front(), values.data(), sizeof values);
    if (got < 0) return system_error(errno, where());
    if (static_cast<std::size_t>(got) != (1 + counts.size()) * sizeof values[0] ||
        values[0] != counts.size())
      return fail(Errc::broken, where() + ": not as many counts as events");
    std::copy_n(values.begin() + 1, counts.size(), counts.begin());
    return success();
  }

 private:
  [[nodiscard]] std::string where() const {
    return "perf events of processor " + std::to_string(cpu_);
  }

  unsigned cpu_;
  std::vector<int> descriptors_;  // the leader first
};
}  // namespace

Result<std::unique_ptr<PerfGroup>> KernelPerfEvents::open(std::uint32_t type, unsigned cpu,
                                                          std::span<const std::uint64_t> configs) {
  auto group = std::make_unique<KernelGroup>(cpu);
  if (configs.empty() || configs.size() > most_events)
    return fail(Errc::unsupported, std::to_string(configs.size()) + " events in a group");
  for (const std::uint64_t config : configs) {
    BOOST_OUTCOME_TRYV(group->add(type, config));
  }
  return std::unique_ptr<PerfGroup>{std::move(group)};
}

}  // namespace sobriety::agent
