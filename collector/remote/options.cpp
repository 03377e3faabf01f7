#include "collector/remote/options.hpp"

#include "collector/remote/url.hpp"

#include <algorithm>

namespace sobriety::collector::remote {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_labels = 16;
constexpr std::size_t longest_label = 200;

// [a-zA-Z_][a-zA-Z0-9_]*, and not of those that Prometheus keeps for itself.
bool is_label_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto letter_or_digit = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= longest_label && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), letter_or_digit) && !name.starts_with("__");
}

void read_labels_of(yaml::Section root, RemoteWriteOptions& options) {
  yaml::Section section = root.section("external_labels");
  const std::vector<std::string> names = section.keys();
  if (names.size() > most_labels)
    root.refuse("external_labels", "expected at most " + std::to_string(most_labels));
  Labels labels;
  for (const std::string& name : names) {
    std::string value;
    section.read(name, value, {1, longest_label});
    if (!is_label_name(name))
      section.refuse(name,
                     "is no name of a label: letters, digits and _, no digit and no __ first");
    labels.emplace_back(name, value);
  }
  std::sort(labels.begin(), labels.end());
  if (!names.empty()) options.external_labels = labels;
}

void read_credentials(yaml::Section section, RemoteWriteOptions& options) {
  yaml::Section basic = section.section("basic_auth");
  basic.read("username", options.username, {0, 200});
  basic.read_optional("password_file", options.password_file);
  section.read_optional("bearer_token_file", options.bearer_token_file);
  if (options.username.empty() != options.password_file.empty())
    basic.refuse("username", "goes together with password_file: give both or none");
  if (options.username.find(':') != std::string::npos)
    basic.refuse("username", "cannot have a colon");
  if (!options.password_file.empty() && !options.bearer_token_file.empty())
    section.refuse("bearer_token_file", "cannot be given beside basic_auth");
}

void read_tls(yaml::Section section, RemoteWriteOptions& options) {
  section.read("ca", options.ca);
  section.read_optional("certificate", options.certificate);
  section.read_optional("key", options.key);
  if (options.certificate.empty() != options.key.empty())
    section.refuse("certificate", "goes together with key: give both or none");
}

}  // namespace

void read_remote_write(yaml::Section section, RemoteWriteOptions& options) {
  section.read("url", options.url, {0, 2000});
  if (options.enabled())
    if (const auto url = parse_url(options.url); !url) section.refuse("url", url.error().message);
  read_labels_of(section, options);
  section.read("outbox", options.outbox, {Bytes{1U << 20U}, Bytes{std::uint64_t{1} << 40U}});
  section.read("samples_per_request", options.samples_per_request, {1, 100'000});
  section.read("timeout", options.timeout, {100ms, 10min});
  read_credentials(section, options);
  read_tls(section.section("tls"), options);
}

std::string describe(const RemoteWriteOptions& options) {
  const auto path = [](const std::filesystem::path& file) {
    return yaml::quoted_scalar(file.string()) + "\n";
  };
  std::string labels;
  for (const auto& [name, value] : options.external_labels)
    labels += "\n    " + name + ": " + yaml::quoted_scalar(value);
  return "remote_write:\n  url: " + yaml::quoted_scalar(options.url) +
         "\n  external_labels:" + (labels.empty() ? " {}" : labels) +
         "\n  outbox: " + size_text(options.outbox) +
         "\n  samples_per_request: " + std::to_string(options.samples_per_request) +
         "\n  timeout: " + duration_text(options.timeout) +
         "\n  basic_auth:\n    username: " + yaml::quoted_scalar(options.username) +
         "\n    password_file: " + path(options.password_file) +
         "  bearer_token_file: " + path(options.bearer_token_file) +
         "  tls:\n    ca: " + path(options.ca) + "    certificate: " + path(options.certificate) +
         "    key: " + path(options.key);
}

}  // namespace sobriety::collector::remote
