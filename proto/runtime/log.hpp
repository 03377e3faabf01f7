// Logging to standard error, one line a message; the journal adds what else is wanted.
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace sobriety {

enum class LogLevel : unsigned char { debug, info, warn, error };

// Sets up the default logger of spdlog; `program` begins each line.
void start_log(std::string_view program, LogLevel level);

}  // namespace sobriety
