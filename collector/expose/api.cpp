#include "collector/expose/api.hpp"

#include "proto/base/text.hpp"

namespace sobriety::collector {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view root = "/api/v1/";

// Each runs on the shard's thread while its caller waits; arguments are the caller's.
Task<> read_page(std::vector<HostText>& into, const Shard& shard, const HostFilter& filter,
                 Wanted wanted, bool personal) {
  auto found = host_page(shard.hosts(), filter, wanted, personal);
  std::move(found.begin(), found.end(), std::back_inserter(into));
  co_return;
}
Task<> read_host(std::optional<HostText>& into, const Shard& shard, const HostId& id,
                 bool personal) {
  into = host_text(shard.hosts(), id, personal);
  co_return;
}
Task<> read_groups(std::vector<GroupView>& into, const Shard& shard) {
  auto found = groups_of(shard.hosts());
  std::move(found.begin(), found.end(), std::back_inserter(into));
  co_return;
}

using Make = std::function<Result<ReportAnswer>(const ReportRequest&)>;
Task<> make_report(std::optional<Result<ReportAnswer>>& into, const Make& make,
                   const ReportRequest& request) {
  into.emplace(make(request));
  co_return;
}

Result<ReportRequest> report_request(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto query, Query::parse(text, {"month", "again", "format", "lang",
                                                          "separator", "decimal_comma", "bom"}));
  ReportRequest request;
  const auto of = [&query](std::string_view name, std::string_view standard) {
    const std::string* value = query.find(name);
    return value == nullptr ? std::string{standard} : *value;
  };
  request.month = of("month", "");
  BOOST_OUTCOME_TRY(const std::size_t again, query.number("again", 0, 1, 1'000'000'000));
  request.again = static_cast<std::int64_t>(again);
  if (request.month.empty() && request.again == 0)
    return fail(Errc::malformed, "month: say which one, such as month=2026-10");
  BOOST_OUTCOME_TRY(request.style.format, report::parse_format(of("format", "json")));
  BOOST_OUTCOME_TRY(request.style.language, report::parse_language(of("lang", "en")));
  BOOST_OUTCOME_TRY(request.style.csv.separator, report::parse_separator(of("separator", ",")));
  BOOST_OUTCOME_TRY(request.style.csv.decimal_comma, query.flag("decimal_comma"));
  BOOST_OUTCOME_TRY(request.style.csv.byte_order_mark, query.flag("bom"));
  return request;
}

}  // namespace

Task<> Api::handle(const HttpRequest& request, HttpReply& reply) {
  if (request.method != "GET" && request.method != "HEAD") {
    const std::string problem = problem_text(405, "the API is read only");
    co_await reply.reply(405, problem_type, problem);
    co_return;
  }
  const std::string_view path = request.path;
  const std::string_view what = path.starts_with(root) ? path.substr(root.size()) : "";
  constexpr std::string_view of_host = "hosts/";
  if (what == "hosts")
    co_await hosts(request.query, Wanted::all, reply);
  else if (what == "idle")
    co_await hosts(request.query, Wanted::idle, reply);
  else if (what.starts_with(of_host))
    co_await host(what.substr(of_host.size()), request.query, reply);
  else if (what == "groups")
    co_await groups(request.query, reply);
  else if (what == "report")
    co_await report(request.query, reply);
  else {
    const Error error{Errc::absent,
                      "there is no such path; there are /api/v1/hosts, /api/v1/hosts/{id}, "
                      "/api/v1/groups, /api/v1/idle and /api/v1/report"};
    co_await refuse(reply, error);
  }
}

Task<> Api::hosts(std::string_view query, Wanted wanted, HttpReply& reply) {
  const auto filter = host_filter(query);
  if (!filter) {
    co_await refuse(reply, filter.error());
    co_return;
  }
  const auto awake = keep_awake();
  const bool personal = hooks_.privacy().host_detail;
  std::vector<HostText> found;
  for (const ShownShard& shown : shards_) {
    auto work = read_page(found, shown.shard, filter.value(), wanted, personal);
    co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
  }
  const std::string text = page_text(std::move(found), filter.value().limit);
  co_await reply.reply(200, json_type, text);
}

Task<> Api::host(std::string_view id, std::string_view query, HttpReply& reply) {
  const auto bytes = parse_hex_id(id);
  const auto none = Query::parse(query, {});
  if (!bytes || !none) {
    const Error error =
        bytes ? none.error()
              : Error{Errc::malformed, "expected the id of a host behind /api/v1/hosts/"};
    co_await refuse(reply, error);
    co_return;
  }
  const HostId host{bytes.value()};
  const auto awake = keep_awake();
  const ShownShard& shown = shards_[shard_of(host, shards_.size())];
  std::optional<HostText> found;
  const bool personal = hooks_.privacy().host_detail;
  auto work = read_host(found, shown.shard, host, personal);
  co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
  if (!found) {
    const Error error{Errc::absent, "no host of this id is shown"};
    co_await refuse(reply, error);
    co_return;
  }
  const std::string text = found->json + "\n";
  co_await reply.reply(200, json_type, text);
}

Task<> Api::groups(std::string_view query, HttpReply& reply) {
  const auto parsed = Query::parse(query, {"limit", "after"});
  if (!parsed) {
    co_await refuse(reply, parsed.error());
    co_return;
  }
  const auto limit = parsed.value().number("limit", 100, 1, most_a_page);
  const auto after = parsed.value().number("after", 0, 0, 1'000'000);
  if (!limit || !after) {
    const Error error = limit ? after.error() : limit.error();
    co_await refuse(reply, error);
    co_return;
  }
  const auto awake = keep_awake();
  std::vector<GroupView> found;
  for (const ShownShard& shown : shards_) {
    auto work = read_groups(found, shown.shard);
    co_await net::co_spawn(shown.context, std::move(work), net::use_awaitable);
  }
  auto all = together(std::move(found));
  const std::string text =
      groups_text(std::move(all), hooks_.privacy().min_group_size, limit.value(), after.value());
  co_await reply.reply(200, json_type, text);
}

Task<> Api::report(std::string_view query, HttpReply& reply) {
  const auto request = report_request(query);
  if (!request) {
    co_await refuse(reply, request.error());
    co_return;
  }
  if (reporting_) {
    const Error error{Errc::unavailable, "another report is being made; ask again in a moment"};
    co_await refuse(reply, error);
    co_return;
  }
  reporting_ = true;
  std::optional<Result<ReportAnswer>> made;
  auto work = make_report(made, hooks_.report, request.value());
  co_await net::co_spawn(aside_, std::move(work), net::use_awaitable);
  reporting_ = false;
  if (!*made) {
    co_await refuse(reply, made->error());
    co_return;
  }
  const ReportAnswer& answer = made->value();
  // The page has its style in itself, and nothing else.
  if (request.value().style.format == report::Format::html)
    reply.set("Content-Security-Policy",
              "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  co_await reply.reply(200, answer.media_type, answer.text);
}

Task<> Api::refuse(HttpReply& reply, const Error& error) {
  const unsigned status = status_of(error.code);
  // What is wrong within names files of this machine: it is not for everybody.
  const std::string problem =
      problem_text(status, status == 500 ? "the answer could not be made; see the collector's log"
                                         : std::string_view{error.message});
  co_await reply.reply(status, problem_type, problem);
}

std::vector<BurstLoop::Awake> Api::keep_awake() const {
  std::vector<BurstLoop::Awake> awake;
  awake.reserve(shards_.size());
  for (const ShownShard& shown : shards_) awake.emplace_back(shown.loop);
  return awake;
}

}  // namespace sobriety::collector
