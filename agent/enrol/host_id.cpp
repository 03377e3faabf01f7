#include "agent/enrol/host_id.hpp"

#include "proto/base/text.hpp"
#include "proto/identity/files.hpp"

namespace sobriety::agent {

Result<HostId> load_or_make_host_id(const std::filesystem::path& directory) {
  const auto path = directory / "host-id";
  const auto text = identity::read_whole(path, 4096);
  if (text) {
    const auto bytes = parse_hex_id(trimmed(text.value()));
    if (!bytes)
      return fail(Errc::broken, path.string() + ": " + bytes.error().message +
                                    "; remove the file to give this machine a new identity");
    return HostId{bytes.value()};
  }
  if (text.error().code != Errc::absent) return text.error();
  std::error_code ignored;
  std::filesystem::create_directories(directory, ignored);
  const HostId id = HostId::random();
  if (const auto written = identity::write_whole(path, id.hex() + '\n'); !written)
    return fail(written.error().code,
                written.error().message +
                    "; make the directory writable for this user, or set host.state_directory");
  return id;
}

}  // namespace sobriety::agent
