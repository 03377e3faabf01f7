// The files of an agent's identity, in `identity` below its state directory:
//
//   certificate.pem  key, certificate and chain: they change at once
//   key.pem          a link to it
//   ca.pem           the roots that collectors are known by
//   endpoints        where the token said that collectors are, a line each
//   request.pem      while a certificate is asked for: the key and the one request that it signed,
//                    which is kept so that asking again gets the same certificate
//
// An agent that is killed between any two of its steps goes on where it was.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/units.hpp"
#include "proto/identity/token.hpp"
#include "proto/runtime/endpoint.hpp"
#include "proto/wire/enrolment.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::agent {

struct IdentityFiles {
  explicit IdentityFiles(const std::filesystem::path& state_directory);

  std::filesystem::path directory, certificate, key, ca, endpoints, request;
  std::filesystem::path host_id;  // of the state directory itself
  std::filesystem::path token;
};

// The certificate that is there.
struct OwnCertificate {
  WallTime not_before;
  WallTime not_after;
  std::string serial;
};

// Held by the one that asks for a certificate: an agent that runs, or its command.
class IdentityLock {
 public:
  explicit IdentityLock(int descriptor) : descriptor_(descriptor) {}
  IdentityLock(IdentityLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  IdentityLock& operator=(IdentityLock&&) = delete;
  ~IdentityLock();

 private:
  int descriptor_;
};

class IdentityStore {
 public:
  explicit IdentityStore(const std::filesystem::path& state_directory) : files_(state_directory) {}

  [[nodiscard]] const IdentityFiles& files() const { return files_; }

  // Nothing where another process holds it.
  [[nodiscard]] Result<std::optional<IdentityLock>> lock() const;

  // Nothing where there is none. Errors are of files that are there and cannot be used.
  [[nodiscard]] Result<std::optional<OwnCertificate>> certificate() const;
  // None where no token told them.
  [[nodiscard]] Result<std::vector<Endpoint>> endpoints() const;

  // The request (PKCS #10, DER) to ask with: the one that is kept for `purpose`, or a new one. The
  // purpose is a token's id or a renewal; another one's request is forgotten.
  [[nodiscard]] Result<std::string> request(const std::string& purpose);
  // Puts what was issued for that request in its place; a certificate of another key is refused.
  // `endpoints`: empty leaves those that are there.
  [[nodiscard]] Result<void> install(const wire::EnrolReply& issued,
                                     const std::vector<Endpoint>& endpoints);
  // Forgets the request, once nobody will ask with it again.
  [[nodiscard]] Result<void> finish();

  // Forgets all of it, as an image for other machines needs.
  [[nodiscard]] Result<void> clear();

 private:
  IdentityFiles files_;
};

// The token in a file; nothing where there is no file. One that is no token is an error.
[[nodiscard]] Result<std::optional<identity::Token>> read_token(const std::filesystem::path& file);

}  // namespace sobriety::agent
