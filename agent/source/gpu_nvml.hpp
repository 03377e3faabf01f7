// Energy and use of NVIDIA GPUs by NVML, a library of the driver that is loaded at run time: where
// it is not there, neither is this source.
//
// The library's energy counter is read and never its power, whose samples miss most of the time.
#pragma once

#include "agent/source/source.hpp"

#include <string>

namespace sobriety::agent {

// Loads libnvidia-ml.so.1 only where the PCI bus shows an NVIDIA GPU that is not powered down: to
// load it wakes them all, and would keep a notebook's GPU from sleeping.
[[nodiscard]] Discovery discover_gpu_nvml(const Roots& roots, const SourceOptions& options);

// The same with any library, and without a look at the PCI bus.
[[nodiscard]] Discovery discover_gpu_nvml(const std::string& library);

}  // namespace sobriety::agent
