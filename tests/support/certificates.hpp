// Certificates for tests: an authority and what it issues, as PEM files in a directory.
#pragma once

#include <openssl/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace sobriety::test {

struct Issued {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct Wish {
  // "URI:…", "DNS:…", "IP:…", separated by commas; none where empty.
  std::string names;
  std::string usage = "clientAuth";
  std::chrono::seconds from = std::chrono::hours{-1};  // from now
  std::chrono::seconds to = std::chrono::hours{24};
};

[[nodiscard]] std::string host_uri(const std::string& uuid);
inline const std::string loopback_names = "IP:127.0.0.1,DNS:localhost";

class Authority {
 public:
  // Its own certificate is `directory`/`name`.pem. Throws where OpenSSL fails.
  Authority(std::filesystem::path directory, const std::string& name);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // `file`.pem, followed by the authority's own, and `file`.key.
  Issued issue(const std::string& file, const Wish& wish);
  [[nodiscard]] const std::filesystem::path& bundle() const { return bundle_; }

 private:
  std::filesystem::path directory_;
  std::filesystem::path bundle_;
  EVP_PKEY* key_;
  X509* certificate_;
  long serial_ = 0x1000;
};

// The first certificate of a PEM file.
struct FreeCertificate {
  void operator()(X509* certificate) const;
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;
[[nodiscard]] Certificate read_certificate(const std::filesystem::path& path);

}  // namespace sobriety::test
