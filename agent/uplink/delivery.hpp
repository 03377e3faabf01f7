// The agent's side of one conversation, sans I/O: what to send, and what the answers mean.
#pragma once

#include "agent/uplink/queue.hpp"
#include "proto/base/result.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <cstdint>
#include <string>

namespace sobriety::agent {

// Bytes of batches that may be on their way without an ack.
inline constexpr std::size_t delivery_window = 128 * 1024;

class Delivery {
 public:
  explicit Delivery(Queue& queue) : queue_(queue) {}

  // The collector's answer. An error ends the conversation; a refusal is an error of code
  // unavailable whose wish for a pause is in retry_after().
  [[nodiscard]] Result<void> take(const wire::Frame& frame);

  // Appends what can be sent now: nothing before the welcome, nor beyond the window.
  void pump(std::string& out);

  [[nodiscard]] bool welcomed() const { return welcomed_; }
  // All that was made is acknowledged.
  [[nodiscard]] bool settled() const { return welcomed_ && queue_.empty(); }
  [[nodiscard]] std::chrono::milliseconds retry_after() const { return retry_after_; }

 private:
  Result<void> acknowledge(std::uint64_t seq);

  Queue& queue_;
  bool welcomed_ = false;
  std::uint64_t next_to_send_ = 1;
  std::uint64_t acknowledged_ = 0;
  std::size_t in_flight_ =
      0;  // bytes sent since the last time that everything sent was acknowledged
  SharedInventory inventory_;  // what the collector has been told
  std::chrono::milliseconds retry_after_{0};
};

}  // namespace sobriety::agent
