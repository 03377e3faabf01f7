// The few functions of NVML that are called, with the types that NVIDIA's API reference gives them.
#pragma once

#include "proto/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace sobriety::agent {

class Nvml {
 public:
  using Device = struct nvmlDevice_st*;  // opaque; lives as long as the library is initialised

  // Errors: absent where there is no such library or driver, denied, broken.
  static Result<std::unique_ptr<Nvml>> load(const std::string& library);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  [[nodiscard]] Result<unsigned> count() const;
  [[nodiscard]] Result<Device> device(unsigned index) const;
  // `0000:01:00.0` or longer: domain, bus, device and function.
  [[nodiscard]] Result<std::string> pci_address(Device device) const;
  // Millijoules since the driver was loaded. Unsupported before Volta.
  [[nodiscard]] Result<std::uint64_t> energy(Device device) const;
  // Percent of the driver's last sampling period, of 1/6 s to 1 s.
  [[nodiscard]] Result<unsigned> busy(Device device) const;
  // Milliwatts that the GPU may take at most; 0 where it does not say.
  [[nodiscard]] std::uint64_t power_limit(Device device) const;

 private:
  struct Functions;
  Nvml(void* library, const Functions& functions);
  [[nodiscard]] Error error_of(int code, const char* doing) const;

  void* library_;
  std::unique_ptr<Functions> call_;
};

}  // namespace sobriety::agent
