#include "collector/report/numecoeval.hpp"

#include "collector/report/csv.hpp"
#include "collector/report/rows.hpp"

#include <array>
#include <cmath>
#include <initializer_list>
#include <map>
#include <tuple>

namespace sobriety::collector::report {

namespace {

// What its importer allows: numbers are whole and without a sign, texts up to 255 characters.
// https://github.com/G4ITTeam/g4it, PhysicalEquipment.java
constexpr std::string_view header =
    "nomEquipementPhysique;nomEntite;nomSourceDonnee;modele;quantite;type;statut;paysDUtilisation;"
    "utilisateur;dateAchat;dateRetrait;nbCoeur;nomCourtDatacenter;consoElecAnnuelle;fabricant;"
    "tailleDuDisque;tailleMemoire;typeDeProcesseur\r\n";

std::string_view type_of(std::string_view role) {
  if (role == "laptop") return "Laptop";
  if (role == "server") return "Server";
  if (role == "thin") return "Thin client";
  return "Desktop";
}

struct Lot {
  std::uint32_t hosts = 0;
  Wide uj = 0;
};

// At most 255 bytes, whole characters.
std::string cut(std::string_view text) {
  constexpr std::size_t most = 255;
  if (text.size() <= most) return std::string{text};
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return std::string{text.substr(0, end)};
}

std::string whole(std::uint64_t number) { return number == 0 ? "" : std::to_string(number); }

std::string line(std::initializer_list<std::string_view> fields) {
  std::string text;
  for (const std::string_view field : fields) text += csv_field(cut(field), ';') + ';';
  text.pop_back();
  return text + "\r\n";
}

// A host without its figures: equal ones are one lot.
HostMonth kind_of(const HostMonth& host, bool detail) {
  HostMonth kind;
  if (detail && !is_personal(host.role)) {
    kind.id = host.id;
    kind.name = host.name;
    kind.department = host.department;
  }
  kind.site = host.site;
  kind.role = host.role;
  kind.vendor = host.vendor;
  kind.product = host.product;
  kind.cpu_model = host.cpu_model;
  kind.purchased = host.purchased;
  kind.cores = host.cores;
  kind.memory = host.memory;
  return kind;
}

struct ByFacts {
  bool operator()(const HostMonth& a, const HostMonth& b) const {
    const auto facts = [](const HostMonth& of) {
      return std::tie(of.site, of.role, of.department, of.name, of.id, of.vendor, of.product,
                      of.cpu_model, of.purchased, of.cores, of.memory);
    };
    return facts(a) < facts(b);
  }
};

}  // namespace

std::string numecoeval(const Input& input) {
  std::map<HostMonth, Lot, ByFacts> lots;
  for (const HostMonth& host : input.hosts) {
    if (host.role == "virtual") continue;
    Lot& lot = lots[kind_of(host, input.privacy.host_detail)];
    ++lot.hosts;
    for (const auto& of_state : host.spent)
      for (const Spent& spent : of_state) lot.uj += spent.uj;
  }
  const auto seconds = static_cast<double>(input.period.to - input.period.from);
  std::string out{header};
  std::size_t number = 0;
  for (const auto& [kind, lot] : lots) {
    ++number;
    std::string energy;
    if (seconds > 0 && (!is_personal(kind.role) || lot.hosts >= input.privacy.min_group_size))
      energy = std::to_string(std::llround(kwh(lot.uj) * seconds_a_year / seconds / lot.hosts));
    const std::string name = kind.name.empty()
                                 ? "sobriety-" + input.period.month + "-" + std::to_string(number)
                                 : kind.name;
    const std::string entity =
        kind.department.empty() ? kind.site : kind.site + " / " + kind.department;
    const std::string quantity = std::to_string(lot.hosts);
    const std::string cores = whole(kind.cores);
    const std::string gigabytes = whole((kind.memory + (1U << 29U)) >> 30U);
    out += line({name, entity, "sobriety " + input.collector_version, kind.product, quantity,
                 type_of(kind.role), "In use", input.country, "", kind.purchased, "", cores,
                 kind.role == "server" ? std::string_view{kind.site} : "", energy, kind.vendor, "",
                 gigabytes, kind.cpu_model});
  }
  return out;
}

}  // namespace sobriety::collector::report
