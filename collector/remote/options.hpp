// What the configuration says of remote-write: the section `remote_write`.
#pragma once

#include "collector/remote/write_request.hpp"
#include "proto/base/units.hpp"
#include "proto/runtime/yaml_reader.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace sobriety::collector::remote {

struct RemoteWriteOptions {
  std::string url;  // empty: off
  Labels external_labels;
  Bytes outbox{1U << 30U};  // the most that waits, as it is packed
  std::uint64_t samples_per_request = 10'000;
  std::chrono::milliseconds timeout{30'000};  // of a request

  // One of them, or none:
  std::string username;
  std::filesystem::path password_file;  // goes with username
  std::filesystem::path bearer_token_file;

  // For https: PEM files.
  std::filesystem::path ca = "/etc/ssl/certs/ca-certificates.crt";
  std::filesystem::path certificate;  // of a client, with its key; empty: none
  std::filesystem::path key;

  bool operator==(const RemoteWriteOptions&) const = default;
  [[nodiscard]] bool enabled() const { return !url.empty(); }
};

void read_remote_write(yaml::Section section, RemoteWriteOptions& options);
// The section as YAML that reads back as the same; it has no secret.
[[nodiscard]] std::string describe(const RemoteWriteOptions& options);

}  // namespace sobriety::collector::remote
