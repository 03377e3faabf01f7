// The `host` labels of the fleet. Two hosts with one name are told apart: the first keeps the name,
// the next gets the first 8 digits of its id behind it. A label stays with its host for good.
#pragma once

#include "proto/base/ids.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

namespace sobriety::collector {

class Names {
 public:
  // The label of a host that calls itself `name`; a host that changes its name gets a new label.
  [[nodiscard]] std::string label(const HostId& host, const std::string& name);

 private:
  std::mutex mutex_;  // guards owners_; taken at a hello, never per batch
  std::unordered_map<std::string, HostId> owners_;
};

}  // namespace sobriety::collector
