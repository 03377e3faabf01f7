// The collector's HTTP surface: a table of paths, and /metrics streamed shard by shard.
#pragma once

#include "collector/expose/exposition.hpp"
#include "collector/expose/self_metrics.hpp"
#include "collector/expose/slice.hpp"
#include "collector/fleet/shard.hpp"
#include "collector/report/input.hpp"
#include "proto/runtime/burst_loop.hpp"
#include "proto/runtime/http_server.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace sobriety::collector {

// A shard and the thread on which alone it may be read.
struct ShownShard {
  net::io_context& context;
  BurstLoop& loop;
  const Shard& shard;
};

class Api;

class Routes {
 public:
  struct Hooks {
    std::function<bool(std::string& why_not)> ready;  // may fill in why not
    std::function<Task<bool>()> reload;  // reads the configuration again; logs what is wrong
    std::function<WallTime()> now;       // by the clock that hosts are judged by
  };

  // `api`: what answers below /api/.
  Routes(std::vector<ShownShard> shards, SelfMetrics& self, Hooks hooks, report::Privacy privacy,
         std::unique_ptr<Api> api);
  ~Routes();

  Task<> handle(const HttpRequest& request, HttpReply& reply);

  // Whether /metrics has the per-host families. From any thread.
  void show_hosts(bool shown) { show_hosts_ = shown; }

 private:
  struct Route;
  static const Route routes[];

  Task<> page(const HttpRequest& request, HttpReply& reply);
  Task<> metrics(const HttpRequest& request, HttpReply& reply);
  Task<> host_metrics(const HttpRequest& request, HttpReply& reply);
  Task<> healthy(const HttpRequest& request, HttpReply& reply);
  Task<> ready(const HttpRequest& request, HttpReply& reply);
  Task<> reload(const HttpRequest& request, HttpReply& reply);

  [[nodiscard]] std::vector<BurstLoop::Awake> keep_awake() const;
  Task<> count_fleet();
  Task<std::string> group_figures(Format format);
  Task<bool> add_hosts(Exposition& exposition, Slice slice);

  std::vector<ShownShard> shards_;
  SelfMetrics& self_;
  Hooks hooks_;
  const report::Privacy privacy_;
  std::unique_ptr<Api> api_;
  std::atomic<bool> show_hosts_ = true;
};

}  // namespace sobriety::collector
