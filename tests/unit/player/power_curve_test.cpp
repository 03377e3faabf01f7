#include "tests/support/player/power_curve.hpp"

#include <gtest/gtest.h>

namespace sobriety::player {
namespace {

using namespace std::chrono_literals;

PowerCurve curve(std::initializer_list<const char*> texts) {
  std::vector<PowerPiece> pieces;
  for (const char* text : texts) pieces.push_back(parse_power_piece(text).value());
  return PowerCurve{std::move(pieces)};
}

struct Row {
  const char* name;
  PowerCurve power;
  Elapsed until;
  std::uint64_t joules;
};

TEST(PowerCurve, has_its_energy_in_closed_form) {
  const Row rows[] = {
      {"no power, no energy", {}, 10s, 0},
      {"nothing before the start", curve({"45"}), -1s, 0},
      {"a steady power", curve({"45"}), 10s, 450},
      {"a step in its middle", curve({"45 for 10s", "100 for 10s"}), 15s, 950},
      {"a step at its very end", curve({"45 for 10s", "100 for 10s"}), 20s, 1450},
      {"the pieces come again", curve({"45 for 10s", "100 for 10s"}), 45s, 3125},
      {"half a ramp", curve({"0..100 for 10s"}), 5s, 125},
      {"a whole ramp down", curve({"100..0 for 10s"}), 10s, 500},
      {"very many pieces", curve({"1 for 500ms", "3 for 500ms"}), 1000000s, 2000000},
  };
  for (const Row& row : rows)
    EXPECT_EQ(row.power.energy(row.until), Microjoules{row.joules * 1'000'000}) << row.name;
}

TEST(PowerCurve, never_goes_back) {
  const PowerCurve power = curve({"20..200 for 700ms", "0 for 100ms", "200..3 for 300ms"});
  Microjoules before{};
  for (Elapsed at{}; at < 5s; at += 1234567ns) {
    const Microjoules now = power.energy(at);
    EXPECT_GE(now, before) << at.count();
    before = now;
  }
}

TEST(parse_power_piece, refuses_what_is_no_power) {
  for (const char* bad : {"", "-1", "nan", "45 for", "45 for 0s", "45 for 10", "1..2", "1.. for 5s",
                          "45W for 5s", "1e9", "45 for 10s for 10s"})
    EXPECT_FALSE(parse_power_piece(bad)) << bad;
}

}  // namespace
}  // namespace sobriety::player
