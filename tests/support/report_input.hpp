// A small town as the input of a report: two sites, 25 machines, October 2026, whose last week has
// a day of 25 hours in Europe/Paris, so that the month has 745. Figures are round, to be followed
// by hand.
#pragma once

#include "collector/report/input.hpp"

#include <cstdio>

namespace sobriety::test {

namespace report = collector::report;

inline constexpr std::int64_t hour_ms = 3'600'000;
inline constexpr std::int64_t kwh_uj = 3'600'000'000'000;

struct Hours {
  std::int64_t active, idle_work, idle_off, suspended, off;
};

// A machine that draws `active` and `idle` watts, 1 W asleep and off, for that many hours.
inline report::HostMonth machine(std::string name, std::string site, std::string department,
                                 std::string role, const Hours& hours, std::int64_t active,
                                 std::int64_t idle) {
  using report::State;
  report::HostMonth host;
  host.id = "id-of-" + name;
  host.name = std::move(name);
  host.site = std::move(site);
  host.department = std::move(department);
  host.role = std::move(role);
  const auto spend = [&host](State state, report::Hours of_day, std::int64_t h,
                             std::int64_t watts) {
    host.of(state, of_day) = {h * hour_ms, h * watts * kwh_uj / 1000};
  };
  spend(State::active, report::Hours::work, hours.active, active);
  spend(State::idle, report::Hours::work, hours.idle_work, idle);
  spend(State::idle, report::Hours::off, hours.idle_off, idle);
  spend(State::suspended, report::Hours::off, hours.suspended, 1);
  spend(State::off, report::Hours::off, hours.off, 1);
  std::int64_t uj = 0;
  for (const auto& of_state : host.spent)
    for (const report::Spent& spent : of_state) uj += spent.uj;
  host.uj_low = uj / 2;
  host.uj_high = uj * 2;
  host.uj_waste = hours.idle_off * idle * kwh_uj / 1000;
  host.uj_avoidable = hours.idle_off * (idle - 1) * kwh_uj / 1000;
  host.method = "profile";
  host.vendor = "Acme";
  host.cores = 4;
  host.memory = 16ULL << 30U;
  return host;
}

inline report::Input town() {
  using report::Verdict;
  report::Input input;
  input.period = {"2026-10",     "2026-10-01",
                  "2026-10-31",  "Europe/Paris",
                  1'790'805'600, 1'790'805'600 + 745 * 3600,
                  true};
  input.organisation = "Métropole d'Exemple";
  input.issued = 1'793'523'600;
  input.collector_version = "1.0.0";
  input.policy_version = "5f3c9a";
  input.sites = {{"Datacenter Nord", 1.5, report::Tariff{0.20, "EUR"}},
                 {"Hôtel de ville", std::nullopt, report::Tariff{0.25, "EUR"}}};
  input.headcounts = {{"Datacenter Nord", "DSI", 10},
                      {"Hôtel de ville", "Culture", 4},
                      {"Hôtel de ville", "État civil", 16}};
  input.factors = {{"FR", 44.18, "OWID/Ember", "2024", "production", "annual"},
                   {"FR", 30.5, "RTE éCO2mix", "2026-10", "production, combustion", "hourly"}};
  input.settings = {{"workstation.quiet.cpu_ratio", "0.05"},
                    {"workstation.quiet.network_received", "10000"},
                    {"workstation.idle.window", "30"},
                    {"laptop.quiet.cpu_ratio", "0.05"},
                    {"laptop.quiet.network_received", "10000"},
                    {"laptop.idle.window", "30"},
                    {"server.quiet.cpu_ratio", "0.05"},
                    {"server.quiet.network_received", "2500"},
                    {"server.idle.window", "60"},
                    {"server.verdict.confirmed_after", "180"},
                    {"calendar", "standard"},
                    {"ledger", "by hour"}};
  input.exemptions = {{"edito-*", "DSI", "nightly rendering", "2026-12-31"}};

  // Servers: 745 h on.
  for (int i = 1; i <= 3; ++i) {
    auto host = machine("srv-" + std::to_string(i), "Datacenter Nord", "DSI", "server",
                        {200, 145, 400, 0, 0}, 200, 100);
    host.uj_measured = 0;
    for (const auto& of_state : host.spent)
      for (const report::Spent& spent : of_state) host.uj_measured += spent.uj;
    host.method = "external_meter";
    host.product = "PowerBox R1";
    host.uj_waste = host.uj_avoidable = 0;  // servers serve at night
    host.verdict = i == 1 ? Verdict::none : i == 2 ? Verdict::underused : Verdict::confirmed;
    host.nights = {22, 22};
    host.weekends = {5, 5};
    input.hosts.push_back(host);
  }
  input.hosts.push_back(
      machine("vm-1", "Datacenter Nord", "DSI", "virtual", {100, 200, 445, 0, 0}, 20, 10));
  input.hosts.back().counted = false;
  // Civil registry: twelve workstations, of which a quarter stays on at night.
  for (int i = 1; i <= 12; ++i) {
    const bool left_on = i % 4 == 0;
    auto host = machine("ec-" + std::to_string(i), "Hôtel de ville", "État civil", "workstation",
                        left_on ? Hours{150, 120, 475, 0, 0} : Hours{150, 120, 10, 0, 465}, 80, 40);
    host.product = "Optima 7000";
    host.verdict = left_on ? Verdict::left_on : Verdict::none;
    host.nights = {22, left_on ? 22U : 0U};
    host.weekends = {5, left_on ? 5U : 0U};
    input.hosts.push_back(host);
  }
  // Six laptops of the registry, and three of the museum, who are too few to be shown apart.
  for (int i = 1; i <= 9; ++i) {
    const bool museum = i > 6;
    auto host = machine("lt-" + std::to_string(i), "Hôtel de ville",
                        museum ? "Culture" : "État civil", "laptop", {120, 40, 5, 300, 270}, 20, 8);
    host.product = "Book 14";
    host.nights = {20, 1};
    host.weekends = {5, 0};
    input.hosts.push_back(host);
  }
  input.hosts[5].exempt = true;
  // Emissions: all by the yearly factor, the servers' first by the hour.
  for (auto& host : input.hosts) {
    std::int64_t uj = 0;
    for (const auto& of_state : host.spent)
      for (const report::Spent& spent : of_state) uj += spent.uj;
    if (host.name == "srv-1")
      host.emissions = {{1, uj, static_cast<std::int64_t>(static_cast<double>(uj) / 3.6e9 * 30.5)}};
    else
      host.emissions = {
          {0, uj, static_cast<std::int64_t>(static_cast<double>(uj) / 3.6e9 * 44.18)}};
  }
  for (int day = 1; day <= 31; ++day) {
    std::array<char, 16> date{};
    std::snprintf(date.data(), date.size(), "2026-10-%02d", day);
    const bool weekend = (day + 2) % 7 >= 5;  // the 3rd and 4th of October 2026 were one
    input.days.push_back({date.data(), weekend ? kwh_uj / 2 : kwh_uj * 6, weekend ? 0 : kwh_uj * 4,
                          weekend ? kwh_uj * 13 : kwh_uj * 8, kwh_uj / 4});
  }
  return input;
}

}  // namespace sobriety::test
