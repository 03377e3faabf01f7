// Who may come and who is known: tokens, hosts and their certificates, in SQLite. The command line
// changes it while the collector runs. No secret is in it: of a token's only the digest is kept.
#pragma once

#include "collector/store/database.hpp"
#include "proto/base/units.hpp"
#include "proto/identity/token.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sobriety::collector {

using identity::Digest;
using identity::TokenId;

struct TokenRow {
  TokenId id;
  Digest secret{};  // SHA-256 of it
  WallTime created{};
  WallTime expires{};
  std::int64_t max_uses = 1;
  std::int64_t uses = 0;
  std::string group;  // tag of the hosts that come by it
  bool revoked = false;

  bool operator==(const TokenRow&) const = default;
};

enum class Standing : std::uint8_t { pending = 0, approved = 1, revoked = 2 };
[[nodiscard]] std::string_view to_string(Standing standing);

struct HostRow {
  HostId id;
  std::string name;  // as it called itself when it came
  std::string group;
  TokenId token;     // by which it came
  Digest request{};  // SHA-256 of the certificate request that it came with
  WallTime enrolled{};
  Standing standing = Standing::approved;

  bool operator==(const HostRow&) const = default;
};

struct CertificateRow {
  Digest fingerprint{};
  HostId host;
  Digest request{};  // that it was issued for
  Digest key{};      // SHA-256 of its public key
  std::string serial;
  WallTime issued{};
  WallTime expires{};
  std::string der;

  bool operator==(const CertificateRow&) const = default;
};

// What the door is told of a certificate.
struct KnownCertificate {
  Digest fingerprint{};
  HostId host;
  Standing standing{};
};

// Where it lies in the directory of an authority.
[[nodiscard]] inline std::filesystem::path register_file(const std::filesystem::path& directory) {
  return directory / "identity.db";
}

// Of one thread at a time; of one of several programs.
class Register {
 public:
  // Makes the file where it is not there, which its directory must be.
  [[nodiscard]] static Result<std::unique_ptr<Register>> open(const std::filesystem::path& file);
  ~Register();
  Register(const Register&) = delete;
  Register& operator=(const Register&) = delete;

  [[nodiscard]] Database& database();
  // Changes when another connection has changed something.
  [[nodiscard]] Result<std::int64_t> version();

  [[nodiscard]] Result<void> add(const TokenRow& token);
  [[nodiscard]] Result<std::optional<TokenRow>> token(const TokenId& id);
  [[nodiscard]] Result<std::vector<TokenRow>> tokens();
  [[nodiscard]] Result<void> use(const TokenId& id);
  // False where there is none.
  [[nodiscard]] Result<bool> revoke(const TokenId& id);

  [[nodiscard]] Result<void> add(const HostRow& host);
  [[nodiscard]] Result<std::optional<HostRow>> host(const HostId& id);
  [[nodiscard]] Result<std::optional<HostRow>> host_that_came_with(const Digest& request);
  [[nodiscard]] Result<std::vector<HostRow>> hosts();
  [[nodiscard]] Result<void> set(const HostId& id, Standing standing);

  [[nodiscard]] Result<void> add(const CertificateRow& certificate);
  [[nodiscard]] Result<std::optional<CertificateRow>> certificate(const Digest& fingerprint);
  // The newest that was issued for this request.
  [[nodiscard]] Result<std::optional<CertificateRow>> certificate_for(const Digest& request);
  // Those that expired before are forgotten.
  [[nodiscard]] Result<void> forget(WallTime expired_before);
  [[nodiscard]] Result<std::vector<KnownCertificate>> known();

 private:
  struct Statements;
  explicit Register(std::unique_ptr<Statements> statements);
  std::unique_ptr<Statements> statements_;
};

}  // namespace sobriety::collector
