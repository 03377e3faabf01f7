#include "collector/report_command.hpp"

#include "collector/policy_in_force.hpp"
#include "collector/progress_line.hpp"
#include "collector/report/columns.hpp"
#include "collector/report/desk.hpp"
#include "collector/report/issue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <iostream>

namespace sobriety::collector {

struct ReportCommand::Options {
  std::string month;
  std::string baseline;
  std::string format = "csv";
  std::string language = "en";
  std::string separator = ",";
  bool decimal_comma = false;
  bool byte_order_mark = false;
  std::int64_t again = 0;
  bool list = false;
  bool columns = false;
  bool trial = false;
  std::string output;
};

namespace {

using report::Issue;

int complain(const Error& error) {
  std::cerr << "sobriety-collector: " << error.message << '\n';
  return 1;
}

Result<void> write_whole(const std::filesystem::path& path, std::string_view text) {
  const std::string partial = path.string() + ".partial";
  const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return system_error(errno, partial + ": cannot be written");
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const Error error = system_error(errno, partial + ": cannot be written");
      ::close(file);
      ::unlink(partial.c_str());
      return error;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool synced = ::fsync(file) == 0;
  const int why = errno;
  ::close(file);
  if (!synced) return system_error(why, partial + ": cannot be synced");
  if (::rename(partial.c_str(), path.c_str()) != 0)
    return system_error(errno, path.string() + ": cannot be written");
  return success();
}

std::string quoted(const std::string& text) { return text.empty() ? "none" : text; }

// What there is to say beside the report.
void tell(const Issue& issue) {
  if (issue.no == 0)
    std::cerr << issue.input.period.month << ": not kept\n";
  else
    std::cerr << issue.input.period.month << ": report " << issue.no << "; --again " << issue.no
              << " issues it again\n";
  if (!issue.input.period.over)
    std::cerr << "the month is not over: these figures are provisional\n";
  if (issue.compared_with == 0) return;
  std::cerr << "since report " << issue.compared_with << ":\n";
  for (const report::Change& change : issue.changes)
    std::cerr << "  " << change.what << ": " << quoted(change.before) << " -> "
              << quoted(change.after) << '\n';
  if (issue.changes.empty()) std::cerr << "  figures of single hosts or days\n";
}

Result<report::Style> style_of(const std::string& format, const std::string& language,
                               const std::string& separator) {
  report::Style style;
  BOOST_OUTCOME_TRY(style.format, report::parse_format(format));
  BOOST_OUTCOME_TRY(style.language, report::parse_language(language));
  BOOST_OUTCOME_TRY(style.csv.separator, report::parse_separator(separator));
  return style;
}

// A bar while it reads, where standard error is a terminal; at the end, there and elsewhere, what
// was read and how long it took.
Result<Issue> issue_with_progress(const report::Desk& desk, std::chrono::year_month month,
                                  std::optional<std::chrono::year_month> baseline, bool keep) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto begun = std::chrono::steady_clock::now();
  ProgressLine line{"reading the ledger", "hosts"};
  std::uint64_t hosts = 0;
  BOOST_OUTCOME_TRY(auto issue, desk.issue(month, baseline, now, keep,
                                           [&](std::uint64_t done, std::uint64_t all) {
                                             line.show(done, all);
                                             hosts = all;
                                           }));
  line.clear();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::cerr << "read the ledger of " << hosts << (hosts == 1 ? " host in " : " hosts in ")
            << report::fixed_text(took.count(), 1) << " s\n";
  return issue;
}

int tell_columns() {
  for (const report::Column& column : report::columns())
    std::cout << column.key << '\t' << column.help << '\n';
  return 0;
}

Result<int> list(const report::Desk& desk) {
  BOOST_OUTCOME_TRY(const auto kept, desk.kept());
  for (const KeptReport& of : kept)
    std::cout << of.no << '\t' << of.month << '\t'
              << report::date_of(report::Language::en, of.issued) << '\n';
  return 0;
}

}  // namespace

ReportCommand::ReportCommand(CLI::App& cli)
    : options_(std::make_unique<Options>()),
      command_(cli.add_subcommand(
          "report",
          "a month's report: energy, time, waste, carbon and cost by group; each issue is "
          "kept with its factors, and can be issued again as it was")) {
  Options& of = *options_;
  command_->add_option("--month", of.month, "YYYY-MM");
  command_->add_option("--format", of.format, "csv, json, html or numecoeval")
      ->capture_default_str();
  command_->add_option("--lang", of.language, "of the HTML: en or fr")->capture_default_str();
  command_->add_option("--separator", of.separator, "of the CSV: , or ; or tab")
      ->capture_default_str();
  command_->add_flag("--decimal-comma", of.decimal_comma, "in the CSV: 1,5 instead of 1.5");
  command_->add_flag("--bom", of.byte_order_mark,
                     "begin the CSV with a mark by which Excel knows UTF-8");
  command_->add_option("--baseline", of.baseline, "YYYY-MM, an earlier month to compare with");
  command_->add_option("--again", of.again, "issue this number again, as it was")
      ->check(CLI::PositiveNumber);
  command_->add_flag("--list", of.list, "list what was issued: number, month, date");
  command_->add_flag("--columns", of.columns, "tell what each column of the CSV means");
  command_->add_flag("--no-keep", of.trial, "do not keep this issue");
  command_->add_option("--output", of.output, "a file, instead of standard output");
}

ReportCommand::~ReportCommand() = default;

int ReportCommand::run(const CollectorConfig& config) const {
  const Options& of = *options_;
  const auto done = [&]() -> Result<int> {
    if (of.columns) return tell_columns();
    BOOST_OUTCOME_TRY(const auto policy, policy_in_force(config.policy_file));
    const report::Desk desk{config.store, *policy.policy, policy.version, config.report};
    if (of.list) return list(desk);
    BOOST_OUTCOME_TRY(auto style, style_of(of.format, of.language, of.separator));
    style.csv.decimal_comma = of.decimal_comma;
    style.csv.byte_order_mark = of.byte_order_mark;
    Issue issue;
    if (of.again > 0) {
      BOOST_OUTCOME_TRY(issue, desk.again(of.again));
    } else {
      if (of.month.empty())
        return fail(Errc::malformed, "report: say which month, by --month YYYY-MM");
      BOOST_OUTCOME_TRY(const auto month, report::parse_month(of.month));
      std::optional<std::chrono::year_month> baseline;
      if (!of.baseline.empty()) {
        BOOST_OUTCOME_TRY(baseline, report::parse_month(of.baseline));
      }
      BOOST_OUTCOME_TRY(issue, issue_with_progress(desk, month, baseline, !of.trial));
    }
    const std::string text = report::written(issue.input, style);
    if (of.output.empty()) {
      std::cout << text << std::flush;
      if (!std::cout) return fail(Errc::broken, "the report could not be written whole");
    } else {
      BOOST_OUTCOME_TRY(write_whole(of.output, text));
    }
    tell(issue);
    return 0;
  }();
  return done ? done.value() : complain(done.error());
}

}  // namespace sobriety::collector
