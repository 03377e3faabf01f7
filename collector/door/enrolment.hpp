// What answers requests for certificates, behind the door.
#pragma once

#include "proto/runtime/asio.hpp"
#include "proto/runtime/tls.hpp"

#include <optional>
#include <string>

namespace sobriety::collector {

class EnrolmentService {
 public:
  virtual ~EnrolmentService() = default;
  // The payload of the enrol_reply to that of an enrol_request, which is bounded by
  // wire::max_enrolment and otherwise as it came. `peer`: the certificate that was shown, if any;
  // its authority is checked, and it may have expired up to late_renewal ago. Runs on a network
  // thread: what blocks goes elsewhere.
  [[nodiscard]] virtual Task<std::string> answer(std::string request,
                                                 std::optional<tls::PeerCertificate> peer,
                                                 net::ip::address from) = 0;
};

// How long after its end a certificate may still be shown, to be renewed.
inline constexpr std::chrono::hours late_renewal{90 * 24};

}  // namespace sobriety::collector
