// Power over time whose energy is known in closed form: pieces of steady or evenly changing power,
// one after the other and then from the first again, for ever.
#pragma once

#include "proto/base/result.hpp"
#include "proto/base/units.hpp"

#include <span>
#include <string>
#include <vector>

namespace sobriety::player {

struct PowerPiece {
  Watts from{};
  Watts to{};  // reached at the end; the same as `from` where the power is steady
  Elapsed lasts{};
};

class PowerCurve {
 public:
  PowerCurve() = default;  // no power at all
  // Each lasts longer than 0; powers are not negative.
  explicit PowerCurve(std::vector<PowerPiece> pieces);

  // Energy from 0 to `until`, rounded down.
  [[nodiscard]] Microjoules energy(Elapsed until) const;

 private:
  std::vector<PowerPiece> pieces_;
  Elapsed cycle_{};
  double cycle_energy_ = 0;  // microjoules, exact for whole watts and milliseconds
};

// "45" (for ever), "45 for 10s" (a step), "45..120 for 5s" (a ramp): watts and a duration.
[[nodiscard]] Result<PowerPiece> parse_power_piece(std::string_view text);

}  // namespace sobriety::player
