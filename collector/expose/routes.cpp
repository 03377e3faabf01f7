#include "collector/expose/routes.hpp"

#include "collector/expose/api.hpp"
#include "collector/expose/group_metrics.hpp"
#include "collector/expose/host_writer.hpp"
#include "collector/expose/negotiate.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

constexpr std::string_view text_type = "text/plain; charset=utf-8";

// Formatted by all shards together at a time, which is what a scrape holds; each has at least the
// lesser of these. Each piece costs two wake-ups of a thread: 160 context switches a scrape of
// 10,000 hosts, where half of this made it 290.
constexpr std::size_t gathered = 1024 * 1024;
constexpr std::size_t least_piece = 64 * 1024;

// Runs on the shard's thread while its caller, whose the piece is, waits.
Task<> refill(HostsPiece& piece, const Shard& shard, std::size_t limit, HostChoice choice) {
  write_piece(piece, shard.hosts(), limit, choice);
  co_return;
}

struct Presence {
  std::size_t hosts = 0;
  std::size_t up = 0;
};
Task<Presence> presence(const Shard& shard) {
  const Presence seen{shard.hosts().size(), shard.up()};
  co_return seen;
}

// Runs on the shard's thread.
Task<GroupTable> groups_of(const Shard& shard, WallTime now) {
  GroupTable table = group_table(shard, now);
  co_return table;
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
    {"/metrics/hosts", "GET", &Routes::host_metrics},
    {"/-/healthy", "GET", &Routes::healthy},
    {"/-/ready", "GET", &Routes::ready},
    {"/-/reload", "POST", &Routes::reload},
};

Routes::Routes(std::vector<ShownShard> shards, SelfMetrics& self, Hooks hooks,
               report::Privacy privacy, std::unique_ptr<Api> api)
    : shards_(std::move(shards)),
      self_(self),
      hooks_(std::move(hooks)),
      privacy_(privacy),
      api_(std::move(api)) {}
Routes::~Routes() = default;

Task<> Routes::handle(const HttpRequest& request, HttpReply& reply) {
  if (request.path.starts_with("/api/")) {
    co_await api_->handle(request, reply);
    co_return;
  }
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
                       "<li><a href=\"/metrics/hosts\">/metrics/hosts</a></li>"
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
  const bool done = co_await hooks_.reload();
  // The problem names files of this machine: it is in the log, not in the answer.
  co_await reply.reply(
      done ? 200 : 500, text_type,
      done ? "reloaded\n" : "the configuration is refused and the old one stays; see the log\n");
}

// The shards' threads take no rest while a scrape waits for them.
std::vector<BurstLoop::Awake> Routes::keep_awake() const {
  std::vector<BurstLoop::Awake> awake;
  awake.reserve(shards_.size());
  for (const ShownShard& shown : shards_) awake.emplace_back(shown.loop);
  return awake;
}

Task<> Routes::count_fleet() {
  Presence fleet;
  for (const ShownShard& shown : shards_) {
    auto work = presence(shown.shard);
    const Presence of_shard =
        co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
    fleet.hosts += of_shard.hosts;
    fleet.up += of_shard.up;
  }
  self_.set_fleet(fleet.up, fleet.hosts - fleet.up);
}

Task<std::string> Routes::group_figures(Format format) {
  const WallTime now = hooks_.now();
  GroupTable fleet;
  for (const ShownShard& shown : shards_) {
    auto work = groups_of(shown.shard, now);
    const GroupTable of_shard =
        co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
    fleet += of_shard;
  }
  co_return group_text(fleet, privacy_.min_group_size, now, format);
}

// Family after family, as the formats want it: each shard writes a piece ahead, of as many families
// as fit, on its own thread. A shard's hosts only ever grow in number; those that come during the
// scrape may be in the later families alone.
Task<bool> Routes::add_hosts(Exposition& exposition, Slice slice) {
  const std::size_t limit =
      std::max(least_piece, gathered / std::max<std::size_t>(1, shards_.size()));
  std::vector<HostsPiece> pieces(shards_.size());
  std::vector<std::size_t> taken(shards_.size());  // bytes of each piece that are on their way
  const HostChoice choice{slice, privacy_.host_detail};
  std::string header;
  for (std::size_t family = 0; family < metric_count; ++family) {
    header.clear();
    write_header(header, sobriety::metrics()[family], exposition.format());
    bool connected = co_await exposition.add(header);
    for (std::size_t i = 0; connected && i < shards_.size(); ++i) {
      HostsPiece& piece = pieces[i];
      for (bool complete = false; connected && !complete;) {
        complete = piece.family > family;
        const std::size_t end = complete ? piece.ends[family] : piece.text.size();
        const std::string_view part = std::string_view{piece.text}.substr(taken[i], end - taken[i]);
        taken[i] = end;
        connected = co_await exposition.add(part);
        if (complete) continue;
        auto work = refill(piece, shards_[i].shard, limit, choice);
        co_await net::co_spawn(shards_[i].context, std::move(work), net::use_awaitable);
        taken[i] = 0;
      }
    }
    if (!connected) co_return false;
  }
  co_return true;
}

Task<> Routes::metrics(const HttpRequest& request, HttpReply& reply) {
  const auto awake = keep_awake();
  co_await count_fleet();
  Exposition exposition{reply, negotiate_format(request.accept),
                        negotiate_coding(request.accept_encoding)};
  bool connected = co_await exposition.begin();
  if (connected) {
    const std::string own = self_.text(exposition.format());
    connected = co_await exposition.add(own);
  }
  if (connected) {
    const std::string groups = co_await group_figures(exposition.format());
    connected = co_await exposition.add(groups);
  }
  if (connected && show_hosts_) {
    const Slice all;
    connected = co_await add_hosts(exposition, all);
  }
  if (connected) co_await exposition.end();
}

Task<> Routes::host_metrics(const HttpRequest& request, HttpReply& reply) {
  const auto slice = slice_of(request.query);
  if (!slice) {
    const std::string what = slice.error().message + '\n';
    co_await reply.reply(400, text_type, what);
    co_return;
  }
  const auto awake = keep_awake();
  Exposition exposition{reply, negotiate_format(request.accept),
                        negotiate_coding(request.accept_encoding)};
  bool connected = co_await exposition.begin();
  if (connected) connected = co_await add_hosts(exposition, slice.value());
  if (connected) co_await exposition.end();
}

}  // namespace sobriety::collector
