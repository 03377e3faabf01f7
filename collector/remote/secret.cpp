#include "collector/remote/secret.hpp"

#include "proto/runtime/read_file.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>

namespace sobriety::collector::remote {

namespace {

constexpr std::size_t longest_secret = 16 * 1024;

Result<std::string> read_secret(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IRWXO) != 0)
    return fail(Errc::denied, file.string() +
                                  ": is for everybody to read; make it its owner's and its group's"
                                  " alone (chmod o= FILE)");
  BOOST_OUTCOME_TRY(std::string secret, read_file(file, longest_secret));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  const auto fits = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; };
  if (secret.empty() || !std::all_of(secret.begin(), secret.end(), fits))
    return fail(Errc::malformed, file.string() + ": expected one line that is not empty");
  return secret;
}

std::string base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace

Result<std::string> authorization(const RemoteWriteOptions& options) {
  if (!options.bearer_token_file.empty()) {
    BOOST_OUTCOME_TRY(const std::string token, read_secret(options.bearer_token_file));
    return "Bearer " + token;
  }
  if (options.password_file.empty()) return std::string{};
  BOOST_OUTCOME_TRY(const std::string password, read_secret(options.password_file));
  return "Basic " + base64(options.username + ':' + password);
}

}  // namespace sobriety::collector::remote
