// What happens to a connection before it has a session: the handshake, whether its certificate is
// let in, the hello; or one request for enrolment.
#pragma once

#include "collector/door/connection.hpp"
#include "collector/door/enrolment.hpp"
#include "collector/door/gate.hpp"
#include "collector/door/places.hpp"
#include "collector/door/rate_limit.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sobriety::collector {

class DoorThread;
using PeerPredicate = std::function<bool(const tls::PeerCertificate&)>;

struct GreetingLimits {
  std::chrono::milliseconds handshake{15'000};
  std::chrono::milliseconds first_frame{10'000};  // from then to a whole hello
  AllowedRates enrolments;
  std::size_t enrolments_at_once = 32;
};

// What a door with TLS needs; all of it outlives the door.
struct DoorTls {
  std::shared_ptr<tls::Renewable> contexts;  // of door_context()
  PeerGate& gate;
  EnrolmentService* enrolment = nullptr;  // null: it is not offered
};

class Greeter : public std::enable_shared_from_this<Greeter> {
 public:
  Greeter(const GreetingLimits& limits, std::vector<DoorThread*> threads,
          std::optional<DoorTls> tls);

  [[nodiscard]] bool speaks_tls() const { return tls_.has_value(); }

  // On `thread`, any of them: only the hello tells which thread owns the host. `place` is kept as
  // long as the connection, `handshake_place` as long as its handshake.
  Task<> greet(tcp::socket socket, net::ip::address address, DoorThread& thread,
               std::shared_ptr<void> place, std::shared_ptr<void> handshake_place);

 private:
  struct Waiting;
  class Deadline;
  using Held = std::shared_ptr<Waiting>;

  Task<bool> shake_hands(const Held& waiting, DoorThread& thread);
  Result<void> look_at_certificate(Waiting& waiting) const;
  Task<> enrol(const Held& waiting, DoorThread& thread);
  Task<std::optional<wire::Hello>> read_hello(const Held& waiting, DoorThread& thread);
  Task<std::optional<std::string>> read_request(const Held& waiting, DoorThread& thread);
  // Whether the frame that was waited for came; counts why it did not.
  static bool came(const Waiting& waiting, bool whole, DoorThread& thread);
  void hand_over(Newcomer newcomer);
  void begin_session(DoorThread& owner, Newcomer newcomer);
  [[nodiscard]] bool may_log();

  const GreetingLimits limits_;
  const std::vector<DoorThread*> threads_;
  const std::optional<DoorTls> tls_;
  RateLimit enrolment_rate_;
  const std::shared_ptr<Places> enrolments_;
  std::atomic<Steady::rep> next_log_ = 0;
};

}  // namespace sobriety::collector
