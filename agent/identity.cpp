#include "agent/identity.hpp"

#include "agent/source/file.hpp"
#include "agent/source/label.hpp"
#include "proto/base/text.hpp"
#include "proto/wire/messages.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sobriety::agent {

namespace {

// Writes a file that is there whole or not at all.
Result<void> write_whole(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path draft = path.string() + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return system_error(errno, "cannot write " + draft.string());
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!written) return system_error(error, "cannot write " + draft.string());
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return system_error(errno, "cannot rename " + draft.string());
  return success();
}

}  // namespace

Result<HostId> load_or_make_host_id(const std::filesystem::path& directory) {
  const auto path = directory / "host-id";
  const auto text = read_once(path);
  if (text) {
    const auto bytes = parse_hex_id(trimmed(text.value()));
    if (!bytes)
      return fail(Errc::broken, path.string() + ": " + bytes.error().message +
                                    "; remove the file to give this machine a new identity");
    return HostId{bytes.value()};
  }
  if (text.error().code != Errc::absent) return text.error();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const HostId id = HostId::random();
  if (const auto written = write_whole(path, id.hex() + '\n'); !written)
    return fail(written.error().code,
                written.error().message +
                    "; make the directory writable for this user, or set host.state_directory");
  return id;
}

std::string machine_name() {
  utsname name{};
  ::uname(&name);
  std::string clean = clean_label(name.nodename, wire::max_host_name);
  return clean.empty() ? "unnamed" : clean;
}

}  // namespace sobriety::agent
