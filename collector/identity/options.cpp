#include "collector/identity/options.hpp"

#include "collector/identity/names.hpp"

#include <array>

namespace sobriety::collector {

namespace {

using namespace std::chrono_literals;

enum class Approval { automatic, manual };
constexpr std::array approvals{Choice<Approval>{"automatic", Approval::automatic},
                               Choice<Approval>{"manual", Approval::manual}};

Approval approval_of(const EnrolmentPolicy& policy) {
  return policy.manual_approval ? Approval::manual : Approval::automatic;
}

}  // namespace

void read_identity(yaml::Section section, IdentityOptions& options) {
  section.read_optional("directory", options.directory);
  section.read("names", options.names, {0, 32}, {1, 253});
  for (std::size_t i = 0; i < options.names.size(); ++i)
    if (const auto problem = problem_of_name(options.names[i]); !problem.empty())
      section.refuse_item("names", i, "'" + yaml::shown(options.names[i]) + "' " + problem);
  section.read("certificate_lifetime", options.policy.certificate_lifetime, {10s, 24h * 825});
  auto approval = approval_of(options.policy);
  section.read("approval", approval, approvals);
  options.policy.manual_approval = approval == Approval::manual;
}

std::string describe(const IdentityOptions& options) {
  std::string names;
  for (const std::string& name : options.names)
    names.append(names.empty() ? "" : ", ").append(yaml::quoted_scalar(name));
  return "identity:\n  directory: " + yaml::quoted_scalar(options.directory.string()) +
         "\n  names: [" + names +
         "]\n  certificate_lifetime: " + duration_text(options.policy.certificate_lifetime) +
         "\n  approval: " + std::string{name_of(approvals, approval_of(options.policy))} + "\n";
}

}  // namespace sobriety::collector
