// The command `report`: a month's report from the store, while a collector may be running.
#pragma once

#include "collector/config.hpp"

#include <memory>

namespace CLI {
class App;
}

namespace sobriety::collector {

class ReportCommand {
 public:
  explicit ReportCommand(CLI::App& cli);
  ~ReportCommand();

  // For the options that all commands share.
  [[nodiscard]] CLI::App* command() const { return command_; }
  // Its exit status. The report goes to standard output or to a file, what there is to say about it
  // to standard error.
  [[nodiscard]] int run(const CollectorConfig& config) const;

 private:
  struct Options;
  std::unique_ptr<Options> options_;
  CLI::App* command_;
};

}  // namespace sobriety::collector
