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

#include <string>

namespace sobriety::collector {

// What the connections of one thread share.
struct ShardThread {
  Shard& shard;
  GroupCommit& commit;
  DoorCounters& counters;
  const Clock& clock;
  wire::BatchCodec& codec;        // scratch: used within one step, never across a wait
  Batch& batch;                   // scratch
  ReplayClock* replay = nullptr;  // the clock, where it is the samples' own time
};

inline constexpr std::chrono::seconds frame_deadline{10};  // for a frame, once begun
inline constexpr std::size_t max_unsent = 64 * 1024;       // of acks that an agent does not read

class Connection final : public HostSession {
 public:
  // `received`: what came behind the hello.
  Connection(tcp::socket socket, ShardThread thread, wire::Hello hello, std::string received);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves until the connection ends.
  Task<> run();

  void committed(std::uint64_t seq) override;
  void superseded() override;
  // Says why and ends; run() returns soon after.
  void refuse(const wire::Refusal& refusal);
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

  tcp::socket socket_;
  ShardThread thread_;
  Session session_;
  Host& host_;
  std::string received_;
  Sender sender_;
  bool closed_ = false;
  bool in_frame_ = false;  // received_ holds the beginning of a frame
  Steady::time_point deadline_;
};

// Reads on behind `buffer`, in which the frame at the start is not complete. False: the end.
Task<bool> read_more(tcp::socket& socket, std::string& buffer);

}  // namespace sobriety::collector
