// How much is logged, apart from how it is done.
#pragma once

#include "proto/runtime/choice.hpp"

namespace sobriety {

enum class LogLevel : unsigned char { debug, info, warn, error };

inline constexpr std::array log_levels{
    Choice<LogLevel>{"debug", LogLevel::debug}, Choice<LogLevel>{"info", LogLevel::info},
    Choice<LogLevel>{"warn", LogLevel::warn}, Choice<LogLevel>{"error", LogLevel::error}};

}  // namespace sobriety
