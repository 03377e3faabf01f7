// What protects the HTTP port now: a web configuration file and the files that it names, read
// again where one of them changed.
#pragma once

#include "collector/web/web_config.hpp"
#include "proto/base/result.hpp"
#include "proto/runtime/tls.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace sobriety::collector {

struct Protection {
  WebConfig config;
  tls::Context tls;  // none: plain HTTP
};

// A server's context by the file's section; what is wrong with a file names it.
[[nodiscard]] Result<tls::Context> web_context(const WebConfig::Tls& tls);

// Thread-safe.
class ProtectionFile {
 public:
  // An empty path is no protection. `demanded`: the port can be reached from elsewhere, so that a
  // file without TLS and without users is an error.
  [[nodiscard]] static Result<std::shared_ptr<ProtectionFile>> open(std::filesystem::path path,
                                                                    bool demanded);

  [[nodiscard]] std::shared_ptr<const Protection> now() const;
  // Reads again where a file changed since the last look (or in any case) and tells whether it
  // did. After an error the old protection stays; the same files are not tried again.
  Result<bool> look(bool in_any_case = false);

 private:
  struct Seen {
    std::filesystem::path file;
    FileStamp stamp;
  };

  ProtectionFile(std::filesystem::path path, bool demanded)
      : path_(std::move(path)), demanded_(demanded) {}
  [[nodiscard]] bool changed() const;
  [[nodiscard]] Result<Protection> load(std::vector<Seen>& seen) const;

  const std::filesystem::path path_;
  const bool demanded_;
  std::mutex looking_;  // one look at a time; guards seen_
  std::vector<Seen> seen_;
  mutable std::mutex mutex_;  // guards protection_
  std::shared_ptr<const Protection> protection_;
};

}  // namespace sobriety::collector
