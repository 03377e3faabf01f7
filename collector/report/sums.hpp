// What adds up over hosts, and the hosts of one group added up.
#pragma once

#include "collector/report/input.hpp"

#include <set>
#include <string>
#include <utility>

namespace sobriety::collector::report {

// A fleet has more microjoules in a month than 64 bits hold.
__extension__ using Wide = __int128;

struct Sums {
  std::uint32_t hosts = 0;
  std::uint32_t personal = 0;  // hosts that people sit at
  std::uint32_t servers = 0;
  std::array<Wide, state_count> ms{};
  Wide uj = 0, uj_measured = 0, uj_low = 0, uj_high = 0, uj_waste = 0, uj_avoidable = 0;
  Wide uj_personal = 0;
  Windows nights, weekends;
  std::uint32_t underused = 0, comatose = 0, exempt = 0;
  // Rooms: the energy of servers, and that times the PUE of their site.
  Wide uj_servers = 0;
  double uj_room = 0;
  bool pue_missing = false;
  // Money: hosts whose site has no price, and of the others what it comes to.
  bool tariff_missing = false;
  double cost = 0, cost_avoidable = 0;
  std::set<std::string> currencies;
  // Emissions: energy that has a factor, and which ones.
  Wide uj_with_factor = 0, mg = 0;
  std::set<std::uint32_t> factors;
  // Whose people these are.
  std::set<std::pair<std::string, std::string>> departments;

  Sums& operator+=(const Sums& other);

  [[nodiscard]] Wide ms_on() const { return of(State::active) + of(State::idle) + of(State::on); }
  [[nodiscard]] Wide of(State state) const { return ms[static_cast<std::size_t>(state)]; }
};

// Of one host; `site`: null where nothing is configured of its.
[[nodiscard]] Sums sums_of(const HostMonth& host, const Site* site);

struct Group {
  std::string site, department, role;
  Sums sums;
  Sums counted;             // of those hosts that are in totals
  std::uint32_t parts = 1;  // groups that it is made of: several where they are too small apart

  [[nodiscard]] std::uint32_t hosts() const { return sums.hosts; }
  void add(const Group& other) {
    sums += other.sums;
    counted += other.counted;
  }
};

// The hosts by {site, department, role}, in that order.
[[nodiscard]] std::vector<Group> grouped(const Input& input);

[[nodiscard]] constexpr double kwh(Wide uj) { return static_cast<double>(uj) / 3.6e12; }

}  // namespace sobriety::collector::report
