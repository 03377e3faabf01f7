// Reads a certificate request (PKCS #10) of somebody who is not known yet.
#pragma once

#include "proto/identity/digest.hpp"
#include "proto/identity/openssl.hpp"

#include <string_view>

namespace sobriety::collector {

// All that is taken of a request: its public key. Subject, attributes and extensions are ignored.
struct RequestedKey {
  identity::KeyHandle key;   // on P-256; the request proves that its sender has the private part
  identity::Digest request;  // SHA-256 of the whole request
  identity::Digest key_digest;
};

// `der` is of at most wire::max_certificate_request bytes, and read whole. Errors are malformed or
// unsupported (another kind of key).
[[nodiscard]] Result<RequestedKey> read_certificate_request(std::string_view der);

}  // namespace sobriety::collector
