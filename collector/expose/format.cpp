#include "collector/expose/format.hpp"

#include <array>

namespace sobriety::collector {

namespace {

// Units that names of ours end with.
constexpr std::array<std::string_view, 9> units{"seconds", "joules", "watts", "celsius", "bytes",
                                                "ratio",   "grams",  "hertz", "volts"};

bool cut_suffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

std::string_view unit_of(std::string_view name) {
  for (const std::string_view unit : units)
    if (name.size() > unit.size() && name.ends_with(unit) &&
        name[name.size() - unit.size() - 1] == '_')
      return unit;
  return {};
}

void write_line(std::string& out, std::string_view what, std::string_view name,
                std::string_view value) {
  out += "# ";
  out += what;
  out += ' ';
  out += name;
  out += ' ';
  out += value;
  out += '\n';
}

void write_help(std::string& out, std::string_view name, std::string_view help, bool quotes) {
  out += "# HELP ";
  out += name;
  out += ' ';
  for (const char c : help) {
    if (c == '\\' || c == '\n' || (quotes && c == '"')) out += '\\';
    out += c == '\n' ? 'n' : c;
  }
  out += '\n';
}

}  // namespace

std::string_view content_type(Format format) {
  return format == Format::openmetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

void write_head(std::string& out, const FamilyHead& head, Format format) {
  if (format == Format::text) {
    write_help(out, head.name, head.help, false);
    write_line(out, "TYPE", head.name, head.type);
    return;
  }
  std::string_view name = head.name;
  std::string_view type = head.type;
  if (type == "counter")
    cut_suffix(name, "_total");
  else if (type == "gauge" && cut_suffix(name, "_info"))
    type = "info";
  write_line(out, "TYPE", name, type);
  if (const auto unit = unit_of(name); !unit.empty()) write_line(out, "UNIT", name, unit);
  write_help(out, name, head.help, true);
}

std::string_view ending(Format format) { return format == Format::openmetrics ? "# EOF\n" : ""; }

}  // namespace sobriety::collector
