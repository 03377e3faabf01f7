#include "tests/support/player/power_curve.hpp"

#include "proto/base/text.hpp"
#include "proto/runtime/values.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace sobriety::player {

namespace {
constexpr std::chrono::hours for_ever{24 * 365};
constexpr double most_watts = 100'000;

// Microjoules of the first `time` of a piece.
double energy_of(const PowerPiece& piece, Elapsed time) {
  const auto t = static_cast<double>(time.count());
  const auto whole = static_cast<double>(piece.lasts.count());
  const double change = (piece.to - piece.from).count();
  return (piece.from.count() * t + change * t * t / (2 * whole)) / 1e3;
}

std::optional<Watts> parse_watts(std::string_view text) {
  const auto value = parse_finite(trimmed(text));
  if (!value || *value < 0 || *value > most_watts) return std::nullopt;
  return Watts{*value};
}
}  // namespace

PowerCurve::PowerCurve(std::vector<PowerPiece> pieces) : pieces_(std::move(pieces)) {
  for (const PowerPiece& piece : pieces_) {
    cycle_ += piece.lasts;
    cycle_energy_ += energy_of(piece, piece.lasts);
  }
}

Microjoules PowerCurve::energy(Elapsed until) const {
  if (pieces_.empty() || until <= Elapsed::zero()) return {};
  double energy = static_cast<double>(until / cycle_) * cycle_energy_;
  Elapsed left = until % cycle_;
  for (const PowerPiece& piece : pieces_) {
    energy += energy_of(piece, std::min(left, piece.lasts));
    left -= std::min(left, piece.lasts);
  }
  return Microjoules{static_cast<std::uint64_t>(std::floor(energy))};
}

Result<PowerPiece> parse_power_piece(std::string_view text) {
  constexpr std::string_view wanted =
      "expected watts such as '45', '45 for 10s' or '45..120 for 5s'";
  constexpr std::string_view span_word = " for ";
  constexpr std::string_view ramp_word = "..";
  PowerPiece piece{{}, {}, for_ever};
  const auto span = text.find(span_word);
  if (span != std::string_view::npos) {
    const auto lasts = parse_duration(trimmed(text.substr(span + span_word.size())));
    if (!lasts || *lasts <= Elapsed::zero()) return fail(Errc::malformed, std::string{wanted});
    piece.lasts = *lasts;
    text = text.substr(0, span);
  }
  const auto ramp = text.find(ramp_word);
  if (ramp != std::string_view::npos && span == std::string_view::npos)
    return fail(Errc::malformed, std::string{wanted});
  const auto from = parse_watts(text.substr(0, ramp));
  const auto to =
      ramp == std::string_view::npos ? from : parse_watts(text.substr(ramp + ramp_word.size()));
  if (!from || !to) return fail(Errc::malformed, std::string{wanted});
  piece.from = *from;
  piece.to = *to;
  return piece;
}

}  // namespace sobriety::player
