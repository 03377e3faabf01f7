#include "collector/remote/dispatch.hpp"

#include <cassert>
#include <utility>

namespace sobriety::collector::remote {

void Dispatch::load(std::vector<OutboxRow> rows) {
  assert(empty());
  items_.clear();
  rows_.clear();
  for (OutboxRow& row : rows) {
    if (row.blocks.empty()) settled_.push_back({row.no, 0});
    for (OutboxBlock& block : row.blocks) items_.push_back({rows_.size(), std::move(block)});
    rows_.push_back({row.no, row.blocks.size()});
  }
  cut();
}

void Dispatch::cut() {
  std::uint64_t samples = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const std::uint64_t of_item = items_[i].block.samples;
    if (pieces_.empty() || samples + of_item > most_) {
      pieces_.push_back({i, i});
      samples = 0;
    }
    pieces_.back().end = i + 1;
    samples += of_item;
  }
}

std::string Dispatch::request() const {
  std::string bytes;
  for (std::size_t i = pieces_.front().begin; i < pieces_.front().end; ++i)
    bytes += items_[i].block.bytes;
  return bytes;
}

std::uint64_t Dispatch::samples() const {
  std::uint64_t sum = 0;
  for (std::size_t i = pieces_.front().begin; i < pieces_.front().end; ++i)
    sum += items_[i].block.samples;
  return sum;
}

bool Dispatch::refused_part() {
  const Piece piece = pieces_.front();
  if (piece.end - piece.begin == 1) {
    end(true);
    return false;
  }
  const std::size_t middle = piece.begin + (piece.end - piece.begin) / 2;
  pieces_.front() = {middle, piece.end};
  pieces_.push_front({piece.begin, middle});
  return true;
}

void Dispatch::end(bool refused) {
  const Piece piece = pieces_.front();
  pieces_.pop_front();
  for (std::size_t i = piece.begin; i < piece.end; ++i) {
    Row& row = rows_[items_[i].row];
    if (refused) row.refused += items_[i].block.samples;
    items_[i].block = {};  // its memory is of no more use
    if (--row.left == 0) settled_.push_back({row.no, row.refused});
  }
}

std::vector<OutboxSettled> Dispatch::take_settled() { return std::exchange(settled_, {}); }

}  // namespace sobriety::collector::remote
