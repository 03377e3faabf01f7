#include "proto/identity/openssl.hpp"

#include <openssl/err.h>

#include <string>

namespace sobriety::identity {

Error openssl_error(std::string_view doing) {
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  return {Errc::broken, std::string{doing} + ": " + (reason == nullptr ? "unsuitable" : reason)};
}

Bio read_only(std::string_view bytes) {
  return Bio{::BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))};
}

Bio buffer() { return Bio{::BIO_new(::BIO_s_mem())}; }

std::string_view written(const Bio& bio) {
  char* bytes = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace sobriety::identity
