// All that the policy says of one host: a value, worked out once and shared by hosts that are
// alike.
#pragma once

#include "collector/policy/calendar.hpp"
#include "collector/policy/carbon.hpp"
#include "collector/policy/power_model.hpp"
#include "collector/policy/role.hpp"
#include "collector/policy/thresholds.hpp"
#include "proto/base/units.hpp"

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sobriety::collector::policy {

// Where a host belongs: exactly one, so that sums over groups count nothing twice.
struct Group {
  std::string site;
  std::string department;
  Role role = Role::unknown;

  auto operator<=>(const Group&) const = default;
};

// Of what no rule and no inventory gives a site or department.
inline constexpr std::string_view unassigned = "unassigned";

// A host that is meant to run although nobody uses it, for a time.
struct Exemption {
  std::string name;
  std::string owner;
  std::string reason;
  WallTime from{};
  WallTime expiry{};  // the first instant at which it holds no more

  bool operator==(const Exemption&) const = default;
};

// One price at any time, or a second one outside the hours of a calendar: nights, Sundays, …
struct Tariff {
  std::string currency;  // ISO 4217
  double per_kwh = 0;
  double off_peak_per_kwh = 0;                     // out of the hours of `peak`
  std::shared_ptr<const Calendar> peak = nullptr;  // null: one price

  struct Price {
    double per_kwh;
    WallTime until;  // it holds until then at least
  };
  [[nodiscard]] Price price_at(WallTime time) const;

  bool operator==(const Tariff&) const = default;
};

struct HostPolicy {
  Group group;
  std::string owner;  // a team, never a person
  std::optional<Date> purchased;

  std::shared_ptr<const Thresholds> thresholds;  // never null
  std::shared_ptr<const Calendar> calendar;      // never null
  bool off_out_of_hours = false;
  std::vector<Exemption> exemptions;  // by their beginning

  PowerModel power;
  bool counted = true;           // in totals; a guest's energy is in its hypervisor's already
  double pue = 1;                // of the room; 1 but for servers
  std::optional<Tariff> tariff;  // none: no cost
  std::shared_ptr<const CarbonZone> carbon;  // null: no emissions

  // The exemption in force, of several the one that ends last; null: none.
  [[nodiscard]] const Exemption* exemption_at(WallTime time) const;

  bool operator==(const HostPolicy&) const = default;
};

}  // namespace sobriety::collector::policy
