#include "agent/payload.hpp"

#include "agent/probe.hpp"
#include "proto/base/decimal.hpp"
#include "proto/wire/batch_codec.hpp"
#include "proto/wire/frame.hpp"
#include "proto/wire/messages.hpp"

#include <sstream>

namespace sobriety::agent {

namespace {

std::string seconds(WallTime time) {
  return decimal_text(time.time_since_epoch().count(), 3) + " s since 1970";
}

void describe(std::ostream& out, const wire::Hello& hello) {
  out << "  host id           " << hello.host.hex() << "\n  stream id         "
      << hello.stream.hex() << "\n  host name         " << hello.host_name
      << "\n  agent version     " << hello.agent_version << "\n  wall clock        "
      << seconds(hello.wall) << "\n  report interval   " << hello.report_interval.count()
      << " ms\n";
  if (hello.clock)
    out << "  boot id           " << hello.clock->boot.hex() << "\n  since that boot   "
        << decimal_text(
               std::chrono::duration_cast<std::chrono::milliseconds>(hello.clock->boottime).count(),
               3)
        << " s\n";
  if (hello.machine) out << "  machine hash      " << hello.machine->hex() << "\n";
}

void describe(std::ostream& out, const Inventory& inventory) {
  const HostFacts& facts = inventory.facts;
  out << "  agent version     " << inventory.agent_version << "\n  boot id           "
      << inventory.boot.hex() << "\n  boot time         " << seconds(inventory.boot_time)
      << "\n  os                " << facts.os << "\n  kernel            " << facts.kernel
      << "\n  cpu model         " << facts.cpu_model << "\n  processors        " << facts.cpus
      << "\n  memory            " << facts.memory << " bytes"
      << "\n  chassis           " << facts.chassis << "\n  virtualization    "
      << facts.virtualization << "\n  product           " << facts.product
      << "\n  series            " << inventory.series.size() << ", named in the batch below\n";
}

Result<void> describe_batch(std::ostream& out, std::string_view payload,
                            const Inventory& inventory) {
  wire::BatchCodec codec;
  Batch batch;
  BOOST_OUTCOME_TRY(const auto head, codec.parse(payload));
  BOOST_OUTCOME_TRY(codec.decode(wire::ColumnPlan::of(inventory), batch));
  out << "  number            " << head.seq << "\n  samples           " << head.samples << "\n";
  for (std::size_t sample = 0; sample < head.samples; ++sample)
    out << sample_text(batch.times[sample], inventory.series, batch.row(sample));
  return success();
}

}  // namespace

Result<std::string> describe_frames(std::string_view bytes) {
  std::ostringstream out;
  Inventory inventory;
  while (!bytes.empty()) {
    BOOST_OUTCOME_TRY(const auto frame, wire::next_frame(bytes));
    if (!frame) return fail(Errc::malformed, "the bytes end within a frame");
    switch (frame->type) {
      case wire::FrameType::hello: {
        out << "hello, " << frame->size << " bytes: once a connection\n";
        BOOST_OUTCOME_TRY(const auto hello, wire::decode_hello(frame->payload));
        describe(out, hello);
        break;
      }
      case wire::FrameType::inventory: {
        out << "inventory, " << frame->size << " bytes: once a connection and when it changes\n";
        BOOST_OUTCOME_TRY(inventory, wire::decode_inventory(frame->payload));
        describe(out, inventory);
        break;
      }
      case wire::FrameType::batch: {
        out << "batch, " << frame->size << " bytes: once a report interval\n";
        BOOST_OUTCOME_TRY(describe_batch(out, frame->payload, inventory));
        break;
      }
      default:
        return fail(Errc::malformed, "a frame that agents do not send first");
    }
    bytes.remove_prefix(frame->size);
  }
  return out.str();
}

}  // namespace sobriety::agent
