#include "agent/source/ipmi_dcmi.hpp"

#include "agent/source/aside_reader.hpp"
#include "agent/source/power_integrator.hpp"

#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sobriety::agent {

namespace {
using namespace std::chrono_literals;

constexpr auto period = 10s;
constexpr auto longest_answer = 5s;
constexpr auto first_answer = 1s;
// At most two questions may stay unanswered.
constexpr Elapsed longest_silence = 3 * period + longest_answer;

constexpr unsigned char group_extension = 0x2c;  // network function of DCMI's commands
constexpr unsigned char get_power_reading = 0x02;
constexpr unsigned char dcmi = 0xdc;

class IpmiDevice {
 public:
  static Result<std::shared_ptr<IpmiDevice>> open(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) return system_error(errno, path.native());
    return std::shared_ptr<IpmiDevice>{new IpmiDevice{descriptor, path.native()}};
  }
  ~IpmiDevice() { ::close(descriptor_); }
  IpmiDevice(const IpmiDevice&) = delete;
  IpmiDevice& operator=(const IpmiDevice&) = delete;

  Result<Watts> ask_power(std::chrono::milliseconds patience) {
    BOOST_OUTCOME_TRYV(send());
    for (;;) {
      pollfd waiting{descriptor_, POLLIN, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(patience.count()));
      if (ready == 0) return fail(Errc::unavailable, path_ + ": the BMC does not answer");
      if (ready < 0 && errno != EINTR) return system_error(errno, path_);
      if (ready < 0) continue;
      std::array<unsigned char, IPMI_MAX_MSG_LENGTH> data{};
      ipmi_system_interface_addr address{};
      ipmi_recv answer{};
      answer.addr = reinterpret_cast<unsigned char*>(&address);
      answer.addr_len = sizeof address;
      answer.msg.data = data.data();
      answer.msg.data_len = data.size();
      if (::ioctl(descriptor_, IPMICTL_RECEIVE_MSG_TRUNC, &answer) < 0)
        return system_error(errno, path_);
      // An answer to a question that we gave up on, or an event.
      if (answer.recv_type != IPMI_RESPONSE_RECV_TYPE || answer.msgid != question_) continue;
      return parse_power_reading({data.data(), answer.msg.data_len});
    }
  }

 private:
  IpmiDevice(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  Result<void> send() {
    ipmi_system_interface_addr bmc{};
    bmc.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE;
    bmc.channel = IPMI_BMC_CHANNEL;
    // System power statistics, no attributes.
    std::array<unsigned char, 4> data{dcmi, 0x01, 0x00, 0x00};
    ipmi_req request{};
    request.addr = reinterpret_cast<unsigned char*>(&bmc);
    request.addr_len = sizeof bmc;
    request.msgid = ++question_;
    request.msg.netfn = group_extension;
    request.msg.cmd = get_power_reading;
    request.msg.data = data.data();
    request.msg.data_len = data.size();
    if (::ioctl(descriptor_, IPMICTL_SEND_COMMAND, &request) < 0) return system_error(errno, path_);
    return success();
  }

  int descriptor_;
  std::string path_;
  long question_ = 0;
};

class DcmiSource final : public Source {
 public:
  DcmiSource(AskPower ask, std::chrono::milliseconds pace, std::shared_ptr<const Clock> clock,
             bool answers)
      : ask_(std::move(ask)), pace_(pace), clock_(std::move(clock)), answers_(answers) {}

  [[nodiscard]] std::span<const Series> series() const override {
    return {&series_, answers_ ? 1U : 0U};
  }
  [[nodiscard]] bool needs_no_rescan() const override { return true; }

  ReadOutcome read(const Instant& now, std::span<Cell> cells) override {
    ReadOutcome outcome;
    if (!reader_) start();
    const auto newest = reader_->newest();
    outcome.failures = static_cast<std::uint32_t>(newest.failures - failures_);
    failures_ = newest.failures;
    if (!newest.value || now.boottime - newest.at > longest_silence) return outcome;
    if (!answers_) {
      outcome.rescan = true;
      return outcome;
    }
    if (meter_.advance(*newest.value, now.boottime))
      cells[0] = static_cast<Cell>(meter_.total().count());
    else
      ++outcome.discontinuities;
    return outcome;
  }

  void take_over(Source& previous) override {
    auto* before = dynamic_cast<DcmiSource*>(&previous);
    if (before == nullptr) return;
    meter_ = before->meter_;
    reader_ = std::move(before->reader_);
    failures_ = before->failures_;
    answers_ = answers_ || before->answers_ || (reader_ && reader_->newest().value);
  }

 private:
  void start() {
    reader_ = std::make_unique<AsideReader<Watts>>(
        [ask = ask_] { return ask(longest_answer); }, pace_,
        [](const Error& error) { spdlog::warn("ipmi_dcmi: {}", error.message); }, clock_);
  }

  Series series_{SignalId::component_energy, "ipmi_dcmi", EnergyScope::machine, {}};
  AskPower ask_;
  std::chrono::milliseconds pace_;
  std::shared_ptr<const Clock> clock_;
  bool answers_;
  PowerIntegrator meter_{longest_silence};
  std::unique_ptr<AsideReader<Watts>> reader_;  // none before the first reading
  std::uint64_t failures_ = 0;
};
}  // namespace

Result<Watts> parse_power_reading(std::span<const std::uint8_t> response) {
  constexpr std::size_t length = 19;  // code, group, 4 powers of 2, 2 times of 4, state
  constexpr std::uint8_t active = 0x40;
  if (response.empty()) return fail(Errc::malformed, "the BMC's answer is empty");
  if (response[0] != 0)
    return fail(Errc::unsupported, "the BMC does not tell its power (completion code " +
                                       std::to_string(response[0]) + ")");
  if (response.size() < length || response[1] != dcmi)
    return fail(Errc::malformed, "the BMC's answer is not that of DCMI");
  if ((response[18] & active) == 0)
    return fail(Errc::unsupported, "the BMC has its power measurement switched off");
  const auto watts = static_cast<unsigned>(response[2] | response[3] << 8U);
  if (watts == 0) return fail(Errc::broken, "the BMC says 0 W: it has no meter");
  return Watts{static_cast<double>(watts)};
}

Discovery discover_ipmi_dcmi(AskPower ask, std::chrono::milliseconds pace,
                             std::shared_ptr<const Clock> clock) {
  const auto power = ask(first_answer);
  const bool slow = !power && power.error().code == Errc::unavailable;
  if (!power && !slow) {
    // A BMC without this command is an ordinary one.
    const bool has_none = power.error().code == Errc::unsupported;
    return not_found({has_none ? Errc::absent : power.error().code, power.error().message});
  }
  Discovery found;
  found.status = SourceStatus::found;
  found.summary = "the BMC meters the whole machine and is asked every " +
                  std::to_string(std::chrono::ceil<std::chrono::seconds>(pace).count()) +
                  " s, on a thread of its own";
  if (slow)
    found.notes.push_back(power.error().message +
                          " within a second: its series begins with its first answer");
  found.source =
      std::make_unique<DcmiSource>(std::move(ask), pace, std::move(clock), power.has_value());
  return found;
}

Discovery discover_ipmi_dcmi(const Roots& roots, const SourceOptions&) {
  if (!roots.live()) return not_found({Errc::absent, "no BMC behind a captured machine"});
  const auto device = IpmiDevice::open("/dev/ipmi0");
  if (!device) {
    Discovery none = not_found(device.error());
    if (none.status == SourceStatus::denied)
      none.fix =
          "/dev/ipmi0 is for root: give it to a group of the agent's own (chgrp and chmod g+rw, by "
          "a udev rule that makes that last); who may write to it may command the BMC";
    return none;
  }
  return discover_ipmi_dcmi(
      [device = device.value()](std::chrono::milliseconds patience) {
        return device->ask_power(patience);
      },
      period, std::make_shared<SystemClock>());
}

}  // namespace sobriety::agent
