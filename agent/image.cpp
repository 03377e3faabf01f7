#include "agent/image.hpp"

#include "agent/enrol/identity_store.hpp"
#include "agent/spool/file_system.hpp"

namespace sobriety::agent {

Result<void> prepare_image(const std::filesystem::path& state_directory) {
  const auto spool = state_directory / "spool";
  std::error_code error;
  if (std::filesystem::exists(spool, error)) {
    // Held until it is gone: no agent starts in between.
    BOOST_OUTCOME_TRY(const auto held, spool::open_directory(spool));
    std::filesystem::remove_all(spool, error);
    if (error)
      return fail(Errc::broken, spool.string() + ": cannot be removed: " + error.message());
  }
  return IdentityStore{state_directory}.clear();
}

}  // namespace sobriety::agent
