// OpenSSL's objects as values that free themselves, and its errors as ours.
#pragma once

#include "proto/base/result.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace sobriety::identity {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};

using Bio = std::unique_ptr<BIO, Free<::BIO_free_all>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Free<::X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, Free<::X509_REQ_free>>;

// What OpenSSL's queue of errors says of a failure, and `doing` before it; empties the queue.
[[nodiscard]] Error openssl_error(std::string_view doing);

[[nodiscard]] Bio read_only(std::string_view bytes);
[[nodiscard]] Bio buffer();
[[nodiscard]] std::string_view written(const Bio& bio);

}  // namespace sobriety::identity
