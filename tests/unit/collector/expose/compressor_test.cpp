#include "collector/expose/compressor.hpp"

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sobriety::collector {
namespace {

std::string gunzip(const std::string& bytes, std::size_t length) {
  std::string text(length + 1, '\0');  // one more than there may be
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  std::string copy = bytes;
  state.next_in = reinterpret_cast<std::uint8_t*>(copy.data());
  state.avail_in = static_cast<std::uint32_t>(copy.size());
  state.next_out = reinterpret_cast<std::uint8_t*>(text.data());
  state.avail_out = static_cast<std::uint32_t>(text.size());
  EXPECT_EQ(isal_inflate(&state), ISAL_DECOMP_OK);
  EXPECT_EQ(state.block_state, ISAL_BLOCK_FINISH);
  EXPECT_EQ(state.avail_in, 0U) << "bytes behind the end";
  text.resize(text.size() - state.avail_out);
  return text;
}

std::string unzstd(const std::string& bytes, std::size_t length) {
  std::string text(length + 1, '\0');
  const std::size_t size = ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size());
  EXPECT_FALSE(ZSTD_isError(size)) << ZSTD_getErrorName(size);
  text.resize(ZSTD_isError(size) ? 0 : size);
  return text;
}

std::string exposition(std::size_t size) {
  std::string text;
  for (int host = 0; text.size() < size; ++host)
    text += "sobriety_host_energy_joules_total{host=\"web-" + std::to_string(host) +
            "\",method=\"external_meter\"} " + std::to_string(host * 7919) + '\n';
  return text.substr(0, size);
}

std::string noise(std::size_t size) {
  std::mt19937 random{7};
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class Codings : public testing::TestWithParam<Coding> {
 protected:
  static std::string compressed(const std::string& text, std::size_t piece) {
    const auto compressor = make_compressor(GetParam());
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
      compressor->add(std::string_view{text}.substr(at, piece), out);
    compressor->finish(out);
    return out;
  }
  static std::string restored(const std::string& bytes, std::size_t length) {
    return GetParam() == Coding::gzip ? gunzip(bytes, length) : unzstd(bytes, length);
  }
};

TEST_P(Codings, give_back_the_text_in_pieces_of_any_size) {
  for (const std::size_t size : {0U, 1U, 100U, 100'000U, 1'000'000U})
    for (const std::size_t piece : {1U, 1'000U, 65'536U, 2'000'000U}) {
      if (piece == 1 && size > 100'000) continue;
      for (const std::string& text : {exposition(size), noise(size)})
        EXPECT_EQ(restored(compressed(text, piece), size), text) << size << ' ' << piece;
    }
}

TEST_P(Codings, make_an_exposition_several_times_smaller) {
  const std::string text = exposition(1'000'000);
  EXPECT_LT(compressed(text, 65'536).size(), text.size() / 4);
}

INSTANTIATE_TEST_SUITE_P(Compressor, Codings, testing::Values(Coding::gzip, Coding::zstd),
                         [](const auto& row) { return std::string{name_of(row.param)}; });

TEST(Compressor, there_is_none_for_identity) {
  EXPECT_EQ(make_compressor(Coding::identity), nullptr);
}

}  // namespace
}  // namespace sobriety::collector
