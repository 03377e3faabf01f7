// What a fleet's machines really did, where kill -9 cannot reach it: a mapped file that the next
// run of the same fleet goes on from, and that the oracle reads.
//
// The kernel keeps what was stored in a shared mapping when the process dies, so an entry is as new
// as its last store. It is stored when a batch is safe in the spool; who dies in between finds by
// the energy that the spool has how far the machine had come.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"
#include "tests/fleet/machine.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <type_traits>

namespace sobriety::simulation {

// A machine after the batch `seq` (0: before its first).
struct Standing {
  std::uint64_t seq = 0;
  std::uint64_t samples = 0;  // made so far
  std::int64_t lived_until_ms = 0;
  MachineCounters counters;
};

// One host of the file. Its layout is read by tests/faults/oracle.py.
struct HostTruth {
  HostId id;
  Standing done;
  std::uint64_t acknowledged = 0;     // last batch that the collector acknowledged
  std::uint64_t dropped_samples = 0;  // by the spool's bound
};
static_assert(std::is_trivially_copyable_v<HostTruth>);

class TruthFile {
 public:
  TruthFile() = default;
  // Makes the file, or maps the one of an earlier run. Errors: it is another fleet's, or cannot be
  // made.
  [[nodiscard]] static Result<TruthFile> open(const std::filesystem::path& path, std::size_t hosts);
  TruthFile(TruthFile&& other) noexcept;
  TruthFile& operator=(TruthFile&& other) noexcept;
  ~TruthFile();

  [[nodiscard]] std::span<HostTruth> hosts() const { return hosts_; }

 private:
  explicit TruthFile(std::span<HostTruth> hosts) : hosts_(hosts) {}
  std::span<HostTruth> hosts_;
};

}  // namespace sobriety::simulation
