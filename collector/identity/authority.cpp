#include "collector/identity/authority.hpp"

#include "proto/identity/files.hpp"

#include <algorithm>

namespace sobriety::collector {

namespace {

using identity::Certificate;
using identity::Key;
using identity::read_whole;
using identity::write_whole;

Result<std::vector<Certificate>> read_certificates(const std::filesystem::path& path) {
  BOOST_OUTCOME_TRY(const auto text, read_whole(path));
  return identity::certificates_of_pem(text, path.string());
}

// Of a file that has both.
Result<Signer> read_signer(const std::filesystem::path& certificate,
                           const std::filesystem::path& key_file) {
  BOOST_OUTCOME_TRY(auto certificates, read_certificates(certificate));
  BOOST_OUTCOME_TRY(const auto text, read_whole(key_file));
  BOOST_OUTCOME_TRY(auto key, Key::from_pem(text, key_file.string()));
  if (certificates.front().public_digest() != key.public_digest())
    return fail(Errc::broken, key_file.string() + ": is not the key of " + certificate.string());
  return Signer{std::move(certificates.front()), std::move(key)};
}

Result<Signer> write_issuing(const AuthorityFiles& files, const Signer& root, WallTime now) {
  auto key = Key::generate();
  BOOST_OUTCOME_TRY(auto certificate, make_issuing(key, root, Validity::of(now, issuing_lifetime)));
  BOOST_OUTCOME_TRY(write_whole(files.issuing, key.pem() + certificate.pem()));
  return Signer{std::move(certificate), std::move(key)};
}

std::string pem_of(const std::vector<const Certificate*>& certificates) {
  std::string text;
  for (const Certificate* certificate : certificates) text += certificate->pem();
  return text;
}

}  // namespace

AuthorityFiles::AuthorityFiles(std::filesystem::path where)
    : directory(std::move(where)),
      root(directory / "root.pem"),
      root_key(directory / "root.key"),
      issuing(directory / "issuing.pem"),
      server(directory / "server.pem"),
      clients(directory / "clients.pem") {}

bool Authority::exists(const std::filesystem::path& directory) {
  std::error_code ignored;
  return std::filesystem::exists(AuthorityFiles{directory}.root, ignored);
}

// Made beside, and then at once where it belongs: an init that is interrupted leaves nothing there.
Result<void> Authority::init(const std::filesystem::path& directory,
                             const std::vector<std::string>& names, WallTime now) {
  if (exists(directory))
    return fail(Errc::denied, directory.string() +
                                  ": has an authority already, and agents trust it; "
                                  "ca roll-over renews its issuing CA, --if-missing keeps it");
  BOOST_OUTCOME_TRY(check_names(names));
  const std::filesystem::path where =
      directory.has_filename() ? directory : directory.parent_path();
  const AuthorityFiles draft{where.string() + ".new"};
  std::error_code error;
  std::filesystem::remove_all(draft.directory, error);
  BOOST_OUTCOME_TRY(identity::make_private_directory(draft.directory));
  auto root_key = Key::generate();
  BOOST_OUTCOME_TRY(auto root_certificate, make_root(root_key, Validity::of(now, root_lifetime)));
  const Signer root{std::move(root_certificate), std::move(root_key)};
  BOOST_OUTCOME_TRY(write_whole(draft.root_key, root.key.pem()));
  BOOST_OUTCOME_TRY(write_whole(draft.root, root.certificate.pem()));
  BOOST_OUTCOME_TRY(auto issuing, write_issuing(draft, root, now));
  BOOST_OUTCOME_TRY(write_whole(draft.clients, pem_of({&root.certificate, &issuing.certificate})));
  BOOST_OUTCOME_TRY(auto made, open(draft.directory));
  BOOST_OUTCOME_TRY(made.write_server(names, now));
  std::filesystem::remove(where, error);  // of an empty one
  return identity::rename_file(draft.directory, where);
}

Result<Authority> Authority::open(const std::filesystem::path& directory) {
  AuthorityFiles files{directory};
  auto roots = read_certificates(files.root);
  if (!roots && roots.error().code == Errc::absent)
    return fail(Errc::absent, directory.string() +
                                  ": there is no authority yet; make one by "
                                  "sobriety-collector ca init --name NAME-OF-THIS-COLLECTOR");
  if (!roots) return roots.error();
  BOOST_OUTCOME_TRY(auto issuing, read_signer(files.issuing, files.issuing));
  if (!issuing.certificate.signed_by(roots.value().front()))
    return fail(Errc::broken,
                files.issuing.string() + ": is not of the root in " + files.root.string());
  return Authority{std::move(files), std::move(roots.value().front()), std::move(issuing)};
}

// First what is trusted grows, then what signs changes: whoever stops in between has lost nothing.
Result<void> Authority::roll_over(const std::filesystem::path& directory, WallTime now) {
  BOOST_OUTCOME_TRY(const auto before, open(directory));
  const AuthorityFiles& files = before.files_;
  auto root = read_signer(files.root, files.root_key);
  if (!root && root.error().code == Errc::absent)
    return fail(Errc::absent,
                files.root_key.string() +
                    ": the root's key is needed for this; put it back for the time of the command");
  if (!root) return root.error();
  auto key = Key::generate();
  BOOST_OUTCOME_TRY(const auto fresh,
                    make_issuing(key, root.value(), Validity::of(now, issuing_lifetime)));
  BOOST_OUTCOME_TRY(const auto trusted, read_certificates(files.clients));
  std::vector<const Certificate*> kept{&before.root_, &fresh};
  for (const Certificate& one : trusted)
    if (one.not_after() > now && one.fingerprint() != before.root_.fingerprint())
      kept.push_back(&one);
  BOOST_OUTCOME_TRY(write_whole(files.clients, pem_of(kept)));
  BOOST_OUTCOME_TRY(write_whole(files.issuing, key.pem() + fresh.pem()));
  BOOST_OUTCOME_TRY(const auto after, open(directory));
  BOOST_OUTCOME_TRY(after.renew_server({}, now));
  return success();
}

Result<Certificate> Authority::issue(EVP_PKEY* key, const HostId& host, WallTime now,
                                     std::chrono::milliseconds lifetime) const {
  return make_host(key, issuing_, host, Validity::of(now, lifetime));
}

Result<Certificate> Authority::server() const {
  BOOST_OUTCOME_TRY(auto chain, read_certificates(files_.server));
  return std::move(chain.front());
}

// The root goes along: whoever has only its pin needs it.
Result<void> Authority::write_server(const std::vector<std::string>& names, WallTime now) const {
  const auto key = Key::generate();
  BOOST_OUTCOME_TRY(const auto certificate,
                    make_server(key, issuing_, names, Validity::of(now, server_lifetime)));
  return write_whole(files_.server,
                     key.pem() + pem_of({&certificate, &issuing_.certificate, &root_}));
}

Result<bool> Authority::renew_server(const std::vector<std::string>& names, WallTime now) const {
  const auto present = server();
  std::vector<std::string> wanted = names;
  if (present) {
    const Certificate& old = present.value();
    std::vector<std::string> has = old.names();
    if (wanted.empty()) wanted = has;
    std::vector<std::string> sorted = wanted;
    std::ranges::sort(sorted);
    std::ranges::sort(has);
    const auto due = old.not_before() + (old.not_after() - old.not_before()) * 2 / 3;
    if (now < due && sorted == has && old.signed_by(issuing_.certificate)) return false;
  } else if (present.error().code != Errc::absent) {
    return present.error();
  }
  BOOST_OUTCOME_TRY(write_server(wanted, now));
  return true;
}

}  // namespace sobriety::collector
