#include "collector/web/protection.hpp"

#include "proto/runtime/log.hpp"

#include <algorithm>

namespace sobriety::collector {

Result<std::shared_ptr<ProtectionFile>> ProtectionFile::open(std::filesystem::path path,
                                                             bool demanded) {
  std::shared_ptr<ProtectionFile> made{new ProtectionFile{std::move(path), demanded}};
  BOOST_OUTCOME_TRY(made->look(true));
  return made;
}

std::shared_ptr<const Protection> ProtectionFile::now() const {
  const std::lock_guard lock{mutex_};
  return protection_;
}

Result<bool> ProtectionFile::look(bool in_any_case) {
  const std::lock_guard one_at_a_time{looking_};
  if (path_.empty()) {
    const std::lock_guard lock{mutex_};
    if (!protection_) protection_ = std::make_shared<const Protection>();
    return false;
  }
  if (!in_any_case && !changed()) return false;
  std::vector<Seen> seen;
  auto loaded = load(seen);
  seen_ = std::move(seen);
  if (!loaded) return loaded.as_failure();
  const WebConfig& config = loaded.value().config;
  spdlog::info("web: {}: {}", path_.string(), summary(config));
  for (const std::string& note : config.notes) spdlog::warn("web: {}: {}", path_.string(), note);
  const std::lock_guard lock{mutex_};
  protection_ = std::make_shared<const Protection>(std::move(loaded).value());
  return true;
}

// `seen` gains each file before it is read.
Result<Protection> ProtectionFile::load(std::vector<Seen>& seen) const {
  Protection made;
  seen.push_back({path_, stamp_of(path_)});
  BOOST_OUTCOME_TRY(made.config, load_web_config(path_));
  if (demanded_ && !made.config.tls && made.config.users.empty())
    return fail(Errc::malformed,
                path_.string() +
                    ": protects nothing, and web.listen is no loopback address: give it "
                    "tls_server_config or basic_auth_users, or set web.unprotected: true");
  if (!made.config.tls) return made;
  for (const auto& file :
       {made.config.tls->certificate, made.config.tls->key, made.config.tls->client_ca})
    if (!file.empty()) seen.push_back({file, stamp_of(file)});
  BOOST_OUTCOME_TRY(made.tls, web_context(*made.config.tls));
  return made;
}

bool ProtectionFile::changed() const {
  return std::any_of(seen_.begin(), seen_.end(),
                     [](const Seen& seen) { return stamp_of(seen.file) != seen.stamp; });
}

}  // namespace sobriety::collector
