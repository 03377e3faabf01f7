// A web configuration file: what is taken is fit to be used, and is taken the same again.
#include "collector/web/bcrypt.hpp"
#include "collector/web/web_config.hpp"
#include "tests/fuzz/promise.hpp"

#include <cstddef>
#include <cstdint>

using namespace sobriety;
using namespace sobriety::collector;
using sobriety::fuzz::must;

namespace {

Result<WebConfig> read(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto document, yaml::parse(text, "web.yaml"));
  return read_web_config(document, "/etc/sobriety");
}

void check(const WebConfig& config) {
  for (const auto& user : config.users) {
    must(is_bcrypt(user.hash));
    must(!user.name.empty() && user.name.find(':') == std::string::npos);
  }
  for (const auto& [name, value] : config.headers)
    must(!value.empty() && value.find_first_of("\r\n") == std::string::npos);
  must(config.rate_limit.burst > 0 && config.rate_limit.interval.count() >= 0);
  if (!config.tls) return;
  must(config.tls->certificate.is_absolute() && config.tls->key.is_absolute());
  must(config.tls->least <= config.tls->most);
  if (config.tls->client_auth == ClientAuth::require) must(!config.tls->client_ca.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto config = read(text);
  if (!config) {
    must(!config.error().message.empty());
    return 0;
  }
  check(config.value());
  must(read(text).value() == config.value());
  must(!summary(config.value()).empty());
  return 0;
}
