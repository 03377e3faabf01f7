// The collector's own authority: a directory with a root, an issuing CA below it, and the
// certificate of the telemetry port.
//
//   root.pem     the root's certificate: what agents trust, and what a token's pin is of
//   root.key     its key; needed by `ca init` and `ca roll-over` alone, it may be kept elsewhere
//   issuing.pem  key and certificate of the issuing CA
//   server.pem   key, certificate and chain of the telemetry port
//   clients.pem  the authorities whose clients are let in: root, issuing CA and those before it
//   identity.db  tokens, hosts and certificates (register.hpp)
//
// Key and certificate lie in one file where they change together, so that they change at once.
#pragma once

#include "collector/identity/issuance.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sobriety::collector {

struct AuthorityFiles {
  explicit AuthorityFiles(std::filesystem::path where);

  std::filesystem::path directory, root, root_key, issuing, server, clients;
};

inline constexpr std::chrono::hours root_lifetime{24 * 365 * 20};
inline constexpr std::chrono::hours issuing_lifetime{24 * 365 * 5};
inline constexpr std::chrono::hours server_lifetime{24 * 90};

class Authority {
 public:
  // Makes all of it in a directory that is not there or empty; `names` are those of the server.
  [[nodiscard]] static Result<void> init(const std::filesystem::path& directory,
                                         const std::vector<std::string>& names, WallTime now);
  [[nodiscard]] static bool exists(const std::filesystem::path& directory);
  [[nodiscard]] static Result<Authority> open(const std::filesystem::path& directory);
  // A new issuing CA below the root, whose key must be there, and a server certificate of it. The
  // one before stays trusted until it expires.
  [[nodiscard]] static Result<void> roll_over(const std::filesystem::path& directory, WallTime now);

  // A certificate for the host's key, of at most the issuing CA's own life.
  [[nodiscard]] Result<identity::Certificate> issue(EVP_PKEY* key, const HostId& host, WallTime now,
                                                    std::chrono::milliseconds lifetime) const;

  // Writes a new server certificate where two thirds of the present one's life are over, where it
  // is of another issuing CA, or where `names` are others than its own (empty: those it has); tells
  // whether it did.
  [[nodiscard]] Result<bool> renew_server(const std::vector<std::string>& names,
                                          WallTime now) const;

  [[nodiscard]] const AuthorityFiles& files() const { return files_; }
  [[nodiscard]] identity::Digest pin() const { return root_.public_digest(); }
  [[nodiscard]] const identity::Certificate& root() const { return root_; }
  [[nodiscard]] const identity::Certificate& issuing() const { return issuing_.certificate; }
  [[nodiscard]] Result<identity::Certificate> server() const;

 private:
  Authority(AuthorityFiles files, identity::Certificate root, Signer issuing)
      : files_(std::move(files)), root_(std::move(root)), issuing_(std::move(issuing)) {}
  [[nodiscard]] Result<void> write_server(const std::vector<std::string>& names,
                                          WallTime now) const;

  AuthorityFiles files_;
  identity::Certificate root_;
  Signer issuing_;
};

}  // namespace sobriety::collector
