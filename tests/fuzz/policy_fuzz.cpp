// Any bytes, read as a policy (what is behind the first NUL is the content of every file that it
// names), end in an error or in a policy that gives every host one group, a calendar and
// thresholds, and can say why.
#include "collector/policy/explain.hpp"
#include "collector/policy/policy_file.hpp"
#include "tests/fuzz/promise.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace sobriety;
using namespace sobriety::collector::policy;
using fuzz::must;

constexpr WallTime now{std::chrono::milliseconds{1'796'000'000'000}};

Subject subject_of(std::string_view bytes) {
  Subject subject;
  subject.name = bytes.substr(0, std::min<std::size_t>(bytes.size(), 12));
  subject.address = parse_address("10.1.2.3");
  subject.tags = {"lab"};
  subject.facts.chassis = "desktop";
  subject.facts.product = "OptiPlex 7010";
  subject.facts.memory = std::uint64_t{8} << 30U;
  return subject;
}

void check(const Policy& policy, const Subject& subject) {
  const HostPolicy host = policy.of(subject);
  must(!host.group.site.empty() && !host.group.department.empty());
  must(host.thresholds != nullptr && host.calendar != nullptr);
  must(host.pue >= 1);
  if (host.tariff) {
    const auto price = host.tariff->price_at(now);
    must(price.per_kwh >= 0 && price.until > now);
  }
  must(!host.tariff || (host.tariff->per_kwh >= 0 && host.tariff->currency.size() == 3));
  if (host.carbon) {
    const auto factor = host.carbon->factor_at(now);
    must(!factor || (factor->grams_per_kwh >= 0 && !factor->provenance->source.empty()));
  }
  for (const Exemption& exemption : host.exemptions) must(exemption.from < exemption.expiry);
  const WallTime later = now + std::chrono::hours{75};
  const auto split = host.calendar->split(now, later);
  must(split.work + split.off_hours == later - now);
  must(!explain_text(policy, subject, now).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto nul = std::min(bytes.find('\0'), bytes.size());
  const auto document = yaml::parse(bytes.substr(0, nul), "p.yaml", policy_limits);
  if (!document) return 0;
  const std::string content{bytes.substr(std::min(nul + 1, bytes.size()))};
  const auto loaded =
      read_policy(document.value(),
                  {.read = [&content](const auto&, auto) -> Result<std::string> { return content; },
                   .directory = "etc"});
  if (!loaded) {
    must(loaded.error().message.starts_with("p.yaml"));
    return 0;
  }
  check(loaded.value().policy, subject_of(content));
  check(loaded.value().policy, subject_of("pc-1.example"));
  must(!summary_text(loaded.value(), now).empty());
  return 0;
}
