#include "collector/policy/policy_file.hpp"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

using Files = std::map<std::string, std::string>;

Result<LoadedPolicy> read(std::string_view text, const Files& files = {}) {
  BOOST_OUTCOME_TRY(const auto document, yaml::parse(text, "p.yaml", policy_limits));
  const auto read_one = [&files](const std::filesystem::path& path,
                                 std::size_t) -> Result<std::string> {
    const auto found = files.find(path.string());
    if (found == files.end()) return fail(Errc::absent, path.string() + ": cannot be read");
    return found->second;
  };
  return read_policy(document, {.read = read_one, .directory = "etc"});
}

std::string error_of(std::string_view text, const Files& files = {}) {
  const auto policy = read(text, files);
  return policy ? "" : policy.error().message;
}

Subject host(std::string name, std::string chassis = "desktop") {
  Subject subject;
  subject.name = std::move(name);
  subject.facts.chassis = std::move(chassis);
  subject.facts.virtualization = "none";
  return subject;
}

TEST(PolicyFile, an_empty_one_is_what_a_collector_does_without_one) {
  const auto loaded = read("").value();
  const auto given = loaded.policy.of(host("pc"));
  const auto expected = Policy{}.of(host("pc"));
  EXPECT_EQ(given.group, expected.group);
  EXPECT_EQ(*given.thresholds, *expected.thresholds);
  EXPECT_EQ(given.power, expected.power);
  EXPECT_EQ(given.calendar->name(), "standard");
  EXPECT_TRUE(loaded.notes.empty());
}

TEST(PolicyFile, the_example_that_is_shipped_is_sound_and_says_what_it_means_to) {
  const std::filesystem::path fixtures = SOBRIETY_FIXTURES;
  const auto loaded =
      load_policy((fixtures / "../../deploy/config/policy.yaml").lexically_normal());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE(loaded.value().notes.empty()) << loaded.value().notes.front();
  const Policy& policy = loaded.value().policy;
  // The thresholds and the profile that it spells out are the defaults.
  EXPECT_EQ(*policy.parts().thresholds[static_cast<std::size_t>(Role::workstation)],
            default_thresholds(Role::workstation));
  EXPECT_EQ(policy.parts().profiles.at("desktop").profile, find_profile("desktop")->profile);

  const auto desk = policy.of(host("pc-dsi-001.metropole.example"));
  EXPECT_EQ(desk.group, (Group{"Hôtel de métropole", "Direction du numérique", Role::workstation}));
  EXPECT_EQ(desk.owner, "Équipe postes de travail");
  EXPECT_EQ(desk.calendar->name(), "office");
  EXPECT_EQ(desk.tariff, (Tariff{"EUR", 0.20}));
  EXPECT_DOUBLE_EQ(desk.carbon->factor_at(sys_days{2026y / May / 1})->grams_per_kwh, 44.18);
  EXPECT_TRUE(desk.calendar->holidays().contains(2026y / May / 15));
  EXPECT_EQ(policy.headcount(desk.group.site, desk.group.department), 120U);

  auto server = host("srv-9", "server");
  server.address = parse_address("10.1.7.3");
  const auto in_room = policy.of(server);
  EXPECT_EQ(in_room.group, (Group{"Salle machine", "Direction du numérique", Role::server}));
  EXPECT_EQ(in_room.pue, 1.6);
  EXPECT_EQ(in_room.calendar->period_at(sys_days{2026y / May / 2}), Period::work);

  auto tower = host("t");
  tower.facts.product = "PowerEdge T40";
  EXPECT_EQ(policy.of(tower).group.role, Role::server);
  EXPECT_EQ(policy.of(tower).power.name, "small_server");
  EXPECT_EQ(policy.of(host("med-3")).thresholds->name, "public_terminal");
  EXPECT_EQ(policy.of(host("med-3")).thresholds->idle.window, 60min);
  EXPECT_NE(policy.of(host("render-1")).exemption_at(sys_days{2026y / November / 30}), nullptr);
}

struct Mistake {
  const char* text;
  const char* error;  // the beginning of a line of what is said
};

TEST(PolicyFile, mistakes_are_named_with_file_line_and_key) {
  const Mistake mistakes[] = {
      {"rulez: {}", "p.yaml:1: rulez: unknown key, did you mean 'rules'?"},
      {"calendars:\n  a: {time_zone: Europe/Lutetia}",
       "p.yaml:2: calendars.a.time_zone: there is no time zone"},
      {"calendars:\n  a: {work: {monday: [\"20:00-07:00\"]}}",
       "p.yaml:2: calendars.a.work.monday[0]: expected hours"},
      {"calendars:\n  a: {work: {monday: [\"7:00-20:00\"]}}",
       "p.yaml:2: calendars.a.work.monday[0]: expected hours"},
      {"calendars:\n  a: {work: {monday: [\"07:00-24:01\"]}}",
       "p.yaml:2: calendars.a.work.monday[0]: expected hours"},
      {"calendars:\n  a: {work: {monday: [\"07:00-12:00\", \"11:00-13:00\"]}}",
       "p.yaml:2: calendars.a.work.monday[1]: begins before"},
      {"calendars:\n  a: {days_off: [2026-02-29]}",
       "p.yaml:2: calendars.a.days_off[0]: expected a date"},
      {"calendars:\n  a: {holidays: belgium}",
       "p.yaml:2: calendars.a.holidays: expected none, france or alsace_moselle"},
      {"calendars:\n  a: {holidays_file: none.txt}",
       "p.yaml:2: calendars.a.holidays_file: etc/none.txt: cannot be read"},
      {"calendars:\n  a: {holidays_file: bad.txt}",
       "p.yaml:2: calendars.a.holidays_file: etc/bad.txt:2: expected a date"},
      {"tariffs:\n  a: {per_kwh: 0.2}", "p.yaml:2: tariffs.a.currency: is missing"},
      {"tariffs:\n  a: {currency: eur, per_kwh: 0.2}",
       "p.yaml:2: tariffs.a.currency: expected a code of ISO 4217"},
      {"tariffs:\n  a: {currency: EUR, per_kwh: -0.2}",
       "p.yaml:2: tariffs.a.per_kwh: must be from 0"},
      {"tariffs:\n  a: {currency: EUR, per_kwh: 0.2, off_peak: {per_kwh: 0.1}}",
       "p.yaml:2: tariffs.a.off_peak.outside: is missing"},
      {"tariffs:\n  a: {currency: EUR, per_kwh: 0.2, off_peak: {per_kwh: -1, outside: standard}}",
       "p.yaml:2: tariffs.a.off_peak.per_kwh: must be from 0"},
      {"tariffs:\n  a: {currency: EUR, per_kwh: 0.2, off_peak: {per_kwh: 0.1, outside: b}}",
       "p.yaml:2: tariffs.a.off_peak.outside: there is no calendar 'b'"},
      {"sites:\n  a: {tariff: b}", "p.yaml:2: sites.a.tariff: there is no tariff 'b'"},
      {"sites:\n  a: {calendar: b}",
       "p.yaml:2: sites.a.calendar: there is no calendar 'b'; there are standard"},
      {"sites:\n  a: {pue: 0.9}", "p.yaml:2: sites.a.pue: must be from 1 to 10"},
      {"carbon:\n  FR:\n    constant: {g_per_kwh: 52, year: 2024, source: x}",
       "p.yaml:3: carbon.FR.constant.scope: is missing"},
      {"carbon:\n  FR:\n    constant: {g_per_kwh: .nan, year: 2024, source: x, scope: y}",
       "p.yaml:3: carbon.FR.constant.g_per_kwh: expected a number"},
      {"carbon:\n  FR:\n    annual: {source: x, scope: y, years: {20x4: 44}}",
       "p.yaml:3: carbon.FR.annual.years.20x4: expected a year"},
      {"carbon:\n  FR:\n    hourly: {format: xls, files: []}",
       "p.yaml:3: carbon.FR.hourly.format: expected plain or electricity_maps or eco2mix"},
      {"carbon:\n  FR:\n    hourly: {files: [column.csv]}",
       "p.yaml:3: carbon.FR.hourly.files[0]: etc/column.csv:1: unknown column 'note'"},
      {"exemptions:\n  a: {hostname: [b], owner: c, reason: d}",
       "p.yaml:2: exemptions.a.until: is missing"},
      {"exemptions:\n  a: {hostname: [b], owner: c, reason: d, until: 2026-02-30}",
       "p.yaml:2: exemptions.a.until: expected a date"},
      {"exemptions:\n  a: {hostname: [b], owner: c, reason: d, from: 2026-02-02, until: "
       "2026-02-01}",
       "p.yaml:2: exemptions.a.until: is before from"},
      {"thresholds:\n  a: {like: servant}", "p.yaml:2: thresholds.a.like: expected server"},
      {"thresholds:\n  server: {idle: {window: 90s}}",
       "p.yaml:2: thresholds.server.idle.window: expected whole minutes"},
      {"thresholds:\n  server: {idle: {wake_buckets: 6}}",
       "p.yaml:2: thresholds.server.idle.wake_buckets: must not be over"},
      {"thresholds:\n  server: {quiet: {cpu_ratio: 5}}",
       "p.yaml:2: thresholds.server.quiet.cpu_ratio: must be from 0 to 1"},
      {"profiles:\n  a: {off: 1, idle: 20}", "p.yaml:2: profiles.a.max: "},
      {"profiles:\n  laptop: {max: 5}", "p.yaml:2: profiles.laptop.max: must not be below idle"},
      {"rules:\n  a: {match: {address: [10.0.0.1/8]}}",
       "p.yaml:2: rules.a.match.address[0]: expected a network"},
      {"rules:\n  a: {match: {role: [router]}}",
       "p.yaml:2: rules.a.match.role[0]: expected server"},
      {"rules:\n  a: {match: {hostnam: [a]}}",
       "p.yaml:2: rules.a.match.hostnam: unknown key, did you mean 'hostname'?"},
      {"rules:\n  a: {set: {profile: big}}",
       "p.yaml:2: rules.a.set.profile: there is no profile 'big'"},
      {"rules:\n  a: {set: {thresholds: big}}",
       "p.yaml:2: rules.a.set.thresholds: there is no set of thresholds 'big'"},
      {"rules:\n  a: {set: {rapl_calibrated: {a: 3}}}",
       "p.yaml:2: rules.a.set.rapl_calibrated.b: is missing"},
      {"rules:\n  a: {set: {vcpu: {min: 3, max: 2}}}",
       "p.yaml:2: rules.a.set.vcpu.max: must not be below min"},
      {"rules:\n  a: {}\n  a: {}", "p.yaml:3: rules.a: "},
      {"inventory: {file: glpi.csv, columns: {owner: Chef}}",
       "p.yaml:1: inventory.file: etc/glpi.csv: has no column 'Chef'"},
      {"headcount: {file: heads.csv}",
       "p.yaml:1: headcount.file: etc/heads.csv:2: headcount: expected a number of people"},
  };
  const Files files{{"etc/bad.txt", "2026-01-01 a\n2026-13-01 b\n"},
                    {"etc/column.csv", "timestamp,zone,g_per_kwh,source,scope,note\n"},
                    {"etc/glpi.csv", "Name,Entity\na,b\n"},
                    {"etc/heads.csv", "site,department,headcount\na,b,many\n"}};
  for (const auto& [text, error] : mistakes) {
    const auto said = "\n" + error_of(text, files);
    EXPECT_NE(said.find("\n" + std::string{error}), std::string::npos) << text << "\ngave" << said;
  }
}

TEST(PolicyFile, ten_thousand_rules_are_taken_and_one_more_is_refused_by_name) {
  std::string text = "rules:\n";
  for (int i = 1; i <= 10'000; ++i)
    text += "  r" + std::to_string(i) + ": {match: {hostname: [h" + std::to_string(i) +
            "]}, set: {site: s" + std::to_string(i) + "}}\n";
  const auto loaded = read(text);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded.value().policy.of(host("h10000")).group.site, "s10000");
  EXPECT_EQ(
      error_of(text + "  last: {}\n"),
      "p.yaml:10002: rules.last: is one rule too many: at most 10000, got 10001; let the inventory "
      "file give sites and departments");
}

TEST(PolicyFile, an_inventory_of_more_than_ten_thousand_groups_is_refused) {
  std::string csv = "Name,Entity\n";
  for (int i = 0; i < 10'001; ++i) csv += "h" + std::to_string(i) + ",e" + std::to_string(i) + "\n";
  EXPECT_EQ(
      error_of("inventory: {file: i.csv}", {{"etc/i.csv", csv}})
          .find("p.yaml:1: inventory.file: etc/i.csv: has 10001 pairs of a location and an entity"),
      0U);
}

constexpr std::string_view hourly_file =
    "carbon:\n  FR:\n    hourly: {files: [h.csv]}\n    annual: {source: OWID, scope: life cycle, "
    "years: "
    "{2026: 44}}\nsites:\n  default: {carbon: FR}\n";

TEST(PolicyFile, a_hole_in_a_carbon_series_is_told_and_falls_to_the_annual_factor) {
  const Files files{{"etc/h.csv",
                     "timestamp,zone,g_per_kwh,source,scope\n2026-05-01T00:00Z,FR,20,a,b\n"
                     "2026-05-01T01:00Z,FR,0,a,b\n2026-05-01T04:00Z,FR,30,a,b\n"}};
  const auto loaded = read(hourly_file, files);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded.value().notes,
            std::vector<std::string>{
                "carbon.FR: 2 hours between the first and the last have no factor, the "
                "first of them at 2026-05-01T02:00Z: they take the annual one, and say so"});
  const auto carbon = loaded.value().policy.of(host("pc")).carbon;
  EXPECT_EQ(carbon->factor_at(sys_days{2026y / May / 1} + 1h)->grams_per_kwh, 0);  // a true zero
  EXPECT_EQ(carbon->factor_at(sys_days{2026y / May / 1} + 2h)->grams_per_kwh, 44);
  EXPECT_EQ(carbon->factor_at(sys_days{2026y / May / 1} + 2h)->level, FactorLevel::annual);
  EXPECT_EQ(carbon->factor_at(sys_days{2026y / May / 1} + 4h)->grams_per_kwh, 30);
}

TEST(PolicyFile, an_hour_that_two_files_have_is_refused) {
  constexpr std::string_view text = "carbon:\n  FR:\n    hourly: {files: [a.csv, b.csv]}\n";
  const std::string csv = "timestamp,zone,g_per_kwh,source,scope\n2026-05-01T00:00Z,FR,20,a,b\n";
  EXPECT_EQ(error_of(text, {{"etc/a.csv", csv}, {"etc/b.csv", csv}}),
            "p.yaml:3: carbon.FR.hourly.files[1]: 2026-05-01T00:00Z has a figure in a.csv already");
}

TEST(PolicyFile, sites_take_what_they_leave_out_from_the_default) {
  const auto loaded = read(
      "calendars:\n  day: {time_zone: Europe/Berlin}\ntariffs:\n  t: {currency: EUR, per_kwh: "
      "0.3}\n"
      "sites:\n  default: {tariff: t, pue: 2}\n  a: {calendar: day}\n"
      "rules:\n  a: {match: {hostname: [a]}, set: {site: a}}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto a = loaded.value().policy.of(host("a", "server"));
  EXPECT_EQ(a.calendar->name(), "day");
  EXPECT_EQ(a.tariff, (Tariff{"EUR", 0.3}));
  EXPECT_EQ(a.pue, 2);
}

TEST(PolicyFile, a_tariff_may_have_a_second_price_outside_the_hours_of_a_calendar) {
  const auto loaded = read(
      "calendars:\n  peak: {work: {every_day: [\"06:00-22:00\"]}}\n"
      "tariffs:\n  t: {currency: EUR, per_kwh: 0.27, off_peak: {per_kwh: 0.2, outside: peak}}\n"
      "sites:\n  default: {tariff: t}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Policy& policy = loaded.value().policy;
  const Tariff tariff = policy.of(host("pc")).tariff.value();
  // In Paris 22:00 is 21:00Z in winter and 20:00Z in summer, and 06:00 is 05:00Z and 04:00Z.
  for (const auto& [day, end, begin] :
       {std::tuple{2026y / January / 13, 21h, 5h}, {2026y / July / 14, 20h, 4h}}) {
    EXPECT_EQ(tariff.price_at(sys_days{day} + end - 1ms).per_kwh, 0.27);
    EXPECT_EQ(tariff.price_at(sys_days{day} + end - 1h).until, sys_days{day} + end);
    EXPECT_EQ(tariff.price_at(sys_days{day} + end).per_kwh, 0.2);
    EXPECT_EQ(tariff.price_at(sys_days{day} + begin - 1ms).per_kwh, 0.2);
    EXPECT_EQ(tariff.price_at(sys_days{day} + begin).per_kwh, 0.27);
  }
  std::string told;
  for (const Reason& reason : policy.explain(host("pc"), sys_days{2026y / May / 1}).reasons)
    if (reason.what == "tariff") told = reason.value;
  EXPECT_EQ(told, "0.27 EUR/kWh, 0.2 outside the hours of 'peak'");
}

TEST(PolicyFile, a_site_of_rules_that_is_not_in_sites_is_noted) {
  const auto loaded = read("sites:\n  mairie: {}\nrules:\n  a: {set: {site: marie}}\n").value();
  ASSERT_EQ(loaded.notes.size(), 1U);
  EXPECT_NE(loaded.notes[0].find("'marie'"), std::string::npos);
}

TEST(PolicyFile, later_names_of_days_are_closer_than_those_of_many_days) {
  const auto loaded = read(
      "calendars:\n  c: {time_zone: UTC, work: {weekdays: [\"09:00-17:00\"], monday: [], saturday: "
      "[\"10:00-12:00\"]}}\nsites:\n  default: {calendar: c}\n");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const auto calendar = loaded.value().policy.of(host("a")).calendar;
  const auto work_of = [&](Date date) {
    return calendar->split(sys_days{date}, sys_days{date} + days{1}).work;
  };
  EXPECT_EQ(work_of(2026y / November / 30), 0h);  // a Monday
  EXPECT_EQ(work_of(2026y / December / 1), 8h);
  EXPECT_EQ(work_of(2026y / December / 5), 2h);
  EXPECT_EQ(work_of(2026y / December / 6), 0h);
}

}  // namespace
}  // namespace sobriety::collector::policy
