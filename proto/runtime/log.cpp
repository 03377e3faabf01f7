#include "proto/runtime/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

namespace sobriety {

void start_log(std::string_view program, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>(std::string{program},
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %n %l: %v");
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  set_log_level(level);
}

void set_log_level(LogLevel level) {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                  spdlog::level::warn, spdlog::level::err};
  spdlog::set_level(levels[static_cast<std::size_t>(level)]);
}

}  // namespace sobriety
