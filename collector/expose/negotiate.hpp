// What a request asks for: format and coding of the answer by its header fields, a part of the
// fleet by its query. Pure; the HTTP server bounds the length of what comes here.
#pragma once

#include "collector/expose/compressor.hpp"
#include "collector/expose/format.hpp"
#include "collector/expose/slice.hpp"
#include "proto/base/result.hpp"

#include <string_view>

namespace sobriety::collector {

// Of a field `Accept`: the format of the highest quality, as RFC 9110 weighs them; of equals the
// one that is named more exactly, then text 0.0.4. Who accepts neither gets text: there is nothing
// else.
[[nodiscard]] Format negotiate_format(std::string_view accept);

// Of a field `Accept-Encoding`: the coding of the highest quality; of equals the one that is
// cheaper to make, and identity where no other is asked for.
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding);

// Of a query: "" is the whole fleet, "shard=I/N" part I, from 0, of N.
[[nodiscard]] Result<Slice> slice_of(std::string_view query);

}  // namespace sobriety::collector
