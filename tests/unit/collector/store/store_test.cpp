#include "tests/contract/outbox_contract.hpp"
#include "tests/contract/store_contract.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sobriety::test {

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::ValuesIn(collector::store_kinds()),
                         [](const auto& kind) { return std::string{kind.param.name}; });
INSTANTIATE_TEST_SUITE_P(Stores, OutboxContract, testing::ValuesIn(collector::store_kinds()),
                         [](const auto& kind) { return std::string{kind.param.name}; });

namespace {

TEST(Outbox, a_row_that_is_not_as_it_was_packed_is_refused) {
  const std::vector<collector::OutboxBlock> blocks{
      {"one", 1}, {"", 2}, {std::string(5000, 'x'), 3}};
  const auto rows = collector::pack(blocks);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].samples, 6U);
  EXPECT_EQ(collector::unpack(rows[0].bytes).value(), blocks);
  EXPECT_LT(rows[0].bytes.size(), 100U);
  EXPECT_TRUE(collector::pack({}).empty());
  for (std::size_t cut = 0; cut < rows[0].bytes.size(); ++cut)
    EXPECT_FALSE(collector::unpack(std::string_view{rows[0].bytes}.substr(0, cut))) << cut;
}

TEST(StoreKinds, have_names_of_their_own) {
  std::vector<std::string_view> names;
  for (const auto& kind : collector::store_kinds()) {
    EXPECT_FALSE(kind.name.empty());
    EXPECT_EQ(std::find(names.begin(), names.end(), kind.name), names.end()) << kind.name;
    names.push_back(kind.name);
  }
}

TEST(StoreKinds, memory_cannot_be_looked_at) {
  EXPECT_FALSE(collector::open_store({"memory", "x"}, Access::look));
}

TEST(StoreKinds, one_that_is_not_known_is_refused_with_those_that_are) {
  const auto opened = collector::open_store({"paper", "x"}, Access::own);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "store.kind: expected sqlite or memory, got 'paper'");
}

}  // namespace
}  // namespace sobriety::test
