// Certificates for simulated machines, issued in memory by an authority whose key is at hand.
#pragma once

#include "proto/runtime/tls.hpp"

#include <filesystem>
#include <memory>

namespace sobriety::simulation {

class Authority {
 public:
  // Reads ca.pem and ca.key of the directory; throws where that fails.
  explicit Authority(const std::filesystem::path& directory);

  // What a machine of that identity connects with.
  [[nodiscard]] Result<tls::Context> context_of(const HostId& host) const;

 private:
  struct FreeCertificate {
    void operator()(X509* certificate) const;
  };
  struct FreeKey {
    void operator()(EVP_PKEY* key) const;
  };

  std::filesystem::path bundle_;
  std::unique_ptr<X509, FreeCertificate> certificate_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_of_machines_;  // one for all: they are not real
};

}  // namespace sobriety::simulation
