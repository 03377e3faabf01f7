// Serves a HostTree by FUSE: one thread, nothing cached, every read as fresh as in /proc and /sys.
#pragma once

#include "tests/support/player/host_tree.hpp"

#include <filesystem>

namespace sobriety::player {

// Until SIGINT or SIGTERM, which unmount it; so does the end of the process. 0, or what the program
// should end with: libfuse says on standard error why.
int serve(HostTree& tree, const std::filesystem::path& mount_point);

}  // namespace sobriety::player
