#include "agent/spool/reader.hpp"

#include <algorithm>

namespace sobriety::agent::spool {

namespace {
constexpr std::size_t chunk = 64 * 1024;
}

Step RecordReader::next(std::uint64_t limit) {
  while (true) {
    const std::string_view rest = std::string_view{buffer_}.substr(at_);
    const Step step = next_record(rest);
    if (step.kind == Step::Kind::record && step.record.size() <= limit - offset_) {
      at_ += step.record.size();
      offset_ += step.record.size();
      return step;
    }
    if (step.kind == Step::Kind::zeros || step.kind == Step::Kind::damaged) return step;
    const std::uint64_t room = limit - offset_;
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(std::max(step.needed, chunk), room));
    const auto at_end = [&]() -> Step {
      const bool zeros = rest.find_first_not_of('\0') == std::string_view::npos;
      return {zeros ? Step::Kind::zeros : Step::Kind::damaged, {}, 0};
    };
    if (wanted <= rest.size()) return at_end();
    auto more = file_->read(offset_, wanted);
    if (!more) return {Step::Kind::damaged, {}, 0};
    if (more.value().size() <= rest.size()) return at_end();
    buffer_ = std::move(more).value();
    at_ = 0;
  }
}

}  // namespace sobriety::agent::spool
