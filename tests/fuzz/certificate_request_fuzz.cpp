// A certificate request: any bytes are refused in words, or are of a key on P-256 that a
// certificate can be issued for.
#include "collector/identity/certificate_request.hpp"
#include "collector/identity/issuance.hpp"
#include "proto/identity/key.hpp"
#include "tests/fuzz/promise.hpp"

namespace {

using namespace sobriety;
using namespace sobriety::collector;
using sobriety::fuzz::must;

Signer some_authority() {
  auto key = identity::Key::generate();
  auto root = make_root(key, Validity::of(WallTime{}, std::chrono::hours{24}));
  return {std::move(root.value()), std::move(key)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Signer authority = some_authority();
  const auto request = read_certificate_request({reinterpret_cast<const char*>(data), size});
  if (!request) {
    must(!request.error().message.empty());
    return 0;
  }
  must(identity::on_p256(request.value().key.get()));
  const auto issued = make_host(request.value().key.get(), authority, HostId{},
                                Validity::of(WallTime{}, std::chrono::hours{1}));
  must(issued.has_value() && issued.value().public_digest() == request.value().key_digest);
  return 0;
}
