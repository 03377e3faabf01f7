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

// {"name": microjoules, …} of an array of energies, without those that are zero.
template <std::size_t size, typename NameOf>
std::string named_text(const std::array<Microjoules, size>& energies, NameOf name_of) {
  std::string text = "{";
  for (std::size_t i = 0; i < size; ++i) {
    if (energies[i] == Microjoules{}) continue;
    if (text.size() > 1) text += ',';
    put_text(text, name_of(i));
    text += ':';
    text += std::to_string(energies[i].count());
  }
  return text += '}';
}

// A number of microjoules, 0 to the largest signed one.
std::optional<Microjoules> energy_of(const json::value& value) {
  if (!value.is_int64() || value.get_int64() < 0) return std::nullopt;
  return Microjoules{static_cast<std::uint64_t>(value.get_int64())};
}

template <std::size_t size, typename NameOf>
Result<void> read_named(std::string_view text, std::array<Microjoules, size>& energies,
                        NameOf name_of, std::string_view what) {
  json::error_code error;
  const json::value parsed = json::parse(json::string_view{text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return damaged(what);
  for (const auto& [name, value] : parsed.get_object()) {
    std::size_t place = 0;
    while (place < size && name_of(place) != std::string_view{name.data(), name.size()}) ++place;
    const auto energy = energy_of(value);
    if (place == size || !energy) return damaged(what);
    energies[place] = *energy;
  }
  return success();
}

std::string_view method_name(std::size_t method) {
  return to_string(static_cast<PowerMethod>(method));
}
std::string_view scope_name(std::size_t place) { return to_string(shown_scopes[place]); }

}  // namespace

std::string methods_text(const Account& account) { return named_text(account.energy, method_name); }

std::string scopes_text(const Account& account) { return named_text(account.by_scope, scope_name); }

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
  return read_named(text, account.energy, method_name, "energy by method");
}

Result<void> read_scopes(std::string_view text, Account& account) {
  return read_named(text, account.by_scope, scope_name, "energy by scope");
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

std::string emissions_text(const Account& account) {
  std::string text = "{";
  for (const Emission& emission : account.emissions) {
    if (text.size() > 1) text += ',';
    put_text(text, emission.source);
    text += ':' + std::to_string(emission.micrograms);
  }
  return text += '}';
}

Result<void> read_emissions(std::string_view text, Account& account) {
  json::error_code error;
  const json::value parsed = json::parse(json::string_view{text.data(), text.size()}, error);
  if (error || !parsed.is_object()) return damaged("emissions");
  for (const auto& [source, value] : parsed.get_object()) {
    if (!value.is_int64() || value.get_int64() < 0) return damaged("emissions");
    account.emissions.push_back(
        {{source.data(), source.size()}, static_cast<std::uint64_t>(value.get_int64())});
  }
  return success();
}

}  // namespace sobriety::collector
