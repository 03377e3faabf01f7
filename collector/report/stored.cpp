#include "collector/report/stored.hpp"

#include "proto/base/text.hpp"

#include <charconv>
#include <cmath>
#include <concepts>
#include <type_traits>

namespace sobriety::collector::report {

namespace {

// The fields of each record, for writer and reader alike.
template <class Each>
void fields(Each& each, Period& of) {
  each(of.month, of.first_day, of.last_day, of.time_zone, of.from, of.to, of.over);
}
template <class Each>
void fields(Each& each, Privacy& of) {
  each(of.min_group_size, of.host_detail);
}
template <class Each>
void fields(Each& each, Site& of) {
  each(of.name, of.pue);
  Tariff tariff = of.tariff.value_or(Tariff{});
  bool priced = of.tariff.has_value();
  each(priced, tariff.per_kwh, tariff.currency);
  if (priced) of.tariff = tariff;
}
template <class Each>
void fields(Each& each, OffPeak& of) {
  each(of.per_kwh, of.outside);
}
template <class Each>
void fields(Each& each, Bill& of) {
  each(of.cost, of.avoidable);
}
template <class Each>
void fields(Each& each, Headcount& of) {
  each(of.site, of.department, of.people);
}
template <class Each>
void fields(Each& each, Factor& of) {
  each(of.zone, of.g_per_kwh, of.source, of.year, of.scope, of.level);
}
template <class Each>
void fields(Each& each, Exemption& of) {
  each(of.what, of.owner, of.reason, of.until);
}
template <class Each>
void fields(Each& each, Setting& of) {
  each(of.key, of.value);
}
template <class Each>
void fields(Each& each, Day& of) {
  each(of.date, of.uj_active, of.uj_idle_work, of.uj_idle_off, of.uj_rest);
}
template <class Each>
void fields(Each& each, BaselineRow& of) {
  each(of.site, of.department, of.role, of.hosts, of.mwh);
}
template <class Each>
void fields(Each& each, Emission& of) {
  each(of.factor, of.uj, of.mg);
}
template <class Each>
void fields(Each& each, HostMonth& of) {
  each(of.id, of.name, of.site, of.department, of.role, of.owner, of.vendor, of.product,
       of.cpu_model, of.purchased, of.method, of.cores, of.memory);
  for (auto& of_state : of.spent)
    for (Spent& spent : of_state) each(spent.ms, spent.uj);
  each(of.uj_measured, of.uj_low, of.uj_high, of.uj_waste, of.uj_avoidable, of.nights.known,
       of.nights.on, of.weekends.known, of.weekends.on, of.verdict, of.exempt, of.counted);
}
// What is in no list, beside period, privacy and baseline.
template <class Each>
void fields(Each& each, Input& of) {
  each(of.organisation, of.country, of.issued, of.collector_version, of.policy_version, of.method);
}
template <class Each>
void fields(Each& each, Baseline& of) {
  each(of.month, of.seconds);
}

class Writer {
 public:
  template <class Record>
  void record(std::string_view kind, const Record& of) {
    out_ += kind;
    Record copy = of;
    fields(*this, copy);
    out_ += '\n';
    ++lines_;
  }
  template <class Record>
  void records(std::string_view kind, const std::vector<Record>& list) {
    for (const Record& of : list) record(kind, of);
  }
  std::string finish() && {
    out_ += "end\t" + std::to_string(lines_) + "\n";
    return std::move(out_);
  }

  template <class... Fields>
  void operator()(const Fields&... of) {
    ((out_ += '\t', put(of)), ...);
  }

 private:
  void put(const std::string& text) {
    for (const char letter : text) {
      const char escape = letter == '\\'   ? '\\'
                          : letter == '\t' ? 't'
                          : letter == '\n' ? 'n'
                                           : '\0';
      if (escape != '\0') out_ += '\\';
      out_ += escape != '\0' ? escape : letter;
    }
  }
  void put(bool flag) { out_ += flag ? '1' : '0'; }
  void put(double value) { put_number(value); }
  void put(const std::optional<double>& value) {
    if (value) put_number(*value);
  }
  void put(Verdict verdict) { out_ += verdict_names[static_cast<std::size_t>(verdict)]; }
  void put(std::integral auto value) { put_number(value); }
  template <class Number>
  void put_number(Number value) {
    std::array<char, 40> text;
    out_.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr);
  }

  std::string out_ = "sobriety-report\t" + std::to_string(stored_version) + "\n";
  std::size_t lines_ = 1;
};

// The fields of one line. What does not hold is remembered and leaves its field as it is.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line), more_(true) {}

  std::string_view next() {
    if (!more_) {
      good_ = false;
      return {};
    }
    const auto tab = rest_.find('\t');
    const auto field = rest_.substr(0, tab);
    more_ = tab != std::string_view::npos;
    rest_ = more_ ? rest_.substr(tab + 1) : std::string_view{};
    return field;
  }
  template <class... Into>
  void operator()(Into&... into) {
    (take(into), ...);
  }
  [[nodiscard]] bool good() const { return good_ && !more_; }

 private:
  void take(std::string& into) {
    const auto field = next();
    into.clear();
    for (std::size_t i = 0; i < field.size(); ++i) {
      if (field[i] != '\\') {
        into += field[i];
        continue;
      }
      const char letter = ++i < field.size() ? field[i] : '\0';
      if (letter != '\\' && letter != 't' && letter != 'n') good_ = false;
      into += letter == 't' ? '\t' : letter == 'n' ? '\n' : letter;
    }
  }
  void take(bool& into) {
    const auto field = next();
    good_ &= field == "0" || field == "1";
    into = field == "1";
  }
  void take(double& into) {
    const auto field = next();
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), into);
    good_ &= error == std::errc{} && end == field.data() + field.size() && std::isfinite(into);
  }
  void take(std::optional<double>& into) {
    if (!rest_.empty() && rest_.front() != '\t')
      take(into.emplace());
    else
      next();
  }
  void take(Verdict& into) {
    const auto field = next();
    for (std::size_t i = 0; i < verdict_names.size(); ++i)
      if (verdict_names[i] == field) {
        into = static_cast<Verdict>(i);
        return;
      }
    good_ = false;
  }
  void take(std::integral auto& into) {
    const auto number = parse_number<std::remove_reference_t<decltype(into)>>(next());
    good_ &= number.has_value() && *number >= 0;
    into = number.value_or(0);
  }

  std::string_view rest_;
  bool more_;
  bool good_ = true;
};

template <class Record>
bool add_to(std::vector<Record>& list, Fields& of) {
  fields(of, list.emplace_back());
  return of.good();
}
template <class Record>
bool set(Record& record, Fields& of) {
  fields(of, record);
  return of.good();
}

template <class Record>
bool set(std::optional<Record>& record, Fields& of) {
  return !record && set(record.emplace(), of);
}

// Whether the record fits into `input`.
bool take_record(Input& input, std::string_view kind, Fields& of) {
  if (kind == "host") return add_to(input.hosts, of);
  if (kind == "emission") {
    if (input.hosts.empty() || !add_to(input.hosts.back().emissions, of)) return false;
    return input.hosts.back().emissions.back().factor < input.factors.size();
  }
  if (kind == "day") return add_to(input.days, of);
  if (kind == "report") return set(input, of);
  if (kind == "period") return set(input.period, of);
  if (kind == "privacy") return set(input.privacy, of);
  if (kind == "site") return add_to(input.sites, of);
  if (kind == "off_peak")
    return !input.sites.empty() && input.sites.back().tariff &&
           set(input.sites.back().tariff->off_peak, of);
  if (kind == "bill") return !input.hosts.empty() && set(input.hosts.back().bill, of);
  if (kind == "headcount") return add_to(input.headcounts, of);
  if (kind == "factor") return add_to(input.factors, of);
  if (kind == "exemption") return add_to(input.exemptions, of);
  if (kind == "setting") return add_to(input.settings, of);
  if (kind == "baseline") return set(input.baseline.emplace(), of);
  if (kind == "baseline_row") return input.baseline && add_to(input.baseline->rows, of);
  return false;
}

Error at_line(std::size_t line, const std::string& what) {
  return {Errc::malformed, "stored report, line " + std::to_string(line) + ": " + what};
}

}  // namespace

std::string stored_text(const Input& input) {
  Writer writer;
  Input about;  // only what record "report" has is copied
  about.organisation = input.organisation;
  about.country = input.country;
  about.issued = input.issued;
  about.collector_version = input.collector_version;
  about.policy_version = input.policy_version;
  about.method = input.method;
  writer.record("report", about);
  writer.record("period", input.period);
  writer.record("privacy", input.privacy);
  for (const Site& site : input.sites) {
    writer.record("site", site);
    if (site.tariff && site.tariff->off_peak) writer.record("off_peak", *site.tariff->off_peak);
  }
  writer.records("headcount", input.headcounts);
  writer.records("factor", input.factors);
  writer.records("exemption", input.exemptions);
  writer.records("setting", input.settings);
  writer.records("day", input.days);
  if (input.baseline) {
    Baseline head;
    head.month = input.baseline->month;
    head.seconds = input.baseline->seconds;
    writer.record("baseline", head);
    writer.records("baseline_row", input.baseline->rows);
  }
  for (const HostMonth& host : input.hosts) {
    writer.record("host", host);
    if (host.bill) writer.record("bill", *host.bill);
    writer.records("emission", host.emissions);
  }
  return std::move(writer).finish();
}

Result<Input> read_stored(std::string_view text) {
  if (text.size() > longest_stored)
    return fail(Errc::too_large, "stored report: has " + std::to_string(text.size()) +
                                     " bytes, more than a report can have");
  Input input;
  std::size_t line = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++line;
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return at_line(line, "does not end");
    Fields of{rest.substr(0, end)};
    rest.remove_prefix(end + 1);
    const auto kind = of.next();
    if (line == 1) {
      std::uint32_t version = 0;
      of(version);
      if (kind != "sobriety-report" || !of.good())
        return at_line(line, "this is not a stored report");
      if (version != stored_version)
        return fail(Errc::unsupported, "stored report: has version " + std::to_string(version) +
                                           ", and this program knows " +
                                           std::to_string(stored_version));
    } else if (kind == "end") {
      if (stored_text(input) != text) return at_line(line, "the report is not as it was written");
      return input;
    } else if (!take_record(input, kind, of)) {
      return at_line(line, "is not a record of this version");
    }
  }
  return at_line(line + 1, "the report is cut off: its last line is missing");
}

}  // namespace sobriety::collector::report
