#include "collector/commands.hpp"

#include "collector/progress_line.hpp"
#include "collector/store/report_archive.hpp"
#include "collector/store/store.hpp"
#include "collector/store/verify.hpp"

#include <iostream>

namespace sobriety::collector {

namespace {

int complain(const Error& error) {
  std::cerr << "sobriety-collector: " << error.message << '\n';
  return 1;
}

}  // namespace

int verify_store(const StoreOptions& options) {
  const auto store = open_store(options, Access::look);
  if (!store) return complain(store.error());
  ProgressLine line{"verifying"};
  line.show(0, 1);
  const auto verified = verify(
      *store.value(),
      [&line](const std::string& fault) {
        line.clear();
        std::cout << fault << std::endl;
      },
      [&line](std::uint64_t done, std::uint64_t all) { line.show(done, all); });
  line.clear();
  if (!verified) return complain(verified.error());
  const auto& [hosts, rows, faults] = verified.value();
  std::cerr << options.path.string() << ": " << hosts << " hosts, " << rows << " hours and days, "
            << (faults == 0 ? "no" : std::to_string(faults)) << (faults == 1 ? " fault" : " faults")
            << '\n';
  return faults == 0 ? 0 : 1;
}

int back_up_store(const StoreOptions& options, const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.path, file, ignored))
    return complain({Errc::broken, file.string() + ": is the store itself; name another file"});
  const auto store = open_store(options, Access::look);
  if (!store) return complain(store.error());
  ProgressLine line{"copying"};
  const auto done = store.value()->backup(
      file, [&line](std::uint64_t copied, std::uint64_t all) { line.show(copied, all); });
  line.clear();
  if (!done) return complain(done.error());
  std::cerr << "wrote " << file.string() << '\n';
  return 0;
}

int back_up_reports(const StoreOptions& options, const std::filesystem::path& file) {
  const auto target = ReportArchive::file_of({options.kind, file});
  const auto archive = ReportArchive::look(options);
  if (!archive) return complain(archive.error());
  if (archive.value() == nullptr) {
    std::error_code ignored;
    if (std::filesystem::exists(target, ignored))
      std::cerr << target.string() << ": is of an earlier backup; no report is kept now\n";
    return 0;
  }
  ProgressLine line{"copying reports"};
  const auto done = archive.value()->backup(
      target, [&line](std::uint64_t copied, std::uint64_t all) { line.show(copied, all); });
  line.clear();
  if (!done) return complain(done.error());
  std::cerr << "wrote " << target.string() << '\n';
  return 0;
}

}  // namespace sobriety::collector
