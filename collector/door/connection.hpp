// One agent's connection after its hello: a thin shell that reads frames, lets the session judge
// them, has the shard account for them and the group commit store them, and writes acks.
//
// Lives on its shard's thread. Nothing is read ahead into big buffers: what a connection holds is
// about a kilobyte, so that fifty thousand of them are ordinary.
#pragma once

#include "collector/door/counters.hpp"
#include "collector/door/replay_clock.hpp"
#include "collector/fleet/shard.hpp"
#include "collector/ledger/group_commit.hpp"
#include "collector/session/session.hpp"
#include "proto/runtime/sender.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sobriety::collector {

inline constexpr std::chrono::seconds frame_deadline{10};  // for a frame, once begun
inline constexpr std::size_t max_unsent = 64 * 1024;       // of acks that an agent does not read

// What the connections of one thread share.
struct ShardThread {
  Shard& shard;
  GroupCommit& commit;
  DoorCounters& counters;
  const Clock& clock;
  wire::BatchCodec& codec;    // scratch: used within one step, never across a wait
  Batch& batch;               // scratch
  Bytes min_rate{4U << 10U};  // a second, below which a long frame gets no more than its deadline
  ReplayClock* replay = nullptr;  // the clock, where it is the samples' own time
  Points points = Points::none;   // of what is taken
};

// A connection whose hello was read.
struct Newcomer {
  Channel channel;
  wire::Hello hello;
  std::string received;                      // what came behind the hello
  std::shared_ptr<void> place;               // its share of the limits
  std::optional<tls::PeerCertificate> peer;  // none on a plain connection
};

class Connection final : public HostSession {
 public:
  Connection(Newcomer newcomer, ShardThread thread);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves until the connection ends.
  Task<> run();

  void committed(std::uint64_t seq) override;
  void superseded() override;
  // Says why and ends; run() returns soon after.
  void refuse(const wire::Refusal& refusal);
  [[nodiscard]] const std::optional<tls::PeerCertificate>& peer() const { return peer_; }
  std::size_t position = 0;  // among the open connections of its thread

  // Ends the connection if what it waits for is overdue.
  void check_deadline(Steady::time_point now);

 private:
  bool take_frames();
  bool take(const wire::Frame& frame);
  void take_batch();
  void send(const std::string& bytes);
  void close();
  // How long an agent may be silent before its connection is given up.
  [[nodiscard]] std::chrono::milliseconds idle_deadline() const {
    return host_.report_interval * 3 + std::chrono::milliseconds{frame_deadline};
  }

  // When the frame at the start of received_ must be whole.
  [[nodiscard]] Steady::time_point frame_due() const;

  Channel channel_;
  std::shared_ptr<void> place_;
  std::optional<tls::PeerCertificate> peer_;
  ShardThread thread_;
  Session session_;
  Host& host_;
  std::string received_;
  Sender sender_;
  bool closed_ = false;
  bool in_frame_ = false;     // received_ holds the beginning of a frame
  Steady::time_point begun_;  // that frame
  Steady::time_point deadline_;
};

// Reads on behind `buffer`, in which the frame at the start is not complete. False: the end.
Task<bool> read_more(Channel& channel, std::string& buffer);

// Says why and ends a connection that has no session.
void refuse(Channel& channel, DoorCounters& counters, const wire::Refusal& refusal);

}  // namespace sobriety::collector
