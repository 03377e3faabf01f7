// The HTTP API below /api/v1: hosts, groups, idle hosts and reports as JSON, read only. Hosts are
// looked at on the threads that own them, a page at a time; reports are made aside.
#pragma once

#include "collector/expose/host_view.hpp"
#include "collector/expose/routes.hpp"
#include "collector/report/issue.hpp"

#include <functional>

namespace sobriety::collector {

struct ReportRequest {
  std::string month;
  std::int64_t again = 0;  // the number of an issue, 0: the newest of the month, or a new one
  report::Style style;
};
struct ReportAnswer {
  std::string media_type;
  std::string text;
};

class Api {
 public:
  struct Hooks {
    // Blocks; called on a thread of its own, one call at a time.
    std::function<Result<ReportAnswer>(const ReportRequest&)> report;
    std::function<report::Privacy()> privacy;
  };

  Api(std::vector<ShownShard> shards, Hooks hooks)
      : shards_(std::move(shards)), hooks_(std::move(hooks)) {}

  Task<> handle(const HttpRequest& request, HttpReply& reply);

 private:
  Task<> hosts(std::string_view query, Wanted wanted, HttpReply& reply);
  Task<> host(std::string_view id, std::string_view query, HttpReply& reply);
  Task<> groups(std::string_view query, HttpReply& reply);
  Task<> report(std::string_view query, HttpReply& reply);
  Task<> refuse(HttpReply& reply, const Error& error);
  [[nodiscard]] std::vector<BurstLoop::Awake> keep_awake() const;

  std::vector<ShownShard> shards_;
  Hooks hooks_;
  bool reporting_ = false;
  net::thread_pool aside_{1};
};

}  // namespace sobriety::collector
