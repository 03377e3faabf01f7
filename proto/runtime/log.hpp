// Logging to standard error, one line a message. To the journal, which adds what else is wanted, a
// line is its level and its text only.
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
