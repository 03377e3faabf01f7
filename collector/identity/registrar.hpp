// Decides about requests for certificates: payloads in, payloads out, one transaction each.
//
// - A token lets in as many new hosts as it says; what uses it up and what is issued are one
//   transaction. The same certificate request again gets the same certificate.
// - A host that is not new keeps its id by showing its certificate; a token gives it another one.
// - Whoever is refused is told one reason for all that may be wrong with a token; the log and the
//   counters have the exact one.
#pragma once

#include "collector/identity/authority.hpp"
#include "collector/identity/certificate_request.hpp"
#include "collector/identity/policy.hpp"
#include "collector/identity/register.hpp"
#include "proto/wire/enrolment.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sobriety::collector {

enum class EnrolmentOutcome : std::uint8_t {
  issued,
  repeated,  // the same request again: the same certificate
  renewed,
  pending,
  malformed,
  token_unknown,  // guessed: no such token, or not its secret
  token_expired,
  token_revoked,
  token_used_up,
  host_revoked,
  certificate_unknown,  // none was shown, or none of ours
  certificate_too_old,
  failed,  // the register or the authority did
};
inline constexpr std::size_t enrolment_outcome_count = 13;
[[nodiscard]] std::string_view to_string(EnrolmentOutcome outcome);

// The client certificate of a request's connection; its signature was checked.
struct ShownCertificate {
  Digest fingerprint;
  Digest key;
};

struct Answer {
  wire::EnrolReply reply;
  EnrolmentOutcome outcome{};
  std::string detail;                             // for the log
  std::optional<KnownCertificate> certificate{};  // that was issued: to be let in from now on
};

class Registrar {
 public:
  // Both outlive it.
  Registrar(Register& hosts, const Authority& authority, EnrolmentPolicy policy)
      : register_(hosts), authority_(authority), policy_(policy) {}

  [[nodiscard]] Answer answer(std::string_view request,
                              const std::optional<ShownCertificate>& shown, WallTime now);

 private:
  // A decision before it is committed: no value means that something failed.
  using Decision = Result<Answer>;

  [[nodiscard]] Decision decide(const wire::EnrolRequest& request,
                                const std::optional<ShownCertificate>& shown, WallTime now);
  [[nodiscard]] Decision enrol(const wire::EnrolRequest& request, const RequestedKey& key,
                               WallTime now);
  [[nodiscard]] Decision come_again(const HostRow& host, const TokenRow& token,
                                    const RequestedKey& key, WallTime now);
  [[nodiscard]] Decision renew(const ShownCertificate& shown, const RequestedKey& key,
                               WallTime now);
  [[nodiscard]] Decision issue(const HostRow& host, const RequestedKey& key, WallTime now,
                               EnrolmentOutcome outcome);
  // The certificate of an earlier answer to the same request, as long as it holds.
  [[nodiscard]] Result<std::optional<Answer>> repeat(const HostRow& host, const RequestedKey& key,
                                                     WallTime now);
  [[nodiscard]] Answer give(const HostRow& host, std::string certificate,
                            EnrolmentOutcome outcome) const;

  Register& register_;
  const Authority& authority_;
  EnrolmentPolicy policy_;
};

}  // namespace sobriety::collector
