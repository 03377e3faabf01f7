// Readers of the files that tell where machines and people belong. An error names file and line.
#pragma once

#include "collector/policy/inventory.hpp"
#include "proto/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sobriety::collector::policy {

// Names of the columns of an inventory; empty: those that GLPI gives them in English or French, and
// none where there is none of them.
struct InventoryColumns {
  std::string name;
  std::string entity;
  std::string location;
  std::string owner;  // has no default: GLPI's columns of users name persons
  std::string purchased;
};

struct InventoryFile {
  AssetList assets;
  std::vector<std::string> notes;  // what was left out, and why
};

// A CSV export of GLPI or of anything with a line a machine. Dates are 2021-03-15, or 15-03-2021
// and 15/03/2021 (GLPI's French format); a machine that is there twice keeps its first line.
[[nodiscard]] Result<InventoryFile> read_inventory(std::string_view text, const std::string& file,
                                                   const InventoryColumns& columns);

using Headcounts = std::map<std::pair<std::string, std::string>, unsigned>;

// site,department,headcount
[[nodiscard]] Result<Headcounts> read_headcounts(std::string_view text, const std::string& file);

}  // namespace sobriety::collector::policy
