#include "collector/identity/registrar.hpp"

#include "proto/base/ids.hpp"

namespace sobriety::collector {

namespace {

constexpr std::chrono::seconds ask_again{30};      // where a person must decide
constexpr std::chrono::seconds after_failure{15};  // as long as the store is given

Answer refuse(EnrolmentOutcome outcome, std::string detail) {
  Answer answer;
  answer.outcome = outcome;
  answer.detail = std::move(detail);
  answer.reply.result = wire::EnrolResult::refused;
  switch (outcome) {
    case EnrolmentOutcome::malformed:
      answer.reply.message = answer.detail;  // it is of the sender's own making
      break;
    case EnrolmentOutcome::certificate_unknown:
    case EnrolmentOutcome::certificate_too_old:
      answer.reply.message = "certificate not accepted";
      break;
    default:
      answer.reply.message = "token not accepted";
      break;
  }
  return answer;
}

Answer defer(const HostRow& host) {
  Answer answer;
  answer.outcome = EnrolmentOutcome::pending;
  answer.detail = "host " + host.name + " (" + host.id.hex() +
                  ") waits for sobriety-collector hosts approve " + host.id.hex();
  answer.reply.result = wire::EnrolResult::pending;
  answer.reply.message = "an administrator of the collector has to approve host " + host.id.hex();
  answer.reply.retry_after = ask_again;
  return answer;
}

std::string shown(const HostRow& host) { return host.name + " (" + host.id.hex() + ")"; }

}  // namespace

std::string_view to_string(EnrolmentOutcome outcome) {
  switch (outcome) {
    case EnrolmentOutcome::issued:
      return "issued";
    case EnrolmentOutcome::repeated:
      return "repeated";
    case EnrolmentOutcome::renewed:
      return "renewed";
    case EnrolmentOutcome::pending:
      return "pending";
    case EnrolmentOutcome::malformed:
      return "malformed";
    case EnrolmentOutcome::token_unknown:
      return "token_unknown";
    case EnrolmentOutcome::token_expired:
      return "token_expired";
    case EnrolmentOutcome::token_revoked:
      return "token_revoked";
    case EnrolmentOutcome::token_used_up:
      return "token_used_up";
    case EnrolmentOutcome::host_revoked:
      return "host_revoked";
    case EnrolmentOutcome::certificate_unknown:
      return "certificate_unknown";
    case EnrolmentOutcome::certificate_too_old:
      return "certificate_too_old";
    case EnrolmentOutcome::failed:
      return "failed";
  }
  return "other";
}

Answer Registrar::answer(std::string_view payload, const std::optional<ShownCertificate>& shown,
                         WallTime now) {
  const auto request = wire::decode_enrol_request(payload);
  if (!request) return refuse(EnrolmentOutcome::malformed, request.error().message);
  const auto decided = [&]() -> Decision {
    BOOST_OUTCOME_TRY(const auto transaction,
                      Transaction::begin(register_.database(), "IMMEDIATE"));
    BOOST_OUTCOME_TRY(auto answer, decide(request.value(), shown, now));
    BOOST_OUTCOME_TRY(transaction->commit());
    return answer;
  }();
  if (decided) return decided.value();
  Answer failed;
  failed.outcome = EnrolmentOutcome::failed;
  failed.detail = decided.error().message;
  failed.reply.result = wire::EnrolResult::unavailable;
  failed.reply.message = "the collector cannot issue certificates at the moment; its log says why";
  failed.reply.retry_after = after_failure;
  return failed;
}

Registrar::Decision Registrar::decide(const wire::EnrolRequest& request,
                                      const std::optional<ShownCertificate>& shown, WallTime now) {
  const auto key = read_certificate_request(request.certificate_request);
  if (!key) return refuse(EnrolmentOutcome::malformed, key.error().message);
  if (request.token) return enrol(request, key.value(), now);
  if (shown) return renew(*shown, key.value(), now);
  return refuse(EnrolmentOutcome::certificate_unknown, "neither a token nor a certificate came");
}

Registrar::Decision Registrar::enrol(const wire::EnrolRequest& request, const RequestedKey& key,
                                     WallTime now) {
  const TokenId id{request.token->id};
  BOOST_OUTCOME_TRY(const auto found, register_.token(id));
  const std::string which = "token " + id.hex() + " of host " + request.host_name;
  const auto secret = identity::sha256(
      {reinterpret_cast<const char*>(request.token->secret.data()), request.token->secret.size()});
  // As much work whether there is such a token or not.
  const bool right = identity::same(secret, found ? found->secret : Digest{});
  if (!found || !right) return refuse(EnrolmentOutcome::token_unknown, which + " is not known");
  const TokenRow& token = *found;

  BOOST_OUTCOME_TRY(const auto known, register_.host_that_came_with(key.request));
  if (known) return come_again(*known, token, key, now);
  if (token.revoked) return refuse(EnrolmentOutcome::token_revoked, which + " is revoked");
  if (now >= token.expires) return refuse(EnrolmentOutcome::token_expired, which + " has expired");
  if (token.uses >= token.max_uses)
    return refuse(EnrolmentOutcome::token_used_up, which + " is used up");

  HostRow host{request.host,
               request.host_name,
               token.group,
               token.id,
               key.request,
               now,
               policy_.manual_approval ? Standing::pending : Standing::approved};
  // An id that is known is somebody's, and a token does not prove that it is the sender's.
  BOOST_OUTCOME_TRY(const auto taken, register_.host(host.id));
  if (taken) host.id = HostId::random();
  BOOST_OUTCOME_TRY(register_.use(token.id));
  BOOST_OUTCOME_TRY(register_.add(host));
  if (host.standing == Standing::pending) return defer(host);
  return issue(host, key, now, EnrolmentOutcome::issued);
}

Registrar::Decision Registrar::come_again(const HostRow& host, const TokenRow& token,
                                          const RequestedKey& key, WallTime now) {
  if (host.token != token.id)
    return refuse(EnrolmentOutcome::token_unknown,
                  "host " + shown(host) + " came by another token");
  if (host.standing == Standing::revoked)
    return refuse(EnrolmentOutcome::host_revoked, "host " + shown(host) + " is revoked");
  if (host.standing == Standing::pending) return defer(host);
  BOOST_OUTCOME_TRY(auto before, repeat(host, key, now));
  if (before) return std::move(*before);
  // Approved meanwhile; or its certificate expired before it was fetched, which is a late renewal.
  if (now > host.enrolled + policy_.certificate_lifetime + policy_.late_renewal)
    return refuse(EnrolmentOutcome::certificate_too_old,
                  "host " + shown(host) + " asks too late for what it was to have");
  return issue(host, key, now, EnrolmentOutcome::issued);
}

Registrar::Decision Registrar::renew(const ShownCertificate& shown_certificate,
                                     const RequestedKey& key, WallTime now) {
  BOOST_OUTCOME_TRY(const auto old, register_.certificate(shown_certificate.fingerprint));
  if (!old)
    return refuse(
        EnrolmentOutcome::certificate_unknown,
        "certificate " + to_hex(shown_certificate.fingerprint) + " is not in the register");
  BOOST_OUTCOME_TRY(const auto host, register_.host(old->host));
  if (!host || host->standing != Standing::approved) {
    auto answer = refuse(EnrolmentOutcome::host_revoked,
                         "host " + old->host.hex() + " is revoked and asks for a new certificate");
    answer.reply.message = "certificate not accepted";
    return answer;
  }
  if (now > old->expires + policy_.late_renewal)
    return refuse(EnrolmentOutcome::certificate_too_old,
                  "the certificate of host " + shown(*host) + " expired too long ago");
  if (key.key_digest == old->key)
    return refuse(EnrolmentOutcome::malformed, "a renewal needs a new key");
  BOOST_OUTCOME_TRY(auto before, repeat(*host, key, now));
  if (before) return std::move(*before);
  BOOST_OUTCOME_TRY(register_.forget(now - policy_.late_renewal));
  return issue(*host, key, now, EnrolmentOutcome::renewed);
}

Registrar::Decision Registrar::issue(const HostRow& host, const RequestedKey& key, WallTime now,
                                     EnrolmentOutcome outcome) {
  BOOST_OUTCOME_TRY(const auto certificate,
                    authority_.issue(key.key.get(), host.id, now, policy_.certificate_lifetime));
  const CertificateRow row{certificate.fingerprint(),
                           host.id,
                           key.request,
                           key.key_digest,
                           certificate.serial(),
                           now,
                           certificate.not_after(),
                           certificate.der()};
  BOOST_OUTCOME_TRY(register_.add(row));
  Answer answer = give(host, row.der, outcome);
  answer.certificate = KnownCertificate{row.fingerprint, host.id, host.standing};
  answer.detail += ", serial " + row.serial;
  return answer;
}

Result<std::optional<Answer>> Registrar::repeat(const HostRow& host, const RequestedKey& key,
                                                WallTime now) {
  BOOST_OUTCOME_TRY(auto before, register_.certificate_for(key.request));
  if (!before || before->host != host.id || now >= before->expires) return std::optional<Answer>{};
  return std::optional{give(host, std::move(before->der), EnrolmentOutcome::repeated)};
}

Answer Registrar::give(const HostRow& host, std::string certificate,
                       EnrolmentOutcome outcome) const {
  Answer answer;
  answer.outcome = outcome;
  answer.detail = "host " + shown(host) + (host.group.empty() ? "" : " of group " + host.group);
  answer.reply.result = wire::EnrolResult::issued;
  answer.reply.host = host.id;
  answer.reply.certificate = std::move(certificate);
  answer.reply.chain = {authority_.issuing().der()};
  answer.reply.authorities = {authority_.root().der()};
  return answer;
}

}  // namespace sobriety::collector
