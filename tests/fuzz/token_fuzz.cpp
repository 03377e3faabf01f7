// An enrolment token: any text is refused in words that do not repeat it, or is the one text of
// its token but for blanks around it.
#include "proto/base/text.hpp"
#include "proto/identity/base64url.hpp"
#include "proto/identity/token.hpp"
#include "tests/fuzz/promise.hpp"

namespace {

using namespace sobriety;
using namespace sobriety::identity;
using sobriety::fuzz::must;

void check(std::string_view text) {
  const auto token = parse_token(text);
  if (token)
    must(format(token.value()) == trimmed(text));
  else
    must(token.error().code == Errc::malformed && !token.error().message.empty());
}

// The fields behind a sound checksum, which a fuzzer does not find by itself.
void check_fields(std::string_view fields) {
  std::string bytes{fields};
  bytes += bytes_of(sha256(fields)).substr(0, 4);
  check("sbr1." + base64url(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  check(input);
  check_fields(input);
  return 0;
}
