// The commands of the authority: ca, token, hosts. They change files; a collector that runs takes
// notice within a second.
#pragma once

#include "collector/config.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sobriety::collector {

// The register of the authority, if there is one, beside a backup of the store: FILE.identity.
[[nodiscard]] int back_up_identity(const IdentityOptions& options,
                                   const std::filesystem::path& file);

class IdentityCommands {
 public:
  // Adds them to `cli`. `config_file` is the option that all commands share.
  IdentityCommands(CLI::App& cli, std::string& config_file);
  ~IdentityCommands();

  // One of them was given.
  [[nodiscard]] bool parsed() const;
  // Its exit status.
  [[nodiscard]] int run(const CollectorConfig& config) const;

 private:
  struct Options;
  struct Commands;
  std::unique_ptr<Options> options_;
  std::unique_ptr<Commands> commands_;
};

}  // namespace sobriety::collector
