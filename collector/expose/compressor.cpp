#include "collector/expose/compressor.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <array>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

namespace sobriety::collector {

namespace {

constexpr std::size_t window = 64 * 1024;

// By ISA-L, which is several times as fast as zlib at the same ratio.
class Gzip final : public Compressor {
 public:
  Gzip() : level_buffer_(ISAL_DEF_LVL1_DEFAULT) {
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_.gzip_flag = IGZIP_GZIP;
  }

  void add(std::string_view text, std::string& out) override {
    // The library takes mutable bytes and does not write to them; a piece is far below 4 GiB.
    auto* bytes = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    stream_.next_in = bytes;
    stream_.avail_in = static_cast<std::uint32_t>(text.size());
    while (stream_.avail_in > 0) deflate(out);
  }

  void finish(std::string& out) override {
    stream_.end_of_stream = 1;
    stream_.next_in = nullptr;
    stream_.avail_in = 0;
    while (stream_.internal_state.state != ZSTATE_END) deflate(out);
  }

 private:
  void deflate(std::string& out) {
    stream_.next_out = window_.data();
    stream_.avail_out = static_cast<std::uint32_t>(window_.size());
    if (isal_deflate(&stream_) != COMP_OK) throw std::logic_error{"gzip: wrong parameters"};
    out.append(reinterpret_cast<const char*>(window_.data()), window_.size() - stream_.avail_out);
  }

  isal_zstream stream_{};
  std::vector<std::uint8_t> level_buffer_;
  std::array<std::uint8_t, window> window_;
};

class Zstd final : public Compressor {
 public:
  Zstd() : context_(ZSTD_createCCtx()) {
    if (!context_) throw std::bad_alloc{};
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, 1);
  }

  void add(std::string_view text, std::string& out) override {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    while (in.pos < in.size) compress(in, ZSTD_e_continue, out);
  }

  void finish(std::string& out) override {
    ZSTD_inBuffer in{nullptr, 0, 0};
    while (compress(in, ZSTD_e_end, out) != 0) {
    }
  }

 private:
  std::size_t compress(ZSTD_inBuffer& in, ZSTD_EndDirective directive, std::string& out) {
    ZSTD_outBuffer room{window_.data(), window_.size(), 0};
    const std::size_t left = ZSTD_compressStream2(context_.get(), &room, &in, directive);
    if (ZSTD_isError(left)) throw std::bad_alloc{};  // the only failure of a stream of ours
    out.append(window_.data(), room.pos);
    return left;
  }

  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> context_;
  std::array<char, window> window_;
};

}  // namespace

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::zstd:
      return "zstd";
    case Coding::identity:
      break;
  }
  return "identity";
}

std::unique_ptr<Compressor> make_compressor(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return std::make_unique<Gzip>();
    case Coding::zstd:
      return std::make_unique<Zstd>();
    case Coding::identity:
      break;
  }
  return nullptr;
}

}  // namespace sobriety::collector
