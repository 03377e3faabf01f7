// A libnvidia-ml for tests: two GPUs with energy counters and a third without, driven through
// fake_nvml_set().
#include <array>
#include <cstring>

namespace {
struct Gpu {
  unsigned long long millijoules = 5'000'000;
  unsigned busy = 7;
  int error = 0;
};
std::array<Gpu, 3> gpus;
int sessions = 0;

Gpu& gpu_of(void* device) { return *static_cast<Gpu*>(device); }
}  // namespace

struct PciInfo {
  char legacy[16];
  unsigned numbers[5];
  char address[32];
};
struct Utilization {
  unsigned gpu;
  unsigned memory;
};

extern "C" {
void fake_nvml_set(unsigned gpu, unsigned long long millijoules, unsigned busy, int error) {
  gpus[gpu] = {millijoules, busy, error};
}
int fake_nvml_sessions() { return sessions; }

int nvmlInit_v2() { return ++sessions, 0; }
int nvmlShutdown() { return --sessions, 0; }
const char* nvmlErrorString(int code) { return code == 3 ? "Not Supported" : "GPU is lost"; }
int nvmlDeviceGetCount_v2(unsigned* count) {
  *count = gpus.size();
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = &gpus[index];
  return 0;
}
int nvmlDeviceGetPciInfo_v3(void* device, PciInfo* info) {
  std::strcpy(info->address, &gpu_of(device) == &gpus[0] ? "00000000:01:00.0" : "00000000:41:00.0");
  return 0;
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  if (&gpu_of(device) == &gpus[2]) return 3;
  *millijoules = gpu_of(device).millijoules;
  return gpu_of(device).error;
}
int nvmlDeviceGetUtilizationRates(void* device, Utilization* utilization) {
  utilization->gpu = gpu_of(device).busy;
  return gpu_of(device).error;
}
int nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* milliwatts) {
  *milliwatts = 300'000;
  return &gpu_of(device) == &gpus[0] ? 0 : 3;
}
}
