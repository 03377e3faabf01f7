// The agent's side of one conversation, sans I/O: what to send, and what the answers mean.
#pragma once

#include "agent/spool/spool.hpp"
#include "proto/base/result.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace sobriety::agent {

// Bytes of batches that may be on their way without an ack.
inline constexpr std::size_t delivery_window = 128 * 1024;

class Delivery {
 public:
  explicit Delivery(Spool& spool) : spool_(spool) {}

  // The collector's answer. An error ends the conversation; a refusal is an error of code
  // unavailable whose wish for a pause is in retry_after().
  [[nodiscard]] Result<void> take(const wire::Frame& frame);

  // Appends what can be sent now: nothing before the welcome, nor beyond the window, nor a batch
  // more once `most` bytes are appended. True where that bound alone holds something back.
  bool pump(std::string& out, std::size_t most = std::numeric_limits<std::size_t>::max());

  [[nodiscard]] bool welcomed() const { return welcomed_; }
  // All that was made is acknowledged.
  [[nodiscard]] bool settled() const { return welcomed_ && spool_.empty(); }
  // The collector took something: a conversation that did not get anywhere is not to be had again
  // at once.
  [[nodiscard]] bool progressed() const { return progressed_ || settled(); }
  [[nodiscard]] std::chrono::milliseconds retry_after() const { return retry_after_; }

 private:
  Result<void> welcome(std::uint64_t committed_seq);
  Result<void> acknowledge(std::uint64_t seq);
  void declare_gap(std::string& out, std::uint64_t seq);

  Spool& spool_;
  bool welcomed_ = false;
  bool progressed_ = false;
  std::uint64_t next_to_send_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::size_t in_flight_ =
      0;  // bytes sent since the last time that everything sent was acknowledged
  SharedInventory inventory_;  // what the collector has been told
  std::chrono::milliseconds retry_after_{0};
};

}  // namespace sobriety::agent
