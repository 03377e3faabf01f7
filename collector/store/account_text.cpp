#include "collector/store/account_text.hpp"

#include <boost/json/src.hpp>

#include <algorithm>

namespace sobriety::collector {

namespace {

namespace json = boost::json;

void put_text(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

Error damaged(std::string_view what) {
  return {Errc::broken, std::string{what} + " cannot be read"};
}

std::size_t method_named(std::string_view name) {
  std::size_t method = 0;
  while (method < shown_methods && to_string(static_cast<PowerMethod>(method)) != name) ++method;
  return method;
}

// A number of microjoules, 0 to the largest signed one.
std::optional<Microjoules> energy_of(const json::value& value) {
  if (!value.is_int64() || value.get_int64() < 0) return std::nullopt;
  return Microjoules{static_cast<std::uint64_t>(value.get_int64())};
}

}  // namespace

std::string methods_text(const Account& account) {
  std::string text = "{";
  for (std::size_t method = 0; method < account.energy.size(); ++method) {
    if (account.energy[method] == Microjoules{}) continue;
    if (text.size() > 1) text += ',';
    put_text(text, to_string(static_cast<PowerMethod>(method)));
    text += ':';
    text += std::to_string(account.energy[method].count());
  }
  return text += '}';
}

std::string components_text(const Account& account) {
  std::string text = "[";
  for (const ComponentAccount& component : account.components) {
    text += text.size() > 1 ? ",[" : "[";
    put_text(text, component.component);
    text += ',';
    text += std::to_string(component.counter);
    text += ',';
    text += std::to_string(component.total.count());
    text += ']';
  }
  return text += ']';
}

Result<void> read_methods(std::string_view text, Account& account) {
  json::error_code error;
  const json::value parsed = json::parse(json::string_view{text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return damaged("energy by method");
  for (const auto& [name, value] : parsed.get_object()) {
    const std::size_t method = method_named({name.data(), name.size()});
    const auto energy = energy_of(value);
    if (method == shown_methods || !energy) return damaged("energy by method");
    account.energy[method] = *energy;
  }
  return success();
}

Result<void> read_components(std::string_view text, Account& account) {
  json::error_code error;
  const json::value parsed = json::parse(json::string_view{text.data(), text.size()}, error);
  if (error || !parsed.is_array()) return damaged("energy by component");
  for (const json::value& row : parsed.get_array()) {
    if (!row.is_array() || row.get_array().size() != 3) return damaged("energy by component");
    const json::array& fields = row.get_array();
    const auto total = energy_of(fields[2]);
    if (!fields[0].is_string() || !fields[1].is_int64() || !total)
      return damaged("energy by component");
    const json::string& name = fields[0].get_string();
    account.components.push_back({{name.data(), name.size()}, fields[1].get_int64(), *total});
  }
  return success();
}

}  // namespace sobriety::collector
