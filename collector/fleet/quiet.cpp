#include "collector/fleet/quiet.hpp"

namespace sobriety::collector {

namespace {

bool below(const std::optional<double>& value, double limit) { return !value || *value < limit; }

bool nobody_there(const BucketLoad& load, const policy::IdleRule& rule) {
  if (load.inhibitors.value_or(0) > 0) return false;
  if (!load.sessions_idle.value_or(true)) return false;
  return load.remote.value_or(0) == 0 || load.sessions_quiet >= rule.remote_session;
}

}  // namespace

Signs signs_of(const BucketLoad& load) {
  Signs signs;
  if (load.cores) signs.add(Sign::cpu);
  if (load.received && load.sent) signs.add(Sign::network);
  if (load.disk) signs.add(Sign::disk);
  if (load.gpu) signs.add(Sign::gpu);
  if (load.sessions_idle) signs.add(Sign::sessions);
  if (load.inhibitors) signs.add(Sign::inhibitors);
  return signs;
}

bool is_quiet(const BucketLoad& load, const policy::QuietLimits& limits,
              const policy::IdleRule& rule, bool personal) {
  return load.cores && *load.cores < limits.cpu_cores && load.busy_share() < limits.cpu_ratio &&
         below(load.received, limits.network_received) && below(load.sent, limits.network_sent) &&
         below(load.disk, limits.disk) && below(load.gpu, limits.gpu_ratio) &&
         (!personal || nobody_there(load, rule));
}

}  // namespace sobriety::collector
