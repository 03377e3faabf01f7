// The hosts of one thread. Nothing here is locked: a shard is touched on its own thread only.
#pragma once

#include "collector/fleet/host.hpp"
#include "collector/fleet/names.hpp"
#include "collector/policy/policy.hpp"
#include "proto/wire/messages.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sobriety::collector {

// Which of `shards` shards owns a host.
[[nodiscard]] inline std::size_t shard_of(const HostId& host, std::size_t shards) {
  return IdHash{}(host) % shards;
}

class Shard {
 public:
  // Called of a host that is up, while it still is, before it falls silent or has other series.
  using Ending = std::function<void(Host&)>;

  Shard(Names& names, unsigned idle_intervals,
        std::shared_ptr<const policy::Policy> policy = std::make_shared<const policy::Policy>(),
        Ending ending = {})
      : names_(names),
        idle_intervals_(idle_intervals),
        policy_(std::move(policy)),
        ending_(std::move(ending)) {}

  // The host that says hello, made if it is new, with its stream begun if that is new.
  Host& introduce(const wire::Hello& hello, WallTime wall, Steady::time_point now);

  // The host of that identity, where a session of another machine holds it now. Machines that do
  // not tell which they are pass for the same.
  [[nodiscard]] Host* live_elsewhere(const wire::Hello& hello);

  // The host's batches are from now on about this inventory.
  void adopt(Host& host, const Inventory& inventory);

  // Where the host connects from.
  void locate(Host& host, const policy::IpAddress& address);

  // The host's agent leaves; what it said of its machine goes with the next commit.
  void goodbye(Host& host, wire::GoodbyeReason reason);

  // From now on hosts are judged by this policy; what is accounted stays as it was.
  void judge_by(std::shared_ptr<const policy::Policy> policy);

  // Marks hosts silent whose last batch is too long ago. Call about once a second.
  void judge_silence(Steady::time_point now);

  [[nodiscard]] const std::shared_ptr<const policy::Policy>& policy() const { return policy_; }
  [[nodiscard]] const std::deque<Host>& hosts() const { return hosts_; }
  [[nodiscard]] std::size_t up() const;

  // Restores a host as the store kept it; before any connection.
  Host& restore(Host host);

 private:
  void assign_policy(Host& host);
  void tell_ending(Host& host) const {
    if (ending_ && host.up) ending_(host);
  }

  Names& names_;
  unsigned idle_intervals_;
  std::shared_ptr<const policy::Policy> policy_;
  Ending ending_;
  std::deque<Host> hosts_;  // never shrinks: references and positions stay good
  std::unordered_map<HostId, Host*, IdHash> by_id_;
  struct ByContent {
    using Policy = std::shared_ptr<const policy::HostPolicy>;
    std::size_t operator()(const Policy& policy) const;
    bool operator()(const Policy& one, const Policy& other) const { return *one == *other; }
  };
  // Policies, layouts and info texts in use, by content; a fleet of like machines shares a few.
  std::unordered_set<ByContent::Policy, ByContent, ByContent> policies_;
  std::unordered_map<std::string, std::weak_ptr<const Layout>> layouts_;
  std::unordered_map<std::string, std::weak_ptr<const LabelText>> infos_;
};

}  // namespace sobriety::collector
