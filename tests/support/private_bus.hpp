// A message bus of the test's own, in place of the system's, for as long as the object lives.
#pragma once

#include "tests/support/temp_directory.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace sobriety::test {

class PrivateBus {
 public:
  PrivateBus() {
    const auto file = directory_.path() / "bus.conf";
    std::ofstream{file} << "<busconfig><type>custom</type><listen>unix:path="
                        << (directory_.path() / "bus").string()
                        << "</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                           "<allow send_destination=\"*\" eavesdrop=\"true\"/>"
                           "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>";
    int ready[2];
    if (::pipe(ready) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      const std::string config = "--config-file=" + file.string();
      const std::string print = "--print-address=" + std::to_string(ready[1]);
      ::execlp("dbus-daemon", "dbus-daemon", "--nofork", config.c_str(), print.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ready[1]);
    char address[512];
    const auto size = ::read(ready[0], address, sizeof address);  // it listens, or has ended
    ::close(ready[0]);
    running_ = size > 0;
    if (running_)
      ::setenv("DBUS_SYSTEM_BUS_ADDRESS",
               ("unix:path=" + (directory_.path() / "bus").string()).c_str(), 1);
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  ~PrivateBus() { end(); }

  // False where there is no dbus-daemon.
  [[nodiscard]] bool running() const { return running_; }

  void end() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
    }
    pid_ = -1;
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  }

 private:
  TempDirectory directory_;
  pid_t pid_ = -1;
  bool running_ = false;
};

}  // namespace sobriety::test
