// Logging to standard error, one line a message; the journal adds what else is wanted.
#pragma once

#include "proto/runtime/log_level.hpp"

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace sobriety {

// Sets up the default logger of spdlog; `program` begins each line.
void start_log(std::string_view program, LogLevel level);
void set_log_level(LogLevel level);

}  // namespace sobriety
