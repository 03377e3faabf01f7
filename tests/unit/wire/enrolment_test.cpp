#include "proto/wire/enrolment.hpp"

#include "proto/wire/messages.hpp"

#include <gtest/gtest.h>

namespace sobriety::wire {
namespace {

using namespace std::chrono_literals;

EnrolRequest some_request() {
  EnrolRequest request{EnrolSecret{}, "a request", HostId::random(), "web-1", "0.1.0"};
  request.token->id.fill(1);
  request.token->secret.fill(2);
  return request;
}

EnrolReply some_reply() {
  return {EnrolResult::issued, "", 0ms, HostId::random(), "a certificate", {"issuing"}, {"root"}};
}

TEST(Enrolment, a_request_survives_the_wire) {
  const EnrolRequest sent = some_request();
  EXPECT_EQ(decode_enrol_request(encode(sent)).value(), sent);
}

TEST(Enrolment, a_request_without_token_is_a_renewal) {
  EnrolRequest sent = some_request();
  sent.token.reset();
  EXPECT_EQ(decode_enrol_request(encode(sent)).value(), sent);
}

TEST(Enrolment, replies_survive_the_wire) {
  const EnrolReply issued = some_reply();
  EXPECT_EQ(decode_enrol_reply(encode(issued)).value(), issued);
  EnrolReply pending;
  pending.result = EnrolResult::pending;
  pending.message = "waits for approval";
  pending.retry_after = 30s;
  EXPECT_EQ(decode_enrol_reply(encode(pending)).value(), pending);
  EnrolReply refused;
  refused.message = "token not accepted";
  EXPECT_EQ(decode_enrol_reply(encode(refused)).value(), refused);
}

TEST(Enrolment, what_was_not_issued_carries_no_certificate) {
  EnrolReply reply = some_reply();
  reply.result = EnrolResult::refused;
  const EnrolReply got = decode_enrol_reply(encode(reply)).value();
  EXPECT_TRUE(got.certificate.empty());
  EXPECT_TRUE(got.chain.empty());
}

struct BadRequest {
  const char* name;
  void (*spoil)(EnrolRequest&);
};
class BadEnrolRequest : public testing::TestWithParam<BadRequest> {};

TEST_P(BadEnrolRequest, is_malformed) {
  EnrolRequest request = some_request();
  GetParam().spoil(request);
  EXPECT_EQ(decode_enrol_request(encode(request)).error().code, Errc::malformed);
}

INSTANTIATE_TEST_SUITE_P(
    Enrolment, BadEnrolRequest,
    testing::Values(
        BadRequest{"no_request", [](EnrolRequest& r) { r.certificate_request.clear(); }},
        BadRequest{"request_too_long",
                   [](EnrolRequest& r) {
                     r.certificate_request.assign(max_certificate_request + 1, 'x');
                   }},
        BadRequest{"no_name", [](EnrolRequest& r) { r.host_name.clear(); }},
        BadRequest{"name_too_long", [](EnrolRequest& r) { r.host_name.assign(254, 'a'); }},
        BadRequest{"newline_in_name", [](EnrolRequest& r) { r.host_name = "a\nb"; }},
        BadRequest{"version_not_utf8", [](EnrolRequest& r) { r.agent_version = "\xe9"; }}),
    [](const auto& test) { return test.param.name; });

struct BadReply {
  const char* name;
  void (*spoil)(EnrolReply&);
};
class BadEnrolReply : public testing::TestWithParam<BadReply> {};

TEST_P(BadEnrolReply, is_malformed) {
  EnrolReply reply = some_reply();
  GetParam().spoil(reply);
  EXPECT_EQ(decode_enrol_reply(encode(reply)).error().code, Errc::malformed);
}

INSTANTIATE_TEST_SUITE_P(
    Enrolment, BadEnrolReply,
    testing::Values(
        BadReply{"unknown_result", [](EnrolReply& r) { r.result = static_cast<EnrolResult>(9); }},
        BadReply{"no_certificate", [](EnrolReply& r) { r.certificate.clear(); }},
        BadReply{"certificate_too_long",
                 [](EnrolReply& r) { r.certificate.assign(max_certificate + 1, 'x'); }},
        BadReply{"chain_too_long", [](EnrolReply& r) { r.chain.assign(5, "x"); }},
        BadReply{"empty_in_chain", [](EnrolReply& r) { r.chain = {""}; }},
        BadReply{"no_authority", [](EnrolReply& r) { r.authorities.clear(); }},
        BadReply{"message_too_long", [](EnrolReply& r) { r.message.assign(1025, 'x'); }},
        BadReply{"retry_after_two_weeks", [](EnrolReply& r) { r.retry_after = 336h; }}),
    [](const auto& test) { return test.param.name; });

TEST(Enrolment, garbage_is_malformed) {
  EXPECT_FALSE(decode_enrol_request(""));
  EXPECT_FALSE(decode_enrol_reply(""));
  EXPECT_FALSE(decode_enrol_request("\xff\xff\xff\xff"));
  EXPECT_FALSE(decode_enrol_request("\x0a\x01x"));  // a token id of one byte
}

}  // namespace
}  // namespace sobriety::wire
