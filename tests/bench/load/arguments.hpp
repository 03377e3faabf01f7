// SPDX-License-Identifier: Apache-2.0
// `--name VALUE` options of the benchmark's small programs; what does not start with `--` is left
// as it is.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 1; i < count; ++i) {
      const std::string_view word = values[i];
      if (!word.starts_with("--"))
        plain_.emplace_back(word);
      else if (i + 1 < count)
        named_.insert_or_assign(std::string{word.substr(2)}, values[++i]);
      else
        refuse(word, "needs a value");
    }
  }

  const std::vector<std::string>& plain() const { return plain_; }

  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const auto found = named_.find(name);
    if (found == named_.end()) return otherwise;
    std::uint64_t value = 0;
    const auto& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      refuse("--" + name, "is not a whole number");
    return value;
  }

 private:
  [[noreturn]] static void refuse(std::string_view word, const char* why) {
    std::fprintf(stderr, "%.*s %s\n", static_cast<int>(word.size()), word.data(), why);
    std::exit(2);
  }

  std::map<std::string, std::string> named_;
  std::vector<std::string> plain_;
};

}  // namespace bench
