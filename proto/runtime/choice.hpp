// Enumerations that configuration names: a table of names and values.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sobriety {

template <class E>
struct Choice {
  std::string_view name;
  E value;
};

// Empty for a value that the table lacks.
template <class E, std::size_t N>
[[nodiscard]] constexpr std::string_view name_of(const std::array<Choice<E>, N>& choices, E value) {
  for (const auto& choice : choices)
    if (choice.value == value) return choice.name;
  return {};
}

}  // namespace sobriety
