// TLS from files, for both sides: contexts for handshakes, their exchange while the program runs,
// and what the other side's certificate says.
//
// Contexts speak TLS 1.3 only, keep no session and give no ticket; idle connections hold no buffer.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/base/result.hpp"
#include "proto/base/units.hpp"
#include "proto/identity/digest.hpp"
#include "proto/runtime/file_stamp.hpp"

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace sobriety::tls {

// Never changed once it is in use. (Its users include <boost/asio/ssl/context.hpp>.)
using Context = std::shared_ptr<boost::asio::ssl::context>;

// PEM files. The certificate may be followed by those that lead to its authority; the key is of any
// kind that TLS 1.3 takes and must be the certificate's.
struct KeyFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;

  bool operator==(const KeyFiles&) const = default;
};

using identity::Digest;  // a SHA-256
// Of the public key with its algorithm (SubjectPublicKeyInfo, as RFC 7469 pins it).
[[nodiscard]] Digest key_digest(const X509& certificate);

// A server that shows this certificate. With `client_ca`, a bundle in PEM, clients must show one of
// an authority in it, or the handshake fails; without, none is asked for.
[[nodiscard]] Result<Context> server_context(const KeyFiles& own,
                                             const std::filesystem::path& client_ca = {});

// Whose word is taken for who a server is: any authority in a bundle, or the one whose public key
// has this digest and whose certificate the server sends along.
struct CaFile {
  std::filesystem::path path;
};
struct CaPin {
  Digest key;
};
using Trust = std::variant<CaFile, CaPin>;

// A client that believes servers of `trust` and, with `own`, shows its certificate.
[[nodiscard]] Result<Context> client_context(const Trust& trust,
                                             const std::optional<KeyFiles>& own = std::nullopt);

// Why a certificate was not believed, in words: `verdict` is an X509_V_ERR_….
[[nodiscard]] std::string verdict_text(long verdict);

// The reason of the newest failure inside OpenSSL on this thread; its queue is empty afterwards.
[[nodiscard]] std::string take_failure();

// What an agent's certificate says. The authority has been checked by then.
struct PeerCertificate {
  HostId host;         // of its one name, URI:sobriety://host/<uuid>
  std::string serial;  // lower-case hex
  Digest fingerprint;  // of the whole certificate
  Digest key;          // key_digest()
  WallTime not_before;
  WallTime not_after;

  bool operator==(const PeerCertificate&) const = default;
};
[[nodiscard]] Result<PeerCertificate> peer_certificate(const X509& certificate);

// A context whose files may change: handshakes that begin take the newest good one. Thread-safe.
class Renewable {
 public:
  using Load = std::function<Result<Context>()>;

  // `files`: what `load` reads.
  [[nodiscard]] static Result<std::shared_ptr<Renewable>> make(
      std::vector<std::filesystem::path> files, Load load);

  [[nodiscard]] Context now() const;
  // Loads again where a file changed since the last load (or in any case) and tells whether it did.
  // After an error the old context stays in use; the same files are not tried again.
  Result<bool> look(bool in_any_case = false);

 private:
  Renewable(std::vector<std::filesystem::path> files, Load load)
      : files_(std::move(files)), load_(std::move(load)) {}
  [[nodiscard]] std::vector<FileStamp> stamps() const;

  const std::vector<std::filesystem::path> files_;
  const Load load_;
  std::mutex looking_;  // one look at a time; guards seen_
  std::vector<FileStamp> seen_;
  mutable std::mutex mutex_;  // guards context_
  Context context_;
};

}  // namespace sobriety::tls
