#include "proto/wire/enrolment.hpp"

#include "proto/wire/fields.hpp"
#include "proto/wire/messages.hpp"
#include "wire/sobriety/v1/telemetry.pb.h"

namespace sobriety::wire {

namespace {

constexpr std::uint32_t longest_retry = 7 * 86'400'000;  // a week

Result<void> check_size(const std::string& bytes, std::size_t limit, std::string_view what) {
  if (bytes.empty()) return fail(Errc::malformed, std::string{what} + " is missing");
  if (bytes.size() > limit) return fail(Errc::malformed, std::string{what} + " is too long");
  return success();
}

template <class Repeated>
Result<void> read_certificates(const Repeated& field, std::vector<std::string>& certificates,
                               std::string_view what) {
  if (static_cast<std::size_t>(field.size()) > max_certificates)
    return fail(Errc::malformed, std::string{what} + " are too many");
  for (const std::string& certificate : field) {
    BOOST_OUTCOME_TRY(check_size(certificate, max_certificate, what));
    certificates.push_back(certificate);
  }
  return success();
}

}  // namespace

std::string encode(const EnrolRequest& request) {
  v1::EnrolRequest message;
  if (request.token) {
    message.set_token_id(id_bytes(HostId{request.token->id}));
    message.set_token_secret(
        std::string{request.token->secret.begin(), request.token->secret.end()});
  }
  message.set_certificate_request(request.certificate_request);
  message.set_host_id(id_bytes(request.host));
  message.set_host_name(request.host_name);
  message.set_agent_version(request.agent_version);
  return message.SerializeAsString();
}

std::string encode(const EnrolReply& reply) {
  v1::EnrolReply message;
  message.set_result(static_cast<std::uint32_t>(reply.result));
  message.set_message(reply.message);
  message.set_retry_after_ms(static_cast<std::uint32_t>(reply.retry_after.count()));
  if (reply.result != EnrolResult::issued) return message.SerializeAsString();
  message.set_host_id(id_bytes(reply.host));
  message.set_certificate(reply.certificate);
  for (const std::string& certificate : reply.chain) message.add_chain(certificate);
  for (const std::string& certificate : reply.authorities) message.add_authorities(certificate);
  return message.SerializeAsString();
}

Result<EnrolRequest> decode_enrol_request(std::string_view payload) {
  v1::EnrolRequest message;
  BOOST_OUTCOME_TRY(parse(message, payload, "enrolment request"));
  EnrolRequest request;
  if (!message.token_id().empty() || !message.token_secret().empty()) {
    auto& token = request.token.emplace();
    BOOST_OUTCOME_TRY(read_bytes(message.token_id(), token.id, "token id"));
    BOOST_OUTCOME_TRY(read_bytes(message.token_secret(), token.secret, "token secret"));
  }
  BOOST_OUTCOME_TRY(
      check_size(message.certificate_request(), max_certificate_request, "certificate request"));
  BOOST_OUTCOME_TRY(read_id(message.host_id(), request.host, "host id"));
  BOOST_OUTCOME_TRY(check_text(message.host_name(), "host name", max_host_name));
  BOOST_OUTCOME_TRY(check_text(message.agent_version(), "agent version", max_text));
  if (message.host_name().empty()) return fail(Errc::malformed, "host name is empty");
  request.certificate_request = message.certificate_request();
  request.host_name = message.host_name();
  request.agent_version = message.agent_version();
  return request;
}

Result<EnrolReply> decode_enrol_reply(std::string_view payload) {
  v1::EnrolReply message;
  BOOST_OUTCOME_TRY(parse(message, payload, "enrolment reply"));
  if (message.result() < 1 || message.result() > 4)
    return fail(Errc::malformed, "enrolment result is out of range");
  BOOST_OUTCOME_TRY(check_text(message.message(), "enrolment message", 1024));
  if (message.retry_after_ms() > longest_retry)
    return fail(Errc::malformed, "time to retry after is over a week");
  EnrolReply reply;
  reply.result = static_cast<EnrolResult>(message.result());
  reply.message = message.message();
  reply.retry_after = std::chrono::milliseconds{message.retry_after_ms()};
  if (reply.result != EnrolResult::issued) return reply;
  BOOST_OUTCOME_TRY(read_id(message.host_id(), reply.host, "host id"));
  BOOST_OUTCOME_TRY(check_size(message.certificate(), max_certificate, "certificate"));
  reply.certificate = message.certificate();
  BOOST_OUTCOME_TRY(read_certificates(message.chain(), reply.chain, "chain certificates"));
  BOOST_OUTCOME_TRY(
      read_certificates(message.authorities(), reply.authorities, "authority certificates"));
  if (reply.authorities.empty()) return fail(Errc::malformed, "authority certificates are missing");
  return reply;
}

}  // namespace sobriety::wire
