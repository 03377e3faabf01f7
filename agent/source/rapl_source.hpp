// The source over the counters of a RAPL back-end.
#pragma once

#include "agent/source/rapl_backend.hpp"
#include "agent/source/source.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sobriety::agent {

// Of each counter, the one whose energy it shows again. AMD's first and second Zen have a zone a
// die, and each shows the counter of the whole socket; real parts of several dies must be added up.
// Counters of one domain and one socket are the same where a reading of one lies between two
// readings of the other, give or take what the hardware adds between two refreshes.
//
// At boot all counters are near zero and seem the same. So a repeated counter is read along, and
// once it parts from its twin the source asks to be discovered anew; what it had counted is kept.
using Twins = std::vector<std::optional<std::size_t>>;
[[nodiscard]] Twins find_twins(RaplBackend& backend, Watts ceiling);

// How far two readings of the same counter may be apart: two refreshes, of about 1 ms, at the
// ceiling.
[[nodiscard]] Microjoules noise(Watts ceiling);

// `ceiling`: power above which a reading is not believed, per package. `backend` has been found.
[[nodiscard]] std::unique_ptr<Source> make_rapl_source(RaplBackend backend, const Twins& twins,
                                                       Watts ceiling);

}  // namespace sobriety::agent
