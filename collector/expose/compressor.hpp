// Content codings of an answer that is streamed: text goes in by pieces, compressed bytes come out
// as they are ready, so that nothing but a window of the text is held.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sobriety::collector {

enum class Coding : std::uint8_t { identity, gzip, zstd };

// As HTTP names it.
[[nodiscard]] std::string_view name_of(Coding coding);

class Compressor {
 public:
  virtual ~Compressor() = default;

  // Appends to `out` what is ready.
  virtual void add(std::string_view text, std::string& out) = 0;
  // Appends the rest; the compressor is done.
  virtual void finish(std::string& out) = 0;
};

// At the level that costs least. None for identity.
[[nodiscard]] std::unique_ptr<Compressor> make_compressor(Coding coding);

}  // namespace sobriety::collector
