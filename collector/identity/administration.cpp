#include "collector/identity/administration.hpp"

#include "collector/store/sqlite_backup.hpp"
#include "proto/base/ids.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace sobriety::collector {

namespace {

constexpr std::size_t shortest_id = 8;  // digits

std::string without_dashes(std::string_view text) {
  std::string digits{text};
  std::erase(digits, '-');
  return digits;
}

// The one row of `rows` that `matches`.
template <class Row, class Matches>
Result<Row> only(const std::vector<Row>& rows, std::string_view what, std::string_view asked,
                 Matches matches) {
  const auto count = std::ranges::count_if(rows, matches);
  const std::string shown = std::string{what} + " '" + std::string{asked.substr(0, 64)} + "'";
  if (count == 0) return fail(Errc::absent, "there is no " + shown);
  if (count > 1)
    return fail(Errc::malformed, std::to_string(count) + " are called " + shown +
                                     "; give the whole id, which the list has");
  return *std::ranges::find_if(rows, matches);
}

Result<HostRow> find_host(Register& hosts, std::string_view asked) {
  BOOST_OUTCOME_TRY(const auto rows, hosts.hosts());
  const std::string id = without_dashes(asked);
  // An id in full is never taken for a name.
  for (const HostRow& row : rows)
    if (row.id.hex() == id) return row;
  return only(rows, "host", asked, [&](const HostRow& row) {
    return row.name == asked || (id.size() >= shortest_id && row.id.hex().starts_with(id));
  });
}

// Rows of cells, each column as wide as its widest.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

std::string shown(const std::string& text) { return text.empty() ? "-" : text; }

std::string_view state_of(const TokenRow& token, WallTime now) {
  if (token.revoked) return "revoked";
  if (now >= token.expires) return "expired";
  return token.uses >= token.max_uses ? "used up" : "good";
}

}  // namespace

std::string time_text(WallTime time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts);
  return text;
}

Result<std::string> create_token(Register& hosts, const identity::Digest& pin,
                                 const TokenWish& wish, WallTime now) {
  if (wish.endpoints.empty() || wish.endpoints.size() > identity::max_endpoints)
    return fail(Errc::malformed,
                "a token has 1 to 8 endpoints, got " + std::to_string(wish.endpoints.size()));
  for (const Endpoint& endpoint : wish.endpoints)
    if (const auto problem = identity::problem_of(endpoint); !problem.empty())
      return fail(Errc::malformed, "the endpoint " + to_string(endpoint) + " " + problem);
  if (wish.lifetime <= std::chrono::milliseconds{0} || wish.lifetime > longest_token)
    return fail(Errc::malformed, "a token lives for at most 366d");
  if (wish.max_uses < 1 || wish.max_uses > 1'000'000)
    return fail(Errc::malformed, "a token is for 1 to 1000000 hosts");
  const identity::Token token{TokenId::random(), identity::random_secret(), pin, wish.endpoints};
  const std::string_view secret{reinterpret_cast<const char*>(token.secret.data()),
                                token.secret.size()};
  BOOST_OUTCOME_TRY(hosts.add(TokenRow{token.id, identity::sha256(secret), now, now + wish.lifetime,
                                       wish.max_uses, 0, wish.group, false}));
  return identity::format(token);
}

Result<TokenRow> revoke_token(Register& hosts, std::string_view id) {
  BOOST_OUTCOME_TRY(const auto rows, hosts.tokens());
  const std::string digits = without_dashes(id);
  BOOST_OUTCOME_TRY(const auto token, only(rows, "token", id, [&](const TokenRow& row) {
                      return digits.size() >= shortest_id && row.id.hex().starts_with(digits);
                    }));
  BOOST_OUTCOME_TRY(hosts.revoke(token.id));
  return token;
}

Result<HostRow> revoke_host(Register& hosts, std::string_view host) {
  BOOST_OUTCOME_TRY(const auto found, find_host(hosts, host));
  BOOST_OUTCOME_TRY(hosts.set(found.id, Standing::revoked));
  return found;
}

Result<HostRow> approve_host(Register& hosts, std::string_view host) {
  BOOST_OUTCOME_TRY(const auto found, find_host(hosts, host));
  if (found.standing != Standing::pending)
    return fail(Errc::malformed, "host " + found.name + " (" + found.id.hex() + ") is " +
                                     std::string{to_string(found.standing)} + ", not pending" +
                                     (found.standing == Standing::revoked
                                          ? "; it comes back as another host, by a new token"
                                          : ""));
  BOOST_OUTCOME_TRY(hosts.set(found.id, Standing::approved));
  return found;
}

Result<void> back_up_register(const std::filesystem::path& directory,
                              const std::filesystem::path& file) {
  BOOST_OUTCOME_TRY(const auto hosts, Register::open(register_file(directory)));
  return back_up(hosts->database(), file, [](std::uint64_t, std::uint64_t) {});
}

std::string tokens_table(const std::vector<TokenRow>& tokens, WallTime now) {
  std::vector<std::vector<std::string>> rows{{"TOKEN", "STATE", "USES", "EXPIRES", "GROUP"}};
  for (const TokenRow& token : tokens)
    rows.push_back({token.id.hex(), std::string{state_of(token, now)},
                    std::to_string(token.uses) + "/" + std::to_string(token.max_uses),
                    time_text(token.expires), shown(token.group)});
  return table(rows);
}

std::string hosts_table(const std::vector<HostRow>& hosts) {
  std::vector<std::vector<std::string>> rows{{"HOST", "STATE", "ENROLLED", "GROUP", "NAME"}};
  for (const HostRow& host : hosts)
    rows.push_back({host.id.hex(), std::string{to_string(host.standing)}, time_text(host.enrolled),
                    shown(host.group), host.name});
  return table(rows);
}

Result<std::string> authority_text(const Authority& authority) {
  BOOST_OUTCOME_TRY(const auto server, authority.server());
  std::string names;
  for (const std::string& name : server.names()) names += (names.empty() ? "" : ", ") + name;
  const auto line = [](const std::string& what, const identity::Certificate& certificate) {
    return what + certificate.subject() + ", until " + time_text(certificate.not_after()) + "\n";
  };
  return "directory:   " + authority.files().directory.string() + "\n" +
         line("root:        ", authority.root()) + "pin:         " + to_hex(authority.pin()) +
         "\n" + line("issuing CA:  ", authority.issuing()) + line("server:      ", server) +
         "names:       " + names + "\n";
}

}  // namespace sobriety::collector
