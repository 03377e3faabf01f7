// Who may ask: the users of the web configuration, and which passwords were found to be theirs.
#pragma once

#include "collector/web/web_config.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sobriety::collector {

struct Credentials {
  std::string user;
  std::string password;

  bool operator==(const Credentials&) const = default;
};
// Of a field `Authorization`: "Basic " and base64 of "user:password".
[[nodiscard]] std::optional<Credentials> basic_credentials(std::string_view authorization);

// A password costs a bcrypt once; after that it is known again by a hash under a key of this
// object's own, so that a scrape every second costs nothing. Not thread-safe.
class Accounts {
 public:
  explicit Accounts(std::vector<WebConfig::User> users);

  [[nodiscard]] bool empty() const { return users_.empty(); }

  struct Account {
    std::string hash;  // what the password is to be compared with
    bool known;        // false: nobody of that name; the hash is some user's, always the same, so
                       // that it takes as long and looks no different from outside
  };
  // There is at least one user.
  [[nodiscard]] Account find(std::string_view user) const;

  [[nodiscard]] bool remembered(const Credentials& credentials) const;
  // They were right.
  void remember(const Credentials& credentials);

 private:
  using Digest = std::array<std::uint8_t, 32>;
  [[nodiscard]] Digest digest(std::string_view user, std::string_view password) const;

  std::vector<WebConfig::User> users_;
  std::array<std::uint8_t, 32> key_;
  std::set<Digest> remembered_;
};

}  // namespace sobriety::collector
