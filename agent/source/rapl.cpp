#include "agent/source/rapl.hpp"

#include "agent/source/rapl_perf.hpp"
#include "agent/source/rapl_powercap.hpp"
#include "agent/source/rapl_source.hpp"
#include "agent/virtualization.hpp"

#include <algorithm>
#include <utility>

namespace sobriety::agent {

namespace {
bool has(const RaplBackend& backend, const std::string& component) {
  return std::any_of(backend.counters.begin(), backend.counters.end(),
                     [&](const auto& counter) { return counter.zone.component == component; });
}

std::string missing_from(const RaplBackend& backend, const RaplBackend& other) {
  std::string names;
  for (const RaplCounter& counter : other.counters)
    if (!has(backend, counter.zone.component))
      names += (names.empty() ? "" : ", ") + counter.zone.component;
  return names;
}

std::string names_of(const RaplBackend& backend, const Twins& twins) {
  std::string names;
  std::size_t count = 0;
  for (std::size_t i = 0; i < twins.size(); ++i) {
    if (twins[i]) continue;
    names += (names.empty() ? "" : ", ") + backend.counters[i].zone.component;
    ++count;
  }
  return std::to_string(count) + (count == 1 ? " zone" : " zones") + " by " +
         std::string{backend.name} + ": " + names;
}

// Why the other back-end is not the one that is read.
std::string comparison(const RaplBackend& chosen, const RaplBackend& other) {
  std::string text = "; " + std::string{other.name};
  if (other.status == SourceStatus::absent) return text + ": " + other.summary;
  if (other.status != SourceStatus::found)
    return text + " is " + std::string{to_string(other.status)} + ": " + other.summary;
  const std::string lacks = missing_from(other, chosen);
  const std::string besides = missing_from(chosen, other);
  if (lacks.empty() && besides.empty()) return text + " shows the same";
  text += " shows " + std::to_string(other.counters.size());
  if (!lacks.empty()) text += ", without " + lacks;
  if (!besides.empty()) text += ", with " + besides;
  return text;
}

// perf does not tell how much power a domain is made for; powercap may.
void take_constraints(RaplBackend& perf, const RaplBackend& powercap) {
  for (RaplCounter& counter : perf.counters)
    for (const RaplCounter& zone : powercap.counters)
      if (zone.zone.component == counter.zone.component)
        counter.zone.highest_power = zone.zone.highest_power;
}

RaplBackend without_kernel(const Roots& roots) {
  RaplBackend none;
  none.name = "perf";
  none.summary = "not of a captured machine (" + roots.sys.native() + ")";
  return none;
}

Discovery nothing_found(const RaplBackend& powercap, const RaplBackend& perf) {
  Discovery found;
  // Denied can be mended, broken may mend itself.
  for (const SourceStatus status : {SourceStatus::broken, SourceStatus::denied})
    for (const RaplBackend* backend : {&powercap, &perf})
      if (backend->status == status) found.status = status;
  found.summary = powercap.summary + "; perf: " + perf.summary;
  found.notes = powercap.notes;
  found.notes.insert(found.notes.end(), perf.notes.begin(), perf.notes.end());
  found.fix = powercap.fix;
  if (!perf.fix.empty()) found.fix += (found.fix.empty() ? "" : "; or for perf: ") + perf.fix;
  return found;
}

Discovery use(RaplBackend chosen, const Twins& twins, const RaplBackend& other, Watts ceiling) {
  Discovery found;
  found.status = SourceStatus::found;
  found.summary = names_of(chosen, twins) + comparison(chosen, other);
  found.fix = chosen.fix;
  found.notes = std::move(chosen.notes);
  for (std::size_t i = 0; i < twins.size(); ++i) {
    const RaplZone& zone = chosen.counters[i].zone;
    if (twins[i])
      found.notes.push_back(zone.component + " left out: it shows the counter of " +
                            chosen.counters[*twins[i]].zone.component +
                            " again, and is added once it parts from it");
    else if (zone.range == 0 && !chosen.counts_from_opening)
      found.notes.push_back(zone.component +
                            ": no usable max_energy_range_uj, so a wrap counts as a reset");
  }
  if (!other.fix.empty())
    found.notes.push_back(std::string{other.name} + " could be used too: " + other.fix);
  found.source = make_rapl_source(std::move(chosen), twins, ceiling);
  return found;
}
}  // namespace

Discovery discover_rapl(const Roots& roots, const SourceOptions& options, PerfEvents* events) {
  RaplBackend powercap = find_rapl_powercap(roots.sys);
  const std::string_view hypervisor = virtualization(roots);
  if (is_guest(hypervisor) && !options.rapl_in_guest) {
    Discovery off;
    off.summary = powercap.status == SourceStatus::absent
                      ? powercap.summary + ", as usual in a virtual machine"
                      : "not used: this is a virtual machine (" + std::string{hypervisor} +
                            "), where RAPL is missing, 0 or a guess of the hypervisor; "
                            "`sources.rapl_in_guest` turns it on";
    return off;
  }
  RaplBackend perf = events == nullptr ? without_kernel(roots) : find_rapl_perf(roots.sys, *events);
  const Watts ceiling{options.rapl_ceiling_watts};
  if (powercap.status != SourceStatus::found && perf.status != SourceStatus::found)
    return nothing_found(powercap, perf);

  const Twins twins =
      powercap.status == SourceStatus::found ? find_twins(powercap, ceiling) : Twins{};
  const auto repeated = static_cast<std::size_t>(
      std::count_if(twins.begin(), twins.end(), [](const auto& twin) { return twin.has_value(); }));
  if (perf.status == SourceStatus::found &&
      perf.counters.size() >= powercap.counters.size() - repeated) {
    take_constraints(perf, powercap);
    const Twins none(perf.counters.size());
    return use(std::move(perf), none, powercap, ceiling);
  }
  return use(std::move(powercap), twins, perf, ceiling);
}

Discovery discover_rapl(const Roots& roots, const SourceOptions& options) {
  KernelPerfEvents kernel;
  return discover_rapl(roots, options, roots.live() ? &kernel : nullptr);
}

}  // namespace sobriety::agent
