#include "proto/runtime/service_manager.hpp"

#include "proto/runtime/version.hpp"
#include "tests/support/temp_directory.hpp"

#include <unistd.h>

#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>

namespace sobriety {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

// A service manager's socket, and what it was sent.
class Manager {
 public:
  explicit Manager(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() { ::close(socket_); }

  std::optional<std::string> heard() {
    char text[256];
    const auto size = ::recv(socket_, text, sizeof text, MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    return std::string{text, static_cast<std::size_t>(size)};
  }

 private:
  int socket_;
};

TEST(ServiceManager, hears_of_start_reload_and_stop) {
  const test::TempDirectory directory;
  const std::string path = (directory.path() / "notify").string();
  Manager manager{path};
  ServiceManager service{{path.c_str(), nullptr, nullptr}};
  service.ready();
  service.reloading();
  service.stopping();
  EXPECT_EQ(manager.heard(), "READY=1");
  EXPECT_TRUE(manager.heard().value_or("").starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(manager.heard(), "STOPPING=1");
  EXPECT_EQ(manager.heard(), std::nullopt);
}

TEST(ServiceManager, is_found_by_a_name_without_a_path) {
  const std::string name = "@sobriety-test-" + std::to_string(::getpid());
  Manager manager{name};
  ServiceManager service{{name.c_str(), nullptr, nullptr}};
  service.ready();
  EXPECT_EQ(manager.heard(), "READY=1");
}

TEST(ServiceManager, that_watches_hears_of_life_four_times_in_its_patience_at_most) {
  const std::string name = "@sobriety-watch-" + std::to_string(::getpid());
  const std::string self = std::to_string(::getpid());
  Manager manager{name};
  ServiceManager service{{name.c_str(), "60000000", self.c_str()}};
  EXPECT_EQ(service.watchdog(), 60s);
  const Time start{1h};
  for (auto since = 0s; since <= 30s; since += 1s) service.alive(start + since);
  int heard = 0;
  while (const auto text = manager.heard()) {
    EXPECT_EQ(*text, "WATCHDOG=1");
    ++heard;
  }
  EXPECT_EQ(heard, 3);  // at 0, 15 and 30 seconds
}

TEST(ServiceManager, that_watches_another_process_or_none_hears_nothing) {
  const std::string name = "@sobriety-other-" + std::to_string(::getpid());
  Manager manager{name};
  ServiceManager other{{name.c_str(), "60000000", "1"}};
  ServiceManager none{{name.c_str(), nullptr, nullptr}};
  ServiceManager nonsense{{name.c_str(), "-3 minutes", nullptr}};
  for (ServiceManager* service : {&other, &none, &nonsense}) {
    EXPECT_EQ(service->watchdog(), 0s);
    service->alive(Time{1h});
  }
  EXPECT_EQ(manager.heard(), std::nullopt);
}

TEST(ServiceManager, whose_socket_is_missing_or_no_socket_is_no_trouble) {
  const std::string long_name(300, 'x');
  for (const char* socket : {static_cast<const char*>(nullptr), "", "/", "relative",
                             "/nowhere/at/all", long_name.c_str()}) {
    ServiceManager service{{socket, "60000000", nullptr}};
    service.ready();
    service.alive(Time{1h});
    service.stopping();
  }
}

TEST(VersionText, begins_with_a_line_of_name_and_version_and_tells_where_it_runs) {
  const std::string text = version_text("sobriety-agent");
  EXPECT_TRUE(text.starts_with("sobriety-agent " SOBRIETY_VERSION "\n")) << text;
  EXPECT_NE(text.find("running on Linux"), std::string::npos) << text;
}

}  // namespace
}  // namespace sobriety
