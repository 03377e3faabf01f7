#include "collector/expose/routes.hpp"

#include "collector/expose/host_writer.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

constexpr std::string_view text_type = "text/plain; charset=utf-8";
constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";
// Formatted in one go on a shard's thread, and sent in one go.
constexpr std::size_t piece_size = 512 * 1024;

// Runs on the shard's thread while its caller waits; `out` is the caller's.
Task<std::size_t> write_piece(std::string& out, MetricId metric, const Shard& shard,
                              std::size_t at) {
  co_return write_hosts(out, metric, shard.hosts(), at,
                        piece_size - std::min(out.size(), piece_size - 1));
}

struct Presence {
  std::size_t hosts = 0;
  std::size_t up = 0;
};
Task<Presence> presence(const Shard& shard) {
  const Presence seen{shard.hosts().size(), shard.up()};
  co_return seen;
}

}  // namespace

struct Routes::Route {
  std::string_view path;
  std::string_view method;
  Task<> (Routes::*serve)(const HttpRequest&, HttpReply&);
};

constexpr Routes::Route Routes::routes[] = {
    {"/", "GET", &Routes::page},
    {"/metrics", "GET", &Routes::metrics},
    {"/-/healthy", "GET", &Routes::healthy},
    {"/-/ready", "GET", &Routes::ready},
    {"/-/reload", "POST", &Routes::reload},
};

Task<> Routes::handle(const HttpRequest& request, HttpReply& reply) {
  const std::string_view method =
      request.method == "HEAD" ? "GET" : std::string_view{request.method};
  bool known = false;
  for (const Route& route : routes) {
    if (route.path != request.path) continue;
    known = true;
    if (route.method != method) continue;
    co_await (this->*route.serve)(request, reply);
    co_return;
  }
  if (known)
    co_await reply.reply(405, text_type, "this path wants another method\n");
  else
    co_await reply.reply(404, text_type, "not found; try /metrics\n");
}

Task<> Routes::page(const HttpRequest&, HttpReply& reply) {
  co_await reply.reply(200, "text/html; charset=utf-8",
                       "<!doctype html><html lang=\"en\"><title>sobriety collector</title>"
                       "<h1>sobriety collector</h1><ul>"
                       "<li><a href=\"/metrics\">/metrics</a></li>"
                       "<li><a href=\"/-/healthy\">/-/healthy</a></li>"
                       "<li><a href=\"/-/ready\">/-/ready</a></li></ul></html>\n");
}

Task<> Routes::healthy(const HttpRequest&, HttpReply& reply) {
  co_await reply.reply(200, text_type, "healthy\n");
}

Task<> Routes::ready(const HttpRequest&, HttpReply& reply) {
  std::string why_not;
  const bool ready = hooks_.ready(why_not);
  if (ready) why_not = "ready";
  why_not += '\n';
  co_await reply.reply(ready ? 200 : 503, text_type, why_not);
}

Task<> Routes::reload(const HttpRequest&, HttpReply& reply) {
  const bool done = hooks_.reload();
  // The problem names files of this machine: it is in the log, not in the answer.
  co_await reply.reply(
      done ? 200 : 500, text_type,
      done ? "reloaded\n" : "the configuration is refused and the old one stays; see the log\n");
}

Task<> Routes::metrics(const HttpRequest&, HttpReply& reply) {
  std::vector<BurstLoop::Awake> awake;
  awake.reserve(shards_.size());
  for (const ShownShard& shown : shards_) awake.emplace_back(shown.loop);
  Presence fleet;
  for (const ShownShard& shown : shards_) {
    auto work = presence(shown.shard);
    const Presence of_shard =
        co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
    fleet.hosts += of_shard.hosts;
    fleet.up += of_shard.up;
  }
  self_.set_fleet(fleet.up, fleet.hosts - fleet.up);
  bool connected = co_await reply.begin(metrics_type);
  if (!connected) co_return;
  std::string out = self_.text();
  if (show_hosts_) {
    for (const Metric& family : sobriety::metrics()) {
      write_header(out, family);
      for (const ShownShard& shown : shards_) {
        // A shard's hosts only ever grow in number; those that come during the scrape wait for the
        // next.
        for (std::size_t at = 0, before = 1; at != before;) {
          before = at;
          auto work = write_piece(out, family.id, shown.shard, at);
          at = co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
          if (out.size() < piece_size) continue;
          connected = co_await reply.write(out);
          if (!connected) co_return;
          out.clear();
        }
      }
    }
  }
  co_await reply.write(out);
}

}  // namespace sobriety::collector
