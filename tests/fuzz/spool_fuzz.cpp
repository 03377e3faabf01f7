// A segment file of arbitrary bytes, as the only one of a spool: whatever it holds, the spool
// opens, gives batches in increasing order, goes on behind them, and finds the same again.
#include "agent/spool/spool.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/support/spooled.hpp"

#include <boost/endian/conversion.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace sobriety;
using sobriety::fuzz::must;

// The name that the header asks for, so that most inputs get beyond it.
std::string name_of(std::string_view content) {
  const auto header = agent::spool::decode_header(content);
  return agent::spool::segment_name(header ? header.value().first_seq : 1);
}

void seal(std::string& content, std::size_t at, std::string_view summed) {
  boost::endian::store_little_u32(reinterpret_cast<unsigned char*>(content.data() + at),
                                  agent::spool::checksum(summed));
}

// Makes the checksums right: chance would not find one.
void seal_all(std::string& content) {
  constexpr std::size_t header = agent::spool::segment_header_size;
  constexpr std::size_t head = agent::spool::record_head_size;
  if (content.size() < header) return;
  seal(content, 60, std::string_view{content}.substr(0, 60));
  for (std::size_t at = header; at + head <= content.size();) {
    const std::size_t length = boost::endian::load_little_u32(
        reinterpret_cast<const unsigned char*>(content.data() + at + 4));
    if (length > content.size() - at - head) return;
    const auto record = std::string_view{content}.substr(at, head + length);
    if (record.find_first_not_of('\0') == std::string_view::npos) return;  // the clean end
    seal(content, at, record.substr(4));
    at += record.size();
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 8 == 0) return size;  // damage, too
  std::string content{reinterpret_cast<const char*>(data), size};
  seal_all(content);
  std::copy(content.begin(), content.end(), data);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  spdlog::set_level(spdlog::level::off);
  const std::string content{reinterpret_cast<const char*>(data), size};
  const auto disk = std::make_shared<test::FakeDisk>();
  disk->put(name_of(content), content);
  test::Spooler spooler{disk};
  must(spooler.start());
  must(spooler.spool->next_seq() <= agent::spool::seq_limit);
  if (spooler.spool->next_seq() > agent::spool::seq_limit - 4) return 0;  // no numbers are left
  spooler.spool->sync_now();
  test::Batches found = spooler.sendable();
  for (const auto& [seq, frame] : found) must(seq < spooler.spool->next_seq());
  spooler.counter = 0;
  spooler.batch();
  spooler.batch();
  spooler.spool->sync_now();
  found.merge(test::Batches{spooler.made});
  must(spooler.sendable() == found);
  const std::uint64_t next = spooler.spool->next_seq();
  must(spooler.start());
  must(spooler.sendable() == found && spooler.spool->next_seq() == next);
  return 0;
}
