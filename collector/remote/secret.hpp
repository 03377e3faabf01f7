// What a request says of who sends it.
#pragma once

#include "collector/remote/options.hpp"
#include "proto/base/result.hpp"

#include <string>

namespace sobriety::collector::remote {

// The value of the Authorization field, "" where the options name no secret. Its file is read each
// time, so that a new one counts at once; it must not be for everybody to read. No error has what
// is in it.
[[nodiscard]] Result<std::string> authorization(const RemoteWriteOptions& options);

}  // namespace sobriety::collector::remote
