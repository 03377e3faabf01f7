#include "collector/remote/url.hpp"

#include "proto/runtime/values.hpp"

#include <algorithm>

namespace sobriety::collector::remote {

namespace {

bool is_target_char(char c) { return c > ' ' && c < '\x7f' && c != '#' && c != '"'; }

// "host", "host:port", "[::1]" or "[::1]:port".
std::optional<Endpoint> endpoint_of(std::string_view text, std::uint16_t port) {
  const auto bracket = text.rfind(']');
  const bool has_port =
      text.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
  const std::string whole =
      has_port ? std::string{text} : std::string{text} + ':' + std::to_string(port);
  return parse_endpoint(whole);
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("https://"))
    url.tls = true;
  else if (!text.starts_with("http://"))
    return fail(Errc::malformed, "expected http://… or https://…");
  text.remove_prefix(url.tls ? 8 : 7);
  const auto path = std::min(text.find_first_of("/?#"), text.size());
  const std::string_view authority = text.substr(0, path);
  if (authority.find('@') != std::string_view::npos)
    return fail(Errc::malformed,
                "has a user in it: give basic_auth.username and basic_auth.password_file instead");
  const auto endpoint =
      authority.empty() ? std::nullopt : endpoint_of(authority, url.tls ? 443 : 80);
  if (!endpoint || endpoint->port == 0)
    return fail(Errc::malformed, "has no host, or one that is not a name or an address");
  url.endpoint = *endpoint;
  const std::string_view target = text.substr(path);
  if (!std::all_of(target.begin(), target.end(), is_target_char))
    return fail(Errc::malformed, "has a path that no request can have");
  if (!target.empty()) url.target = (target.front() == '?' ? "/" : "") + std::string{target};
  return url;
}

std::string shown_url(const Url& url) {
  return (url.tls ? "https://" : "http://") + to_string(url.endpoint) +
         url.target.substr(0, url.target.find('?'));
}

}  // namespace sobriety::collector::remote
