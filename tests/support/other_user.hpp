// Runs a check as the user nobody: for root, the modes of files mean nothing.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sobriety::test {

// Calls `check` in a child process of uid 65534, or of the present one if that is not root; true if
// it returned true there. The child does not run the parent's exit handlers.
template <class Check>
bool holds_without_rights(Check check) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool dropped = ::geteuid() != 0 || (::setgid(65534) == 0 && ::setuid(65534) == 0);
    ::_exit(dropped && check() ? 0 : 1);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

}  // namespace sobriety::test
