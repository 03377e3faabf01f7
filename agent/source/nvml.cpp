#include "agent/source/nvml.hpp"

#include <dlfcn.h>

#include <array>
#include <cstring>

namespace sobriety::agent {

namespace {
// nvmlReturn_t
constexpr int done = 0;
constexpr int not_supported = 3;
constexpr int no_permission = 4;
constexpr int driver_not_loaded = 9;

struct PciInfo {  // nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3
  std::array<char, 16> legacy_address;
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned device_id;
  unsigned subsystem_id;
  std::array<char, 32> address;
};

struct Utilization {  // nvmlUtilization_t, percent
  unsigned gpu;
  unsigned memory;
};
}  // namespace

struct Nvml::Functions {
  int (*init)();
  int (*shutdown)();
  const char* (*text)(int);
  int (*count)(unsigned*);
  int (*device)(unsigned, Device*);
  int (*pci)(Device, PciInfo*);
  int (*energy)(Device, unsigned long long*);
  int (*utilization)(Device, Utilization*);
  int (*power_limit)(Device, unsigned*);
};

Result<std::unique_ptr<Nvml>> Nvml::load(const std::string& library) {
  void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return fail(Errc::absent, "no " + library);
  Functions functions{};
  const char* missing = nullptr;
  const auto find = [&](auto& function, const char* name) {
    void* const symbol = ::dlsym(handle, name);
    if (symbol == nullptr) missing = name;
    std::memcpy(&function, &symbol, sizeof function);
  };
  find(functions.init, "nvmlInit_v2");
  find(functions.shutdown, "nvmlShutdown");
  find(functions.text, "nvmlErrorString");
  find(functions.count, "nvmlDeviceGetCount_v2");
  find(functions.device, "nvmlDeviceGetHandleByIndex_v2");
  find(functions.pci, "nvmlDeviceGetPciInfo_v3");
  find(functions.energy, "nvmlDeviceGetTotalEnergyConsumption");
  find(functions.utilization, "nvmlDeviceGetUtilizationRates");
  find(functions.power_limit, "nvmlDeviceGetEnforcedPowerLimit");
  if (missing != nullptr) {
    ::dlclose(handle);
    return fail(Errc::unsupported, library + " has no " + missing + ": too old a driver");
  }
  if (const int code = functions.init(); code != done) {
    Error error{code == driver_not_loaded ? Errc::absent
                : code == no_permission   ? Errc::denied
                                          : Errc::broken,
                library + ": " + functions.text(code)};
    ::dlclose(handle);
    return error;
  }
  return std::unique_ptr<Nvml>{new Nvml{handle, functions}};
}

Nvml::Nvml(void* library, const Functions& functions)
    : library_(library), call_(std::make_unique<Functions>(functions)) {}

Nvml::~Nvml() {
  call_->shutdown();
  ::dlclose(library_);
}

Error Nvml::error_of(int code, const char* doing) const {
  return {code == no_permission   ? Errc::denied
          : code == not_supported ? Errc::unsupported
                                  : Errc::broken,
          std::string{doing} + ": " + call_->text(code)};
}

Result<unsigned> Nvml::count() const {
  unsigned devices = 0;
  if (const int code = call_->count(&devices); code != done)
    return error_of(code, "counting the GPUs");
  return devices;
}

Result<Nvml::Device> Nvml::device(unsigned index) const {
  Device device = nullptr;
  if (const int code = call_->device(index, &device); code != done)
    return error_of(code, "finding the GPU");
  return device;
}

Result<std::string> Nvml::pci_address(Device device) const {
  PciInfo info{};
  if (const int code = call_->pci(device, &info); code != done)
    return error_of(code, "finding its PCI address");
  return std::string{info.address.data(), ::strnlen(info.address.data(), info.address.size())};
}

Result<std::uint64_t> Nvml::energy(Device device) const {
  unsigned long long millijoules = 0;
  if (const int code = call_->energy(device, &millijoules); code != done)
    return error_of(code, "its energy");
  return std::uint64_t{millijoules};
}

Result<unsigned> Nvml::busy(Device device) const {
  Utilization utilization{};
  if (const int code = call_->utilization(device, &utilization); code != done)
    return error_of(code, "its utilization");
  if (utilization.gpu > 100) return fail(Errc::broken, "its utilization: more than 100 %");
  return utilization.gpu;
}

std::uint64_t Nvml::power_limit(Device device) const {
  unsigned milliwatts = 0;
  return call_->power_limit(device, &milliwatts) == done ? milliwatts : 0;
}

}  // namespace sobriety::agent
