// Which blocks of the outbox go in which request, and what became of them. Sans I/O.
//
// Blocks go in their order, so many in a request as have about the wanted number of samples. What
// was refused because of something in it is cut in two, and each half is tried for itself, until
// what remains is one block: a host that the receiver will not take costs no other's samples.
#pragma once

#include "collector/store/outbox.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sobriety::collector::remote {

class Dispatch {
 public:
  // `samples`: of a request; a block that has more goes alone.
  explicit Dispatch(std::uint64_t samples) : most_(samples) {}

  // Only while it is empty.
  void load(std::vector<OutboxRow> rows);
  [[nodiscard]] bool empty() const { return pieces_.empty(); }

  // The next request, uncompressed, and its samples. Not while it is empty.
  [[nodiscard]] std::string request() const;
  [[nodiscard]] std::uint64_t samples() const;

  // What became of that request:
  void accepted() { end(false); }
  void refused() { end(true); }
  // Tells whether there are halves to be tried instead.
  bool refused_part();

  // Rows of which nothing remains, since the last call.
  [[nodiscard]] std::vector<OutboxSettled> take_settled();

 private:
  struct Item {
    std::size_t row;
    OutboxBlock block;
  };
  struct Row {
    std::int64_t no;
    std::size_t left;  // items
    std::uint64_t refused = 0;
  };
  struct Piece {
    std::size_t begin;
    std::size_t end;
  };

  void cut();
  void end(bool refused);

  std::uint64_t most_;
  std::vector<Item> items_;
  std::vector<Row> rows_;
  std::deque<Piece> pieces_;  // the first is the next request
  std::vector<OutboxSettled> settled_;
};

}  // namespace sobriety::collector::remote
