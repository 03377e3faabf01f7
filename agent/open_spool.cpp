#include "agent/open_spool.hpp"

#include "proto/runtime/log.hpp"

#include <string>
#include <utility>

namespace sobriety::agent {

Result<std::unique_ptr<Spool>> open_spool(const std::filesystem::path& path,
                                          const SpoolLimits& limits, const Clock& clock) {
  auto directory = spool::open_directory(path);
  if (!directory && directory.error().code == Errc::unavailable) return directory.error();
  std::string problem;
  if (directory) {
    auto opened = Spool::open(std::move(directory).value(), limits, clock);
    if (opened) {
      const spool::Waiting waiting = opened.value()->waiting();
      spdlog::info("spool {}: up to {} batches wait for the collector, {} bytes", path.string(),
                   waiting.batches, waiting.bytes);
      return opened;
    }
    problem = opened.error().message;
  } else {
    problem = directory.error().message;
  }
  spdlog::error("spool: {}; samples wait in memory until the agent is started again", problem);
  return std::make_unique<Spool>(limits.memory);
}

}  // namespace sobriety::agent
