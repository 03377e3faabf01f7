// A policy in words: for check-config and its --explain.
#pragma once

#include "collector/policy/policy_file.hpp"
#include "proto/base/result.hpp"

#include <string>
#include <string_view>

namespace sobriety::collector::policy {

// A host as the command line tells it:
// "pc-7,chassis=laptop,address=10.1.2.3,tag=lab,product=Latitude". Keys are address, tag (several
// times), chassis, virtualization, product, cpu and os.
[[nodiscard]] Result<Subject> parse_subject(std::string_view text);

// Rule by rule whether it matches, then thing by thing what the host has and why.
[[nodiscard]] std::string explain_text(const Policy& policy, const Subject& subject, WallTime now);

// What each rule asks for, gives, and matches in the inventory; exemptions; notes.
[[nodiscard]] std::string summary_text(const LoadedPolicy& loaded, WallTime now);

}  // namespace sobriety::collector::policy
