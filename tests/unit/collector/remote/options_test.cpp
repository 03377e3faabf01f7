#include "collector/remote/options.hpp"

#include "collector/remote/url.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::remote {
namespace {

TEST(Url, is_taken_apart) {
  struct Row {
    const char* text;
    bool tls;
    Endpoint endpoint;
    const char* target;
    const char* shown;
  };
  for (const Row& row :
       {Row{"http://a.example/api/v1/write",
            false,
            {"a.example", 80},
            "/api/v1/write",
            "http://a.example:80/api/v1/write"},
        Row{"https://a.example", true, {"a.example", 443}, "/", "https://a.example:443/"},
        Row{"http://10.0.0.1:8428/w?key=secret",
            false,
            {"10.0.0.1", 8428},
            "/w?key=secret",
            "http://10.0.0.1:8428/w"},
        Row{"https://[::1]:9/x", true, {"::1", 9}, "/x", "https://[::1]:9/x"},
        Row{"http://[::1]/x", false, {"::1", 80}, "/x", "http://[::1]:80/x"},
        Row{"http://a?b", false, {"a", 80}, "/?b", "http://a:80/"}}) {
    const auto url = parse_url(row.text);
    ASSERT_TRUE(url) << row.text << ": " << url.error().message;
    EXPECT_EQ(url.value().tls, row.tls) << row.text;
    EXPECT_EQ(url.value().endpoint, row.endpoint) << row.text;
    EXPECT_EQ(url.value().target, row.target) << row.text;
    EXPECT_EQ(shown_url(url.value()), row.shown);
  }
}

TEST(Url, that_is_none_is_refused_without_being_repeated) {
  for (const char* text :
       {"", "a.example", "ftp://a", "http://", "http:///x", "http://:80/x", "http://a:0/",
        "http://a:65536/", "http://a:b/", "http://a b/", "http://a/\r\nX: y", "http://a/#b",
        "http://user:hunter2@a/", "http://[::1", "http://[::1]x/", "http://a/\"b"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  }
}

std::string error_of(const std::string& text) {
  const auto document = yaml::parse(text, "collector.yaml");
  yaml::Reader reader{document.value()};
  RemoteWriteOptions options;
  read_remote_write(reader.root(), options);
  const auto read = reader.finish(options);
  return read ? "" : read.error().message;
}

TEST(RemoteWriteOptions, what_does_not_go_together_is_named) {
  EXPECT_EQ(error_of("url: http://a/\nbearer_token_file: /t\nexternal_labels: {dc: a}\n"), "");
  EXPECT_NE(error_of("basic_auth: {username: a}\n").find("basic_auth.username"), std::string::npos);
  EXPECT_NE(error_of("basic_auth: {username: 'a:b', password_file: /p}\n").find("colon"),
            std::string::npos);
  EXPECT_NE(error_of("basic_auth: {username: a, password_file: /p}\nbearer_token_file: /t\n")
                .find("beside basic_auth"),
            std::string::npos);
  EXPECT_NE(error_of("tls: {certificate: /c}\n").find("give both or none"), std::string::npos);
  EXPECT_NE(error_of("url: http://u:hunter2@a/\n").find("password_file"), std::string::npos);
  EXPECT_EQ(error_of("url: http://u:hunter2@a/\n").find("hunter2"), std::string::npos);
  for (const char* label : {"__name__", "1a", "a-b"})
    EXPECT_NE(
        error_of("external_labels: {" + std::string{label} + ": x}\n").find("no name of a label"),
        std::string::npos)
        << label;
  EXPECT_NE(error_of("outbox: 1KiB\n").find("outbox"), std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector::remote
