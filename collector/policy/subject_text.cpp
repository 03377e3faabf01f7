#include "collector/policy/subject_text.hpp"

#include "proto/base/text.hpp"

#include <charconv>

namespace sobriety::collector::policy {

namespace {

// More than an inventory can have; what is longer is not ours.
constexpr std::size_t longest_text = std::size_t{1} << 20U;

// The facts that are texts, for writer and reader alike.
template <class Facts, class Each>
void each_text(Facts& facts, Each each) {
  each("os", facts.os);
  each("kernel", facts.kernel);
  each("cpu_model", facts.cpu_model);
  each("chassis", facts.chassis);
  each("virtualization", facts.virtualization);
  each("product", facts.product);
}

void put(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(name).push_back('\t');
  for (const char letter : value) {
    const char escape = letter == '\\' ? '\\' : letter == '\t' ? 't' : letter == '\n' ? 'n' : '\0';
    if (escape != '\0') out += '\\';
    out += escape != '\0' ? escape : letter;
  }
  out += '\n';
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char letter = text[++i];
    out += letter == 't' ? '\t' : letter == 'n' ? '\n' : letter;
  }
  return out;
}

// As 32 hexadecimal digits.
std::string address_text(const IpAddress& address) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : address) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::optional<IpAddress> read_address(std::string_view text) {
  IpAddress address{};
  if (text.size() != 2 * address.size()) return std::nullopt;
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto part = text.substr(2 * i, 2);
    const auto [end, error] =
        std::from_chars(part.data(), part.data() + part.size(), address[i], 16);
    if (error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
  }
  return address;
}

template <class Number>
bool read_number(std::string_view value, Number& into) {
  const auto number = parse_number<Number>(value);
  if (number) into = *number;
  return number.has_value();
}

bool take(Subject& subject, std::string_view name, std::string value) {
  if (name == "tag") {
    subject.tags.push_back(std::move(value));
    return true;
  }
  if (name == "address") {
    subject.address = read_address(value);
    return subject.address.has_value();
  }
  if (name == "cpus") return read_number(value, subject.facts.cpus);
  if (name == "memory") return read_number(value, subject.facts.memory);
  each_text(subject.facts, [&](std::string_view of, std::string& into) {
    if (of == name) into = std::move(value);
  });
  return true;
}

}  // namespace

std::string subject_text(const Subject& subject) {
  std::string out;
  each_text(subject.facts,
            [&](std::string_view name, const std::string& value) { put(out, name, value); });
  if (subject.facts.cpus > 0) put(out, "cpus", std::to_string(subject.facts.cpus));
  if (subject.facts.memory > 0) put(out, "memory", std::to_string(subject.facts.memory));
  if (subject.address) put(out, "address", address_text(*subject.address));
  for (const std::string& tag : subject.tags) put(out, "tag", tag);
  return out;
}

Result<void> read_subject(std::string_view text, Subject& subject) {
  const auto damaged = [] { return fail(Errc::malformed, "what is known of it cannot be read"); };
  if (text.size() > longest_text) return damaged();
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    const auto tab = line.find('\t');
    if (end == std::string_view::npos || tab == std::string_view::npos) return damaged();
    text.remove_prefix(end + 1);
    if (!take(subject, line.substr(0, tab), unescaped(line.substr(tab + 1)))) return damaged();
  }
  return success();
}

}  // namespace sobriety::collector::policy
