#include "collector/report/json.hpp"

#include "proto/base/json_text.hpp"

#include <charconv>

namespace sobriety::collector::report {

namespace {

// "key": value, … on lines of their own, with the commas where they belong.
class Object {
 public:
  Object(std::string& out, std::string indent) : out_(out), indent_(std::move(indent)) {
    out_ += '{';
  }
  Object& raw(std::string_view key, std::string_view value) {
    out_ += first_ ? "\n" : ",\n";
    first_ = false;
    out_ += indent_ + "  " + json_text(key) + ": ";
    out_ += value;
    return *this;
  }
  Object& text(std::string_view key, std::string_view value) { return raw(key, json_text(value)); }
  Object& number(std::string_view key, std::int64_t value) {
    return raw(key, std::to_string(value));
  }
  Object& decimal(std::string_view key, double value) {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return raw(key, std::string_view{text.data(), end});
  }
  Object& flag(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
  void end() { out_ += first_ ? "}" : "\n" + indent_ + "}"; }

 private:
  std::string& out_;
  std::string indent_;
  bool first_ = true;
};

std::string value_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return json_text(*text);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* decimal = std::get_if<Decimal>(&value))
    return fixed_text(decimal->value, decimal->decimals);
  return "null";
}

std::string row_text(const Input& input, const Row& row, const std::string& indent) {
  std::string out;
  Object object{out, indent};
  for (const Column& column : columns()) object.raw(column.key, value_text(column.of(input, row)));
  object.end();
  return out;
}

template <class List, class Write>
std::string list_text(const List& list, Write write) {
  if (list.empty()) return "[]";
  std::string out = "[";
  for (const auto& item : list) {
    out += out.size() == 1 ? "\n    " : ",\n    ";
    out += write(item);
  }
  return out + "\n  ]";
}

template <class Fill>
std::string object_text(Fill fill) {
  std::string out;
  Object object{out, "    "};
  fill(object);
  object.end();
  return out;
}

std::string factor_text(const Factor& factor) {
  return object_text([&](Object& object) {
    object.text("zone", factor.zone)
        .decimal("g_per_kwh", factor.g_per_kwh)
        .text("source", factor.source)
        .text("year", factor.year)
        .text("scope", factor.scope)
        .text("level", factor.level);
  });
}

std::string exemption_text(const Exemption& exemption, bool detail) {
  return object_text([&](Object& object) {
    if (detail) object.text("what", exemption.what).text("owner", exemption.owner);
    object.text("reason", exemption.reason).text("until", exemption.until);
  });
}

}  // namespace

std::string json(const Input& input, const Report& report) {
  std::string out;
  Object object{out, ""};
  object.text("month", input.period.month)
      .text("time_zone", input.period.time_zone)
      .flag("month_is_over", input.period.over)
      .text("organisation", input.organisation)
      .number("issued_timestamp_seconds", input.issued)
      .text("collector_version", input.collector_version)
      .text("policy_version", input.policy_version)
      .number("method_version", input.method)
      .text("scope",
            "use phase only: what the machines drew at the wall; neither their making nor "
            "networks, screens and peripherals that are not metered with them")
      .number("min_group_size", input.privacy.min_group_size)
      .number("groups_merged", report.merged)
      .number("hosts_withheld", report.withheld)
      .number("hosts_not_in_total", report.left_out);
  const auto row = [&](const Row& of) { return row_text(input, of, "    "); };
  object.raw("rows", list_text(report.rows, row))
      .raw("roles", list_text(report.roles, row))
      .raw("total", row_text(input, report.total, "  "))
      .raw("factors", list_text(input.factors, factor_text))
      .raw("exemptions", list_text(input.exemptions,
                                   [&](const Exemption& exemption) {
                                     return exemption_text(exemption, input.privacy.host_detail);
                                   }))
      .raw("settings", list_text(input.settings, [](const Setting& setting) {
             return object_text(
                 [&](Object& of) { of.text("key", setting.key).text("value", setting.value); });
           }));
  object.end();
  return out + "\n";
}

}  // namespace sobriety::collector::report
