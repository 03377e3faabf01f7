// A memory store that fails and blocks on command, and remembers what it was given.
#pragma once

#include "collector/store/memory.hpp"

#include <condition_variable>
#include <mutex>
#include <vector>

namespace sobriety::test {

class FakeStore final : public collector::MemoryStore {
 public:
  Result<void> commit(std::span<const collector::HostRecord> changed) override {
    std::unique_lock lock{mutex_};
    calls_.emplace_back(changed.begin(), changed.end());
    may_go_on_.wait(lock, [this] { return !blocked_; });
    if (failures_ > 0) {
      --failures_;
      if (durable_) static_cast<void>(MemoryStore::commit(changed));
      return fail(Errc::unavailable, "the store is told to fail");
    }
    return MemoryStore::commit(changed);
  }

  // Commits wait until it is opened.
  void block() { set_blocked(true); }
  void open() { set_blocked(false); }
  // The next commits fail.
  void fail_next(int times) {
    const std::lock_guard lock{mutex_};
    failures_ = times;
  }
  // The next commit is durable, and an error is told of it.
  void doubt_next() {
    fail_next(1);
    const std::lock_guard lock{mutex_};
    durable_ = true;
  }
  // Commits that were begun.
  [[nodiscard]] std::size_t calls() const {
    const std::lock_guard lock{mutex_};
    return calls_.size();
  }
  [[nodiscard]] std::vector<collector::HostRecord> call(std::size_t number) const {
    const std::lock_guard lock{mutex_};
    return calls_.at(number);
  }

 private:
  void set_blocked(bool blocked) {
    const std::lock_guard lock{mutex_};
    blocked_ = blocked;
    may_go_on_.notify_all();
  }

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable may_go_on_;
  std::vector<std::vector<collector::HostRecord>> calls_;
  int failures_ = 0;
  bool durable_ = false;
  bool blocked_ = false;
};

}  // namespace sobriety::test
