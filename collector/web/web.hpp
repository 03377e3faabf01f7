// The HTTP side as a whole: a thread of its own, so that neither handshakes nor passwords nor
// compression keep agents waiting.
#pragma once

#include "collector/web/guard.hpp"
#include "collector/web/protection.hpp"
#include "proto/runtime/http_server.hpp"

#include <atomic>
#include <memory>
#include <thread>

namespace sobriety::collector {

class Web {
 public:
  // The acceptor is one of `context`, which runs on the thread that start() makes.
  Web(net::io_context& context, tcp::acceptor acceptor, const HttpLimits& limits,
      std::shared_ptr<ProtectionFile> file, const Guard::Refused& refused, Guard::Next next);
  ~Web();

  void start();
  // Ends all connections. Thread-safe.
  void stop();
  // The last answer was given or given up. Thread-safe.
  [[nodiscard]] bool ended() const { return ended_; }
  void join();

 private:
  net::io_context& context_;
  Guard guard_;
  HttpServer server_;
  std::thread thread_;
  std::atomic<bool> ended_ = false;
};

}  // namespace sobriety::collector
