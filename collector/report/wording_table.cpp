#include "collector/report/wording_table.hpp"

#include <array>

namespace sobriety::collector::report {

namespace {

constexpr std::array<Words, static_cast<std::size_t>(Text::count)> table{
    Words{Text::title, "Digital sobriety: {0}", "Sobriété numérique : {0}"},
    Words{Text::period, "From {0} to {1}, both included (time zone {2}).",
          "Du {0} au {1} inclus (fuseau horaire {2})."},
    Words{Text::not_over, "This month is not over: these figures are provisional.",
          "Ce mois n’est pas terminé : ces chiffres sont provisoires."},
    Words{Text::issued, "Issued on {0} by sobriety-collector {1}.",
          "Établi le {0} par sobriety-collector {1}."},
    Words{Text::use_phase,
          "Use phase only: the electricity that the machines draw at the wall. Their making and "
          "their end of life, which often weigh more, are not in these figures.",
          "Phase d’usage seulement : l’électricité que les machines prennent à la prise. Leur "
          "fabrication et leur fin de vie, qui pèsent souvent davantage, ne sont pas dans ces "
          "chiffres."},
    Words{Text::skip, "Skip to the results", "Aller aux résultats"},
    Words{Text::in_short, "In short", "L’essentiel"},
    Words{Text::sentence_waste,
          "Of every 100 kWh, {0} were drawn outside working hours by idle machines that nothing "
          "required to be on. Off or asleep, they would have saved {1} kWh this month.",
          "Sur 100 kWh, {0} ont été pris hors des heures de travail par des machines inactives que "
          "rien n’obligeait à rester allumées. Éteintes ou en veille, elles auraient épargné {1} "
          "kWh ce mois-ci."},
    Words{Text::sentence_no_waste,
          "No machine was seen idle outside working hours that nothing required to be on.",
          "Aucune machine que rien n’obligeait à rester allumée n’a été vue inactive hors des "
          "heures de travail."},
    Words{Text::energy, "Energy", "Énergie"},
    Words{Text::energy_note, "between {0} and {1} kWh; {2} of it metered, the rest estimated",
          "entre {0} et {1} kWh ; {2} mesurés, le reste estimé"},
    Words{Text::avoidable, "Avoidable", "Évitable"},
    Words{Text::avoidable_note, "{0} of the energy", "{0} de l’énergie"},
    Words{Text::avoidable_cost_note, "{0} of the energy; {1} {2} over a year",
          "{0} de l’énergie ; {1} {2} sur un an"},
    Words{Text::carbon, "Carbon", "Carbone"},
    Words{Text::carbon_note, "{0} g/kWh, {1}, {2}", "{0} g/kWh, {1}, {2}"},
    Words{Text::carbon_part_note,
          "for the {3} of the energy that has a factor: {0} g/kWh, {1}, {2}",
          "pour les {3} de l’énergie qui ont un facteur : {0} g/kWh, {1}, {2}"},
    Words{Text::carbon_none, "unknown: no emission factor is configured",
          "inconnu : aucun facteur d’émission n’est configuré"},
    Words{Text::night_on, "On at night", "Allumées la nuit"},
    Words{Text::night_on_note,
          "of nights in which machines that people sit at were known; at weekends {0}",
          "des nuits où les postes de travail étaient connus ; les week-ends {0}"},
    Words{Text::coverage, "Known time", "Temps connu"},
    Words{Text::coverage_note, "{0} hours of machines are unknown, and nothing is assumed of them",
          "{0} heures de machine sont inconnues, et rien n’en est supposé"},
    Words{Text::servers_quiet, "Servers with little to do", "Serveurs peu sollicités"},
    Words{Text::servers_quiet_note, "underused: {0}; comatose: {1}; of {2} servers",
          "sous-utilisés : {0} ; comateux : {1} ; sur {2} serveurs"},
    Words{Text::days_title, "Energy day by day", "L’énergie jour par jour"},
    Words{Text::days_alternative,
          "Bars of the energy of each day. Least: {0} kWh on {1}. Most: {2} kWh on {3}.",
          "Barres de l’énergie de chaque jour. Minimum : {0} kWh, le {1}. Maximum : {2} kWh, le "
          "{3}."},
    Words{Text::days_none, "The days of this period are not known one by one.",
          "Les jours de cette période ne sont pas connus un par un."},
    Words{Text::days_data, "The figures of this chart", "Les chiffres de ce graphique"},
    Words{Text::time_title, "How the machines spend their time",
          "À quoi les machines passent leur temps"},
    Words{Text::time_alternative, "One bar a role, whole: all hours of its machines. {0}",
          "Une barre par rôle, entière : toutes les heures de ses machines. {0}"},
    Words{Text::where_title, "Where energy could be saved", "Où de l’énergie peut être épargnée"},
    Words{Text::where_alternative,
          "Bars of the avoidable energy of the groups with most of it: {0}.",
          "Barres de l’énergie évitable des groupes qui en ont le plus : {0}."},
    Words{Text::where_none, "No group has avoidable energy.",
          "Aucun groupe n’a d’énergie évitable."},
    Words{Text::results_title, "Results by group", "Résultats par groupe"},
    Words{Text::energy_table, "Energy, at the wall", "Énergie, à la prise"},
    Words{Text::time_table, "Time and use", "Temps et usage"},
    Words{Text::money_table, "Carbon and cost", "Carbone et coût"},
    Words{Text::absent_note, "— : not known, or not meant for this row; never zero.",
          "— : inconnu, ou sans objet pour cette ligne ; jamais zéro."},
    Words{Text::several_note, "* : several groups, too small to be shown apart.",
          "* : plusieurs groupes, trop petits pour être montrés séparément."},
    Words{Text::site, "Site", "Site"},
    Words{Text::department, "Department", "Service"},
    Words{Text::role, "Role", "Rôle"},
    Words{Text::hosts, "Machines", "Machines"},
    Words{Text::headcount, "Staff", "Effectif"},
    Words{Text::kwh_bounds, "low – high", "bas – haut"},
    Words{Text::measured, "Metered", "Mesuré"},
    Words{Text::wasted, "Wasted kWh", "kWh perdus"},
    Words{Text::idle_share, "Idle / on", "Inactif / allumé"},
    Words{Text::nights, "On at night", "Nuits allumées"},
    Words{Text::weekends, "On at weekends", "Week-ends allumés"},
    Words{Text::per_workstation, "kWh a workstation and year", "kWh par poste et par an"},
    Words{Text::per_head, "kWh a head and year", "kWh par agent et par an"},
    Words{Text::room, "kWh × PUE", "kWh × PUE"},
    Words{Text::pue, "PUE", "PUE"},
    Words{Text::hours, "Hours", "Heures"},
    Words{Text::on, "On", "Allumé"},
    Words{Text::active, "In use", "Utilisé"},
    Words{Text::idle, "Idle", "Inactif"},
    Words{Text::unjudged, "On, not judged", "Allumé, non jugé"},
    Words{Text::suspended, "Asleep", "En veille"},
    Words{Text::off, "Off", "Éteint"},
    Words{Text::unknown, "Unknown", "Inconnu"},
    Words{Text::factor, "g/kWh", "g/kWh"},
    Words{Text::emissions, "kgCO₂e", "kgCO₂e"},
    Words{Text::cost, "Cost", "Coût"},
    Words{Text::avoidable_year, "Avoidable a year", "Évitable par an"},
    Words{Text::tariff, "Price of a kWh", "Prix du kWh"},
    Words{Text::change, "Change", "Évolution"},
    Words{Text::change_per_host, "Change a machine", "Évolution par machine"},
    Words{Text::underused, "Underused", "Sous-utilisés"},
    Words{Text::comatose, "Comatose", "Comateux"},
    Words{Text::exempt, "Exempt", "Exemptées"},
    Words{Text::total, "Total", "Total"},
    Words{Text::day, "Day", "Jour"},
    Words{Text::idle_work, "Idle in working hours", "Inactif en heures de travail"},
    Words{Text::idle_off, "Idle outside working hours", "Inactif hors heures de travail"},
    Words{Text::rest, "Not judged, asleep, off", "Non jugé, en veille, éteint"},
    Words{Text::compare_title, "Compared with {0}", "Par rapport à {0}"},
    Words{Text::compare_text,
          "Energy: {0}; a machine: {1}. Both months are brought to the same length. The change is "
          "that of what was seen: a different coverage shows in it too.",
          "Énergie : {0} ; par machine : {1}. Les deux mois sont ramenés à la même durée. "
          "L’évolution est celle de ce qui a été vu : une couverture différente s’y voit aussi."},
    Words{Text::compare_none, "No baseline month was given to compare with.",
          "Aucun mois de référence n’a été donné pour comparer."},
    Words{Text::beside_title, "Beside published figures", "À côté de chiffres publiés"},
    Words{Text::beside_text, "Not goals: other organisations, other years, other perimeters.",
          "Ce ne sont pas des objectifs : autres organisations, autres années, autres périmètres."},
    Words{
        Text::beside_employee,
        "363 kWh an employee and year for IT (ADEME and ADN Ouest, 50 organisations).",
        "363 kWh par salarié et par an pour le numérique (ADEME et ADN Ouest, 50 organisations)."},
    Words{Text::beside_shares,
          "Of that 53% at workplaces, 27% in servers, 20% in network switches (same study).",
          "Dont 53 % aux postes de travail, 27 % dans les serveurs, 20 % dans les commutateurs "
          "réseau (même étude)."},
    Words{Text::beside_nights,
          "40% of PCs on at night and 26% at weekends (AVOB, 2011, a vendor’s study).",
          "40 % des PC allumés la nuit et 26 % le week-end (AVOB, 2011, étude d’un éditeur)."},
    Words{Text::beside_ours, "Here: {0} kWh a head and year; on at night {1}, at weekends {2}.",
          "Ici : {0} kWh par agent et par an ; allumées la nuit {1}, le week-end {2}."},
    Words{Text::todo_title, "What can be done with the machines that are there",
          "Ce qui peut être fait avec les machines en place"},
    Words{Text::todo_off,
          "Shut workstations down at the end of the day, by habit or by schedule; wake them over "
          "the network for updates.",
          "Éteindre les postes en fin de journée, par habitude ou par programmation ; les "
          "réveiller par le réseau pour les mises à jour."},
    Words{Text::todo_sleep, "Let idle machines fall asleep after a few minutes.",
          "Laisser les machines inactives se mettre en veille après quelques minutes."},
    Words{Text::todo_servers,
          "Ask the owners of comatose servers whether they are needed; switch off or bring "
          "together what is not.",
          "Demander aux responsables des serveurs comateux s’ils sont utiles ; éteindre ou "
          "regrouper ceux qui ne le sont pas."},
    Words{Text::todo_inhibitors,
          "Look for what forbids sleep: programs that hold the machine awake are counted by the "
          "agent.",
          "Chercher ce qui empêche la veille : l’agent compte les programmes qui tiennent la "
          "machine éveillée."},
    Words{Text::todo_keep,
          "Keep machines longer: making a new one mostly costs more than the use that it would "
          "spare.",
          "Garder les machines plus longtemps : en fabriquer une neuve coûte le plus souvent "
          "davantage que l’usage qu’elle épargnerait."},
    Words{Text::method_title, "Method", "Méthode"},
    Words{Text::method_states,
          "A machine is active, idle, asleep, off or unknown. It is idle when its processors, "
          "network, disks and sessions have been quiet for most of half an hour (servers: an "
          "hour); time before that is not counted back. A machine that is silent is unknown, not "
          "off: off is said only of what its next start proves.",
          "Une machine est utilisée, inactive, en veille, éteinte ou inconnue. Elle est inactive "
          "quand ses processeurs, son réseau, ses disques et ses sessions sont restés calmes "
          "pendant l’essentiel d’une demi-heure (serveurs : une heure) ; le temps d’avant n’est "
          "pas recompté. Une machine silencieuse est inconnue, et non éteinte : éteinte ne se dit "
          "que de ce que son prochain démarrage prouve."},
    Words{Text::method_waste,
          "Wasted: the energy drawn while idle outside working hours by machines that may be off "
          "then, those with an exemption left out. Avoidable: that, less what the same machines "
          "would draw asleep or off.",
          "Perdu : l’énergie prise pendant l’inactivité hors des heures de travail par les "
          "machines qui peuvent alors être éteintes, sans les machines exemptées. Évitable : "
          "celle-ci, moins ce que les mêmes machines prendraient en veille ou éteintes."},
    Words{Text::method_energy,
          "Energy is that of the whole machine at the wall, from the best source that the machine "
          "has; the table below says which. Rooms: the energy of servers × the PUE of their site.",
          "L’énergie est celle de la machine entière à la prise, selon la meilleure source dont la "
          "machine dispose ; le tableau ci-dessous dit laquelle. Salles : l’énergie des serveurs × "
          "le PUE de leur site."},
    Words{Text::method_carbon,
          "Carbon: the energy of each hour × the factor of that hour; where an hour has none, that "
          "of the year, then a constant; where there is none at all, nothing is said. It is of the "
          "machines’ energy, without PUE.",
          "Carbone : l’énergie de chaque heure × le facteur de cette heure ; à défaut celui de "
          "l’année, puis une constante ; sans aucun facteur, rien n’est dit. Il porte sur "
          "l’énergie des machines, hors PUE."},
    Words{Text::method_cost,
          "Cost: the energy of the machines × the price of a kWh of their site at that hour, "
          "without PUE. Without a price there is no cost.",
          "Coût : l’énergie des machines × le prix du kWh de leur site à cette heure, hors PUE. "
          "Sans prix, pas de coût."},
    Words{Text::method_year,
          "Figures a year are those of the period × 365.25 days / its length. Unknown time is not "
          "made up for.",
          "Les chiffres par an sont ceux de la période × 365,25 jours / sa durée. Le temps inconnu "
          "n’est pas compensé."},
    Words{Text::method_windows,
          "A machine was on in a night or weekend if it was on for more than 30 minutes between "
          "two working days of its site’s calendar; public holidays count as weekends.",
          "Une machine était allumée une nuit ou un week-end si elle l’a été plus de 30 minutes "
          "entre deux jours travaillés du calendrier de son site ; les jours fériés comptent comme "
          "week-ends."},
    Words{Text::provenance_title, "Where the energy comes from, and how sure it is",
          "D’où vient l’énergie, et avec quelle incertitude"},
    Words{Text::provenance_table, "Machines and energy by method",
          "Machines et énergie par méthode"},
    Words{Text::method, "Method", "Méthode"},
    Words{Text::bounds, "Bounds", "Bornes"},
    Words{Text::factors_title, "Emission factors", "Facteurs d’émission"},
    Words{Text::source, "Source", "Source"},
    Words{Text::year, "Year", "Année"},
    Words{Text::scope, "Scope", "Périmètre"},
    Words{Text::level, "Level", "Niveau"},
    Words{Text::zone, "Zone", "Zone"},
    Words{Text::grams, "g/kWh (mean)", "g/kWh (moyenne)"},
    Words{Text::settings_title, "Thresholds and calendars", "Seuils et calendriers"},
    Words{Text::key, "Setting", "Paramètre"},
    Words{Text::value, "Value", "Valeur"},
    Words{Text::exemptions_title, "Exemptions", "Exemptions"},
    Words{Text::exemption_what, "Machines", "Machines"},
    Words{Text::owner, "Owner", "Responsable"},
    Words{Text::reason, "Reason", "Motif"},
    Words{Text::until, "Until", "Jusqu’au"},
    Words{Text::exclusions_title, "What is not in these figures",
          "Ce qui n’est pas dans ces chiffres"},
    Words{Text::excluded_making, "Making, transport and end of life of the machines.",
          "La fabrication, le transport et la fin de vie des machines."},
    Words{Text::excluded_devices,
          "Screens, printers, telephones, network devices and machines without the agent.",
          "Les écrans, imprimantes, téléphones, équipements réseau et machines sans l’agent."},
    Words{Text::excluded_virtual,
          "Machines that have rows of their own and are not in the total, because their energy is "
          "that of the machine that runs them: {0}.",
          "Machines qui ont leurs lignes et ne sont pas dans le total, car leur énergie est celle "
          "de la machine qui les exécute : {0}."},
    Words{Text::excluded_unknown, "{0} hours of machines of which nothing is known ({1} of all).",
          "{0} heures de machine dont rien n’est connu ({1} du tout)."},
    Words{Text::privacy_merged,
          "Groups of fewer than {1} machines of people, merged into rows marked *: {0}.",
          "Groupes de moins de {1} postes, réunis dans des lignes marquées * : {0}."},
    Words{Text::privacy_withheld,
          "Machines of people that are not shown, and not in the total, because there are fewer "
          "than {1} of them: {0}.",
          "Postes qui ne sont pas montrés, ni dans le total, car ils sont moins de {1} : {0}."},
    Words{Text::privacy_none, "No user and no program is known to this report.",
          "Ce rapport ne connaît ni utilisateur ni programme."},
    Words{Text::versions, "Method version {0}; policy {1}.",
          "Méthode version {0} ; politique {1}."},
    Words{Text::none_yet, "none", "aucune"},
    Words{Text::role_server, "Servers", "Serveurs"},
    Words{Text::role_workstation, "Workstations", "Postes fixes"},
    Words{Text::role_laptop, "Laptops", "Portables"},
    Words{Text::role_thin, "Thin clients", "Clients légers"},
    Words{Text::role_virtual, "Virtual machines", "Machines virtuelles"},
    Words{Text::role_unknown, "Role unknown", "Rôle inconnu"},
    Words{Text::role_several, "Several roles", "Plusieurs rôles"},
    Words{Text::other_settings, "Other settings", "Autres paramètres"},
    Words{Text::damaged,
          "{0} hours or days of the ledger are not as they were written; `sobriety-collector "
          "verify` names them.",
          "{0} heures ou jours du registre ne sont pas tels qu’ils ont été écrits ; "
          "`sobriety-collector verify` les nomme."},
    Words{Text::ledger_by_hour, "by hour", "par heure"},
    Words{Text::ledger_by_day, "by day of UTC, in part", "par jour UTC, en partie"},
    Words{Text::quiet_cpu_ratio, "Quiet: processors below", "Calme : processeurs sous"},
    Words{Text::quiet_cpu_cores, "Quiet: busy cores below", "Calme : cœurs occupés sous"},
    Words{Text::quiet_received, "Quiet: received below", "Calme : reçu sous"},
    Words{Text::quiet_sent, "Quiet: sent below", "Calme : émis sous"},
    Words{Text::quiet_disk, "Quiet: disks below", "Calme : disques sous"},
    Words{Text::quiet_gpu, "Quiet: GPU below", "Calme : GPU sous"},
    Words{Text::idle_window, "Idle after", "Inactif après"},
    Words{Text::idle_quiet_share, "Of them quiet, at least", "Dont calmes, au moins"},
    Words{Text::idle_wake, "Active again with unquiet minutes",
          "De nouveau utilisé : minutes non calmes"},
    Words{Text::idle_wake_of, "Of the last", "Parmi les dernières"},
    Words{Text::idle_remote, "A remote session is idle after",
          "Une session distante est inactive après"},
    Words{Text::underused_after, "Underused after", "Sous-utilisé après"},
    Words{Text::underused_share, "Underused: quiet, at least", "Sous-utilisé : calme, au moins"},
    Words{Text::underused_p95, "Underused: 95th percentile of processors below",
          "Sous-utilisé : 95e centile des processeurs sous"},
    Words{Text::comatose_after, "Comatose after, nobody logged in",
          "Comateux après, sans connexion"},
    Words{Text::comatose_share, "Comatose: quiet, at least", "Comateux : calme, au moins"},
    Words{Text::confirmed_after, "Comatose, confirmed after", "Comateux, confirmé après"},
    Words{Text::leave_below, "A verdict ends with a day quiet below",
          "Un verdict prend fin avec un jour calme sous"},
    Words{Text::least_coverage, "No verdict with coverage below",
          "Pas de verdict si couverture sous"},
    Words{Text::least_age, "No verdict before", "Pas de verdict avant"},
    Words{Text::method_external_meter, "Meter of the whole machine",
          "Compteur de la machine entière"},
    Words{Text::method_battery, "Battery that discharges", "Batterie en décharge"},
    Words{Text::method_rapl_psys, "RAPL, whole platform", "RAPL, plateforme entière"},
    Words{Text::method_rapl_calibrated, "RAPL, calibrated on this machine",
          "RAPL, étalonné sur cette machine"},
    Words{Text::method_rapl_generic, "RAPL, by kind of machine", "RAPL, selon le type de machine"},
    Words{Text::method_tdp_model, "Processor’s TDP and load", "TDP du processeur et charge"},
    Words{Text::method_profile, "Profile of the kind of machine", "Profil du type de machine"},
    Words{Text::method_none, "Unknown", "Inconnue"},
    Words{Text::level_hourly, "hourly", "horaire"},
    Words{Text::level_annual, "annual", "annuel"},
    Words{Text::level_constant, "constant", "constante"},
};

}  // namespace

std::span<const Words> all_words() { return table; }

}  // namespace sobriety::collector::report
