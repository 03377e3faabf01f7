// All that a monthly report is made of, as plain values: the facts of the period host by host, and
// the factors, prices and settings of that day. A report is a pure function of this, so keeping it
// is what issues the same report again.
//
// Integers, so that sums are exact: time in milliseconds, energy in microjoules, CO2e in
// milligrams.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector::report {

// Of the formulas behind the columns; a formula that changes is a new version.
inline constexpr std::uint32_t method_version = 1;

// Where a host's time went. `on`: on, and not judged whether active or idle. `lost`: nobody knows.
enum class State : std::uint8_t { active, idle, on, suspended, off, lost };
inline constexpr std::size_t state_count = 6;
inline constexpr std::array<std::string_view, state_count> state_names{"active",    "idle", "on",
                                                                       "suspended", "off",  "lost"};

// Of the calendar of the host's site.
enum class Hours : std::uint8_t { work, off };
inline constexpr std::size_t hours_count = 2;

struct Spent {
  std::int64_t ms = 0;
  std::int64_t uj = 0;

  bool operator==(const Spent&) const = default;
};

enum class Verdict : std::uint8_t {
  none,
  unknown,
  left_on,
  underused,
  comatose,
  confirmed,
  exempt
};
inline constexpr std::array<std::string_view, 7> verdict_names{
    "none", "unknown", "left_on", "underused", "comatose", "confirmed", "exempt"};

// Energy that one factor turns into emissions.
struct Emission {
  std::uint32_t factor = 0;  // index into Input::factors
  std::int64_t uj = 0;
  std::int64_t mg = 0;  // of CO2e: sum over hours of energy x the factor of the hour

  bool operator==(const Emission&) const = default;
};

// Night and weekend windows of the calendar in the period: in how many of them the host was known,
// and in how many of those on for more than 30 minutes.
struct Windows {
  std::uint32_t known = 0;
  std::uint32_t on = 0;

  Windows& operator+=(const Windows& other) {
    known += other.known;
    on += other.on;
    return *this;
  }
  bool operator==(const Windows&) const = default;
};

// What the energy of a host came to, each hour at its price.
struct Bill {
  double cost = 0;
  double avoidable = 0;

  bool operator==(const Bill&) const = default;
};

struct HostMonth {
  std::string id;  // "" where host detail is switched off, as is the name
  std::string name;
  std::string site, department, role;  // exactly one group
  std::string owner;
  std::string vendor, product, cpu_model;
  std::string purchased;  // YYYY-MM-DD, "" where unknown
  std::string method;     // how its wall energy is told at the end of the period
  std::uint32_t cores = 0;
  std::uint64_t memory = 0;  // bytes

  std::array<std::array<Spent, hours_count>, state_count> spent{};
  std::int64_t uj_measured = 0;          // the rest of the energy is estimated
  std::int64_t uj_low = 0, uj_high = 0;  // bounds of the energy
  std::int64_t uj_waste = 0;             // while idle, off-hours, not exempt
  std::int64_t uj_avoidable = 0;         // waste less what the machine would draw asleep or off
  Windows nights, weekends;
  Verdict verdict = Verdict::none;  // at the end of the period
  bool exempt = false;              // at any time in the period
  bool counted = true;              // in totals; a virtual machine's energy is its hypervisor's too
  std::vector<Emission> emissions;  // energy without a factor is in none of them
  std::optional<Bill> bill;         // where its site has two prices; else energy x price

  bool operator==(const HostMonth&) const = default;

  [[nodiscard]] const Spent& of(State state, Hours hours) const {
    return spent[static_cast<std::size_t>(state)][static_cast<std::size_t>(hours)];
  }
  [[nodiscard]] Spent& of(State state, Hours hours) {
    return spent[static_cast<std::size_t>(state)][static_cast<std::size_t>(hours)];
  }
};

// The energy of a day of the report's time zone, all hosts that count in the total together.
struct Day {
  std::string date;  // YYYY-MM-DD
  std::int64_t uj_active = 0;
  std::int64_t uj_idle_work = 0;  // idle in working hours
  std::int64_t uj_idle_off = 0;   // idle off-hours
  std::int64_t uj_rest = 0;       // on and not judged, suspended, off

  bool operator==(const Day&) const = default;
};

struct Factor {
  std::string zone;
  double g_per_kwh = 0;  // of an hourly series: its mean over the hours of the period that it has
  std::string source;
  std::string year;   // or the period, of an hourly series
  std::string scope;  // "production", "consumption, life cycle", … as its source says
  std::string level;  // hourly, annual or constant

  bool operator==(const Factor&) const = default;
};

struct OffPeak {
  double per_kwh = 0;
  std::string outside;  // the calendar outside whose hours it holds

  bool operator==(const OffPeak&) const = default;
};
struct Tariff {
  double per_kwh = 0;
  std::string currency;
  std::optional<OffPeak> off_peak = {};  // nothing: one price at any time

  bool operator==(const Tariff&) const = default;
};

struct Site {
  std::string name;
  std::optional<double> pue;
  std::optional<Tariff> tariff;

  bool operator==(const Site&) const = default;
};

struct Headcount {
  std::string site, department;
  std::uint32_t people = 0;

  bool operator==(const Headcount&) const = default;
};

struct Exemption {
  std::string what;  // the host or group
  std::string owner, reason;
  std::string until;  // YYYY-MM-DD

  bool operator==(const Exemption&) const = default;
};

// A threshold, a calendar, a power model: what the policy said, in its own words.
struct Setting {
  std::string key, value;

  bool operator==(const Setting&) const = default;
};

// A row of an earlier report, to compare with; the one without a role is its total.
struct BaselineRow {
  std::string site, department, role;
  std::uint32_t hosts = 0;
  std::int64_t mwh = 0;  // milliwatt-hours: a group may have more microjoules than an integer holds

  bool operator==(const BaselineRow&) const = default;
};
struct Baseline {
  std::string month;         // YYYY-MM
  std::int64_t seconds = 0;  // its length
  std::vector<BaselineRow> rows;

  bool operator==(const Baseline&) const = default;
};

struct Period {
  std::string month;      // YYYY-MM
  std::string first_day;  // YYYY-MM-DD, in the time zone
  std::string last_day;   // included
  std::string time_zone;
  std::int64_t from = 0;  // seconds since 1970
  std::int64_t to = 0;    // excluded; of a month that is not over, the end of what is accounted
  bool over = true;       // the month has ended: later figures do not change it

  bool operator==(const Period&) const = default;
};

struct Privacy {
  std::uint32_t min_group_size = 5;  // of machines that people sit at
  bool host_detail = true;

  bool operator==(const Privacy&) const = default;
};

struct Input {
  Period period;
  std::string organisation;  // whom the report is about, "" where not said
  std::string country = "France";
  std::int64_t issued = 0;  // seconds since 1970
  std::string collector_version;
  std::string policy_version;  // digest of the configuration behind the figures
  std::uint32_t method = method_version;
  Privacy privacy;
  std::vector<Site> sites;
  std::vector<Headcount> headcounts;
  std::vector<Factor> factors;
  std::vector<Exemption> exemptions;
  std::vector<Setting> settings;
  std::vector<Day> days;
  std::optional<Baseline> baseline;
  std::vector<HostMonth> hosts;

  bool operator==(const Input&) const = default;
};

// Machines that people sit at: what they do tells of a person.
[[nodiscard]] inline bool is_personal(std::string_view role) {
  return role == "workstation" || role == "laptop" || role == "thin";
}

}  // namespace sobriety::collector::report
