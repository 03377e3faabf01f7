#include "collector/web/guard.hpp"

#include "tests/support/loop.hpp"
#include "tests/support/temp_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <vector>

namespace sobriety::collector {
namespace {

using namespace std::chrono_literals;

// "alice" and "secret".
constexpr std::string_view users =
    "basic_auth_users:\n  alice: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";
const std::string right = "Basic YWxpY2U6c2VjcmV0";
const std::string wrong = "Basic YWxpY2U6U2VjcmV0";
const std::string stranger = "Basic Ym9iOnNlY3JldA==";

class Recorder final : public HttpReply {
 public:
  void set(std::string_view name, std::string_view value) override {
    fields[std::string{name}] = value;
  }
  Task<> reply(unsigned code, std::string_view, std::string_view) override {
    status = code;
    co_return;
  }
  Task<bool> begin(std::string_view, std::string_view) override { co_return true; }
  Task<bool> write(std::string_view) override { co_return true; }

  unsigned status = 0;
  std::map<std::string, std::string> fields;
};

class GuardTest : public testing::Test {
 protected:
  void start(std::string_view text) {
    write(text);
    file = ProtectionFile::open(directory.path() / "web.yaml", false).value();
    guard.emplace(
        file, [this](HttpRefusal why) { refusals.push_back(why); },
        [this](const HttpRequest&, HttpReply& reply) { return pass(reply); });
  }
  void write(std::string_view text) {
    const auto fresh = directory.path() / "fresh";
    std::ofstream{fresh} << text;
    std::filesystem::rename(fresh, directory.path() / "web.yaml");
  }
  Task<> pass(HttpReply& reply) { co_await reply.reply(200, "", ""); }

  static HttpRequest request(std::string authorization, std::string method = "GET",
                             const char* from = "127.0.0.1") {
    HttpRequest made;
    made.method = std::move(method);
    made.path = "/metrics";
    made.authorization = std::move(authorization);
    made.remote = net::ip::make_address(from);
    return made;
  }
  std::vector<unsigned> ask_at_once(const HttpRequest& asked, std::size_t times) {
    std::vector<Recorder> replies(times);
    std::size_t done = 0;
    for (Recorder& reply : replies)
      net::co_spawn(loop, guard->handle(asked, reply), [&done](std::exception_ptr failure) {
        EXPECT_FALSE(failure);
        ++done;
      });
    EXPECT_TRUE(test::run_until(loop, [&] { return done == times; }));
    std::vector<unsigned> statuses;
    for (const Recorder& reply : replies) statuses.push_back(reply.status);
    fields = replies.back().fields;
    return statuses;
  }
  unsigned ask(const HttpRequest& asked) { return ask_at_once(asked, 1).front(); }

  net::io_context loop{1};
  test::TempDirectory directory;
  std::shared_ptr<ProtectionFile> file;
  std::optional<Guard> guard;
  std::vector<HttpRefusal> refusals;
  std::map<std::string, std::string> fields;
};

TEST_F(GuardTest, without_a_file_lets_everybody_read) {
  start("");
  EXPECT_EQ(ask(request("")), 200U);
  EXPECT_EQ(ask(request("", "GET", "192.0.2.1")), 200U);
  EXPECT_TRUE(refusals.empty());
}

TEST_F(GuardTest, lets_those_in_who_are_users) {
  start(users);
  for (int turn = 0; turn < 2; ++turn) {  // what was right once is known again
    EXPECT_EQ(ask(request(right)), 200U);
    for (const std::string& other : {wrong, stranger, std::string{}, std::string{"Basic ="}}) {
      EXPECT_EQ(ask(request(other)), 401U) << other;
      EXPECT_EQ(fields.count("WWW-Authenticate"), 1U);
    }
  }
  EXPECT_EQ(refusals, std::vector<HttpRefusal>(8, HttpRefusal::credentials));
}

TEST_F(GuardTest, changes_are_for_this_machine_and_for_those_who_are_known) {
  start("");
  EXPECT_EQ(ask(request("", "POST")), 200U);
  EXPECT_EQ(ask(request("", "POST", "::1")), 200U);
  EXPECT_EQ(ask(request("", "POST", "192.0.2.1")), 403U);
  HttpRequest verified = request("", "POST", "192.0.2.1");
  verified.client_verified = true;
  EXPECT_EQ(ask(verified), 200U);
  EXPECT_EQ(refusals, std::vector{HttpRefusal::forbidden});
  write(users);
  ASSERT_TRUE(file->look().value());
  EXPECT_EQ(ask(request(right, "POST", "192.0.2.1")), 200U);
  EXPECT_EQ(ask(request("", "POST")), 401U);
}

TEST_F(GuardTest, keeps_to_a_rate_and_to_it_over_other_changes_of_the_file) {
  constexpr std::string_view limit = "rate_limit: {interval: 1h, burst: 2}\n";
  start(limit);
  EXPECT_EQ(ask_at_once(request(""), 3), (std::vector<unsigned>{200, 200, 429}));
  EXPECT_EQ(fields["Retry-After"], "1");
  write(std::string{limit} + std::string{users});
  ASSERT_TRUE(file->look().value());
  EXPECT_EQ(ask(request(right)), 429U);
  write(users);
  ASSERT_TRUE(file->look().value());
  EXPECT_EQ(ask(request(right)), 200U);
}

TEST_F(GuardTest, passwords_that_wait_are_bounded_and_those_that_are_known_do_not_wait) {
  start(users);
  EXPECT_EQ(ask(request(right)), 200U);
  const auto statuses = ask_at_once(request(wrong), 40);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 401U), 16);
  EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 503U), 24);
  EXPECT_EQ(ask(request(right)), 200U);
}

TEST_F(GuardTest, sets_the_fields_of_the_file) {
  start("http_server_config: {headers: {X-Frame-Options: sameorigin}}\n");
  EXPECT_EQ(ask(request("")), 200U);
  EXPECT_EQ(fields["X-Frame-Options"], "sameorigin");
}

TEST_F(GuardTest, a_file_that_breaks_leaves_the_users_of_before) {
  start(users);
  EXPECT_FALSE(file->look().value());  // nothing changed
  write("basic_auth_users: {alice: secret}\n");
  const auto looked = file->look();
  ASSERT_FALSE(looked);
  EXPECT_NE(looked.error().message.find("web.yaml:1: basic_auth_users.alice"), std::string::npos);
  EXPECT_FALSE(file->look().value());  // it is not tried again until it changes
  EXPECT_EQ(ask(request(right)), 200U);
  EXPECT_EQ(ask(request("")), 401U);
}

TEST(ProtectionFile, that_must_protect_and_does_not_is_refused) {
  const test::TempDirectory directory;
  const auto path = directory.path() / "web.yaml";
  std::ofstream{path} << "rate_limit: {interval: 1s}\n";
  EXPECT_TRUE(ProtectionFile::open(path, false));
  const auto demanded = ProtectionFile::open(path, true);
  ASSERT_FALSE(demanded);
  EXPECT_NE(demanded.error().message.find("protects nothing"), std::string::npos);
  EXPECT_FALSE(ProtectionFile::open(directory.path() / "absent.yaml", false));
  EXPECT_TRUE(ProtectionFile::open({}, false));
}

}  // namespace
}  // namespace sobriety::collector
