// Durable storage of what the fleet's accounts need to go on after a restart, and of the ledger:
// the figures of each host by hour of UTC.
//
// A store is called from one thread at a time and may block. commit() is all or nothing, and what
// it has returned success for survives the death of the process as far as the store promises (the
// memory store promises nothing). After an error nobody knows whether the commit was durable: the
// same records may be committed again as they were, and take effect once.
#pragma once

#include "collector/fleet/host.hpp"
#include "collector/store/options.hpp"
#include "collector/store/outbox.hpp"
#include "proto/base/result.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sobriety::collector {

// A host's account and its place in its stream: they change together.
struct HostState {
  HostId id;
  std::string name;
  Place place;
  Account account;
  std::string subject;  // what is known of the host, as policy/subject_text.hpp writes it

  bool operator==(const HostState&) const = default;
};

// A change of one host: takes effect if the store holds it at `before`, and is done already if it
// holds it at state.place. Anything else is an error that names the host: somebody else wrote.
// Where both places are the same the account alone changes, and the ledger gains nothing.
struct HostRecord {
  Place before;                     // all zero: the host is new
  HostState state;                  // absolute
  Hours hours;                      // what the ledger gains
  std::vector<QuietDay> days;       // that ended: each replaces what was kept of it
  std::vector<OutboxBlock> outbox;  // what the outbox gains
  WallTime outbox_since{};          // when the first of that came
};

// Days of use that a store keeps of a host, before the newest.
inline constexpr std::int32_t most_quiet_days = 400;

// What the ledger keeps in a row.
enum class Grain : std::uint8_t { hour, day };

struct LedgerRow {
  Hour from{};  // of a day: its first hour
  Figures figures;
  bool intact = true;  // the row is as the store wrote it
};

// Hears how far a long work is: `done` of `all`, in units of the work.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

class Store {
 public:
  virtual ~Store() = default;
  // All hosts, where the store can tell in the order in which they came.
  [[nodiscard]] virtual Result<std::vector<HostState>> load() = 0;
  [[nodiscard]] virtual Result<void> commit(std::span<const HostRecord> changed) = 0;

  // Rows of a host that begin in [from, to), in ascending order: at most `most` of them. A host
  // that is not known has none.
  [[nodiscard]] virtual Result<std::vector<LedgerRow>> rows(const HostId& host, Grain grain,
                                                            Hour from, Hour to,
                                                            std::size_t most) = 0;

  // The days of use of a host that are kept, from day `from` (since 1970) on, ascending.
  [[nodiscard]] virtual Result<std::vector<QuietDay>> quiet_days(const HostId& host,
                                                                 std::int32_t from) = 0;

  // Rows that wait in the outbox, the oldest first: so many that they have `samples` samples or
  // more, at most a hundred. One that is damaged is given up, and told of in `notes`.
  [[nodiscard]] virtual Result<std::vector<OutboxRow>> outbox_rows(
      std::uint64_t samples, std::vector<std::string>& notes) = 0;
  // Rows leave the outbox. Those that are not there any more change nothing.
  [[nodiscard]] virtual Result<void> settle_outbox(std::span<const OutboxSettled> rows) = 0;
  [[nodiscard]] virtual Result<OutboxState> outbox_state() = 0;

  // Makes days of hours that lie before `before`, the start of a day, whole days only; returns how
  // many hours are gone, 0 when none is left. One call moves about `most` hours and is one
  // transaction. Hours that are not as they were written stay.
  [[nodiscard]] virtual Result<std::size_t> roll_up(Hour before, std::size_t most) = 0;

  // All that follows sees one moment of the store, however long it takes, until the snapshot goes.
  class Snapshot {
   public:
    virtual ~Snapshot() = default;
  };
  [[nodiscard]] virtual Result<std::unique_ptr<Snapshot>> snapshot() = 0;

  // What the store finds wrong with itself, a line each; about accounts it knows nothing.
  [[nodiscard]] virtual Result<std::vector<std::string>> check() = 0;

  // Writes a copy of a moment of the store to a new file, while others go on to use it.
  [[nodiscard]] virtual Result<void> backup(const std::filesystem::path& file,
                                            const Progress& progress) = 0;
};

// For looking at a store that a collector may have open: nothing is made, changed or locked.
enum class Access : std::uint8_t { own, look };

struct StoreKind {
  std::string_view name;
  Result<std::unique_ptr<Store>> (*open)(const StoreOptions& options, Access access);
};

// THE list of stores: a row a store.
[[nodiscard]] std::span<const StoreKind> store_kinds();

// Opens the store that the options name.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const StoreOptions& options, Access access);

// The error of a record whose host the store holds at neither of its places, but at `found`.
[[nodiscard]] Error displaced(const HostRecord& record, const Place& found);

}  // namespace sobriety::collector
