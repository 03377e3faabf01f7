#include "agent/enrol/identity_store.hpp"

#include "proto/identity/certificate.hpp"
#include "proto/identity/files.hpp"
#include "proto/identity/key.hpp"
#include "proto/runtime/values.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sobriety::agent {

namespace {

using identity::Certificate;
using identity::Key;
using identity::read_whole;
using identity::remove_file;
using identity::write_whole;

constexpr std::string_view purpose_mark = "purpose: ";

std::string pem_of_request(const std::string& der) {
  const auto bio = identity::buffer();
  ::PEM_write_bio(bio.get(), PEM_STRING_X509_REQ, "",
                  reinterpret_cast<const unsigned char*>(der.data()),
                  static_cast<long>(der.size()));
  return std::string{identity::written(bio)};
}

// The request in a text that has a key too; empty where there is none.
std::string request_of_pem(const std::string& text) {
  const auto bio = identity::read_only(text);
  const identity::RequestHandle request{
      ::PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr)};
  if (!request) return {};
  unsigned char* bytes = nullptr;
  const int size = ::i2d_X509_REQ(request.get(), &bytes);
  if (size <= 0) return {};
  std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  ::OPENSSL_free(bytes);
  return der;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// DER certificates of a reply as PEM, each looked at.
Result<std::string> pem_of(const std::vector<std::string>& certificates, std::string_view what) {
  std::string text;
  for (const std::string& der : certificates) {
    BOOST_OUTCOME_TRY(const auto certificate, Certificate::from_der(der, what));
    text += certificate.pem();
  }
  return text;
}

// `link` leads to `name` beside it.
Result<void> keep_link(const std::filesystem::path& link, const std::string& name) {
  std::error_code error;
  if (std::filesystem::read_symlink(link, error) == name) return success();
  BOOST_OUTCOME_TRY(remove_file(link));
  if (::symlink(name.c_str(), link.c_str()) != 0)
    return system_error(errno, link.string() + ": cannot be made");
  return success();
}

}  // namespace

IdentityFiles::IdentityFiles(const std::filesystem::path& state_directory)
    : directory(state_directory / "identity"),
      certificate(directory / "certificate.pem"),
      key(directory / "key.pem"),
      ca(directory / "ca.pem"),
      endpoints(directory / "endpoints"),
      request(directory / "request.pem"),
      host_id(state_directory / "host-id"),
      token(state_directory / "token") {}

IdentityLock::~IdentityLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::optional<IdentityLock>> IdentityStore::lock() const {
  BOOST_OUTCOME_TRY(identity::make_private_directory(files_.directory));
  const int directory = ::open(files_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return system_error(errno, files_.directory.string() + ": cannot be opened");
  std::optional<IdentityLock> held{std::in_place, directory};
  if (::flock(directory, LOCK_EX | LOCK_NB) == 0) return held;
  if (errno == EWOULDBLOCK) return std::optional<IdentityLock>{};
  return system_error(errno, files_.directory.string() + ": cannot be locked");
}

Result<std::optional<OwnCertificate>> IdentityStore::certificate() const {
  const auto text = read_whole(files_.certificate);
  if (!text && text.error().code == Errc::absent) return std::optional<OwnCertificate>{};
  if (!text) return text.error();
  BOOST_OUTCOME_TRY(const auto chain,
                    identity::certificates_of_pem(text.value(), files_.certificate.string()));
  const Certificate& own = chain.front();
  return std::optional{OwnCertificate{own.not_before(), own.not_after(), own.serial()}};
}

Result<std::vector<Endpoint>> IdentityStore::endpoints() const {
  std::vector<Endpoint> endpoints;
  const auto text = read_whole(files_.endpoints);
  if (!text && text.error().code == Errc::absent) return endpoints;
  if (!text) return text.error();
  std::string_view rest = text.value();
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const auto endpoint = parse_endpoint(line);
    if (!endpoint)
      return fail(Errc::broken, files_.endpoints.string() +
                                    ": has a line that is not host:port; remove the file and "
                                    "set collector.endpoint");
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

Result<std::string> IdentityStore::request(const std::string& purpose) {
  const std::string mark = std::string{purpose_mark} + purpose;
  const auto kept = read_whole(files_.request);
  if (kept && first_line(kept.value()) == mark)
    if (std::string der = request_of_pem(kept.value()); !der.empty()) return der;
  if (!kept && kept.error().code != Errc::absent) return kept.error();
  BOOST_OUTCOME_TRY(identity::make_private_directory(files_.directory));
  const Key key = Key::generate();
  std::string der = identity::make_certificate_request(key);
  BOOST_OUTCOME_TRY(write_whole(files_.request, mark + "\n" + key.pem() + pem_of_request(der)));
  return der;
}

Result<void> IdentityStore::install(const wire::EnrolReply& issued,
                                    const std::vector<Endpoint>& endpoints) {
  BOOST_OUTCOME_TRY(const auto kept, read_whole(files_.request));
  BOOST_OUTCOME_TRY(const auto key, Key::from_pem(kept, files_.request.string()));
  BOOST_OUTCOME_TRY(const auto own,
                    Certificate::from_der(issued.certificate, "the certificate that was issued"));
  if (own.public_digest() != key.public_digest())
    return fail(Errc::malformed, "the certificate that was issued is not of this agent's key");
  BOOST_OUTCOME_TRY(const auto chain, pem_of(issued.chain, "the chain that was issued"));
  BOOST_OUTCOME_TRY(const auto roots, pem_of(issued.authorities, "the root that was sent"));

  BOOST_OUTCOME_TRY(write_whole(files_.ca, roots));
  if (!endpoints.empty()) {
    std::string lines;
    for (const Endpoint& endpoint : endpoints) lines += to_string(endpoint) + "\n";
    BOOST_OUTCOME_TRY(write_whole(files_.endpoints, lines));
  }
  BOOST_OUTCOME_TRY(write_whole(files_.host_id, issued.host.hex() + "\n"));
  BOOST_OUTCOME_TRY(keep_link(files_.key, files_.certificate.filename()));
  return write_whole(files_.certificate, key.pem() + own.pem() + chain);
}

Result<void> IdentityStore::finish() { return remove_file(files_.request); }

Result<void> IdentityStore::clear() {
  std::error_code error;
  std::filesystem::remove_all(files_.directory, error);
  if (error)
    return fail(Errc::broken,
                files_.directory.string() + ": cannot be removed: " + error.message());
  BOOST_OUTCOME_TRY(remove_file(files_.host_id));
  return remove_file(files_.token);
}

Result<std::optional<identity::Token>> read_token(const std::filesystem::path& file) {
  const auto text = read_whole(file, identity::max_token_text);
  if (!text && text.error().code == Errc::absent) return std::optional<identity::Token>{};
  if (!text) return text.error();
  auto token = identity::parse_token(text.value());
  if (!token) return fail(token.error().code, file.string() + ": " + token.error().message);
  return std::optional{std::move(token.value())};
}

}  // namespace sobriety::agent
