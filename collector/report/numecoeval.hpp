// The physical equipment as the CSV that NumEcoEval and G4IT import: a line an equipment or a lot
// of equal ones, with the year's energy of each. Column `utilisateur` is always empty.
#pragma once

#include "collector/report/input.hpp"

namespace sobriety::collector::report {

// Servers are told one by one where host detail is on. Machines that people sit at are told by
// site and model, and with their energy where there are enough of them. Virtual machines are no
// physical equipment.
[[nodiscard]] std::string numecoeval(const Input& input);

}  // namespace sobriety::collector::report
