// Writes the seeds of the targets that read the protocol: sound conversations, from which a fuzzer
// finds the unsound ones. make_seeds DIRECTORY writes
// DIRECTORY/{frame,codec,messages,session,spool}/.
#include "proto/identity/key.hpp"
#include "proto/wire/batch_codec.hpp"
#include "proto/wire/enrolment.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"
#include "tests/support/spooled.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace sobriety;
using namespace sobriety::wire;
using namespace std::chrono_literals;

constexpr WallTime some_time{1'700'000'000'000ms};

template <class SomeId>
SomeId id_of(std::uint8_t digit) {
  SomeId id;
  id.bytes.fill(digit);
  return id;
}

Inventory some_inventory(std::size_t components) {
  Inventory inventory{"0.1.0", id_of<BootId>(3), some_time, {}, {}};
  inventory.facts = {"Debian GNU/Linux 12 (bookworm)",
                     "6.1.0",
                     "Some CPU",
                     8,
                     16ULL << 30U,
                     "server",
                     "none",
                     "Box"};
  for (const char* mode : {"user", "system", "idle", "iowait"})
    inventory.series.push_back({SignalId::cpu_time, mode, EnergyScope::none, ""});
  for (std::size_t i = 0; i < components; ++i)
    inventory.series.push_back(
        {SignalId::component_energy, i == 0 ? "machine" : "package-" + std::to_string(i),
         i == 0 ? EnergyScope::machine : EnergyScope::cpu, i == 0 ? "" : "machine"});
  inventory.series.push_back({SignalId::temperature, "a \"hot\" \\ spot", EnergyScope::none, ""});
  inventory.series.push_back({SignalId::source_status, "cpu", EnergyScope::none, ""});
  inventory.series.push_back(
      {static_cast<SignalId>(900), "of a newer agent", EnergyScope::none, ""});
  return inventory;
}

Batch some_batch(const ColumnPlan& plan, std::uint64_t seq, std::uint64_t hash,
                 std::size_t samples) {
  Batch batch{seq, hash, {}, {}, plan.paces.size()};
  batch.cells.assign(samples * batch.width, no_value);
  for (std::size_t row = 0; row < samples; ++row) {
    const auto since = 5s * static_cast<std::int64_t>((seq - 1) * samples + row);
    batch.times.push_back({1h + since, 0ms, some_time + since});
    for (std::size_t column = 0; column < batch.width; ++column)
      if ((plan.paces[column] == Pace::sample || row + 1 == samples) && (row + column) % 7 != 6)
        batch.row(row)[column] =
            plan.paces[column] == Pace::batch
                ? 2
                : static_cast<Cell>((since.count() + 1) * 1000 * static_cast<Cell>(column + 1));
  }
  return batch;
}

// Values that no machine has, all there.
void exaggerate(Batch& batch) {
  constexpr Cell extremes[] = {std::numeric_limits<Cell>::max(), no_value + 1, -1, 0, 1};
  for (std::size_t i = 0; i < batch.cells.size(); ++i)
    if (batch.cells[i] != no_value)
      batch.cells[i] = extremes[(i + batch.seq) % std::size(extremes)];
}

std::string payload_of(const std::string& frame) { return frame.substr(header_size); }

template <class Message>
std::string frame_of(const Message& message) {
  std::string frame;
  append(frame, message);
  return frame;
}

struct Conversation {
  std::string hello =
      frame_of(Hello{id_of<HostId>(1), id_of<StreamId>(2), "host \"a\"", "0.1.0", some_time, 30s,
                     HelloClock{id_of<BootId>(3), 1h}, id_of<MachineHash>(4)});
  EncodedInventory inventory;
  std::string batches[2];
  std::string gap = frame_of(Gap{3, 9});
  std::string goodbye = frame_of(Goodbye{GoodbyeReason::stop});

  Conversation(std::size_t components, std::size_t samples, bool exaggerated = false) {
    const Inventory of_host = some_inventory(components);
    inventory = encode(of_host);
    const ColumnPlan plan = ColumnPlan::of(of_host);
    BatchCodec codec;
    for (std::uint64_t seq : {1U, 2U}) {
      Batch batch = some_batch(plan, seq, inventory.hash, samples);
      if (exaggerated) exaggerate(batch);
      codec.append(batches[seq - 1], batch, plan);
    }
  }
  [[nodiscard]] std::string whole() const {
    return hello + inventory.frame + batches[0] + batches[1] + batches[1] + gap + goodbye;
  }
};

class Seeds {
 public:
  explicit Seeds(std::filesystem::path directory) : directory_(std::move(directory)) {}

  void write(const char* target, const std::string& name, std::string_view bytes) {
    std::filesystem::create_directories(directory_ / target);
    std::ofstream file{directory_ / target / name, std::ios::binary | std::ios::trunc};
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    failed_ = failed_ || !file;
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::filesystem::path directory_;
  bool failed_ = false;
};

void write_conversation(Seeds& seeds, const std::string& name, const Conversation& talk) {
  const std::string whole = talk.whole();
  seeds.write("session", name, whole);
  // A frame that only a connection for enrolment carries.
  std::string astray = talk.hello;
  append_header(astray, FrameType::enrol_request, 2);
  seeds.write("session", name + "_enrolment", astray + "me" + talk.inventory.frame);
  for (const char cuts : {'\0', '\x07', '\xff'})
    seeds.write("frame", name + std::to_string(static_cast<unsigned char>(cuts)), cuts + whole);
  const std::string inventory = payload_of(talk.inventory.frame);
  for (const std::string& batch : talk.batches) {
    const char length[] = {static_cast<char>(inventory.size() >> 8U),
                           static_cast<char>(inventory.size() & 255U)};
    seeds.write("codec", name + (&batch == talk.batches ? "_first" : "_second"),
                std::string{length, 2} + inventory + payload_of(batch));
  }
}

void write_messages(Seeds& seeds, const Conversation& talk) {
  const std::string payloads[] = {
      payload_of(talk.hello),
      payload_of(frame_of(Welcome{7, some_time})),
      payload_of(talk.inventory.frame),
      payload_of(talk.gap),
      payload_of(frame_of(Ack{300})),
      payload_of(frame_of(Refusal{RefusalReason::overloaded, "too many connections", 30s})),
      payload_of(talk.goodbye),
      encode(EnrolRequest{EnrolSecret{}, "a request", id_of<HostId>(1), "web-1", "0.1.0"}),
      encode(EnrolReply{EnrolResult::issued, "", 0ms, id_of<HostId>(1), "a", {"b"}, {"c"}}),
  };
  char message = 0;
  for (const std::string& payload : payloads) {
    seeds.write("messages", std::to_string(static_cast<int>(message)), message + payload);
    ++message;
  }
}

// Segments with batches, samples and an unfinished batch.
void write_segments(Seeds& seeds) {
  const auto disk = std::make_shared<test::FakeDisk>();
  test::Spooler spooler{disk};
  if (!spooler.start()) return;
  for (int i = 0; i < 9; ++i) spooler.batch();
  spooler.sample();
  spooler.spool->sync_now();
  for (auto [name, content] : disk->files()) {
    seeds.write("spool", name, content);
    content.erase(content.find_last_not_of('\0') + 1);
    seeds.write("spool", name + ".short", content);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_seeds DIRECTORY\n";
    return 2;
  }
  Seeds seeds{argv[1]};
  write_conversation(seeds, "no_meter", Conversation{0, 6});
  write_conversation(seeds, "machine_meter", Conversation{1, 1});
  write_conversation(seeds, "many_components", Conversation{12, 3});
  write_conversation(seeds, "extremes", Conversation{2, 5, true});
  write_messages(seeds, Conversation{3, 2});
  write_segments(seeds);
  seeds.write("certificate_request", "sound",
              identity::make_certificate_request(identity::Key::generate()));
  return seeds.failed() ? 1 : 0;
}
