// What the certificates of our own authority look like: four kinds, made by pure functions of their
// inputs but for the serial number, which is random.
#pragma once

#include "proto/base/ids.hpp"
#include "proto/identity/certificate.hpp"
#include "proto/identity/key.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sobriety::collector {

// A certificate with the key that it is of, as what signs others.
struct Signer {
  identity::Certificate certificate;
  identity::Key key;
};

struct Validity {
  WallTime from;
  WallTime to;  // seconds count; later than the end of its signer becomes that end

  // From a little before now, for clocks that lag.
  [[nodiscard]] static Validity of(WallTime now, std::chrono::milliseconds lifetime);
};

// Signed by itself; may sign authorities that sign no further ones.
[[nodiscard]] Result<identity::Certificate> make_root(const identity::Key& key, Validity validity);
[[nodiscard]] Result<identity::Certificate> make_issuing(const identity::Key& key,
                                                         const Signer& root, Validity validity);
// A server's; `names` are DNS names and addresses, one at least.
[[nodiscard]] Result<identity::Certificate> make_server(const identity::Key& key,
                                                        const Signer& issuing,
                                                        const std::vector<std::string>& names,
                                                        Validity validity);
// A host's, for clients only: its one name is URI:sobriety://host/<id>.
[[nodiscard]] Result<identity::Certificate> make_host(EVP_PKEY* key, const Signer& issuing,
                                                      const HostId& host, Validity validity);

// One name at least, and each one that a server can have.
[[nodiscard]] Result<void> check_names(const std::vector<std::string>& names);

}  // namespace sobriety::collector
