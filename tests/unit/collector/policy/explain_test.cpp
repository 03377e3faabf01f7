#include "collector/policy/explain.hpp"

#include <gtest/gtest.h>

namespace sobriety::collector::policy {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr std::string_view text = R"(
inventory: {file: i.csv}
rules:
  printers: {match: {hostname: ["prn-*"]}, set: {counted: false}}
  lab: {match: {hostname: ["lab-*"], chassis: [desktop]}, set: {site: lab, tdp: 65}}
  others: {set: {department: rest}}
exemptions:
  long run: {hostname: ["lab-1"], owner: team, reason: tests, from: 2026-11-01, until: 2026-11-15}
)";

LoadedPolicy loaded() {
  const auto document = yaml::parse(text, "p.yaml").value();
  auto policy =
      read_policy(document, {.read = [](const auto&, auto) -> Result<std::string> {
                               return std::string{"Name,Entity\nlab-1,a\nlab-2,a\nprn-1,b\n"};
                             },
                             .directory = ""});
  EXPECT_TRUE(policy) << policy.error().message;
  return std::move(policy).value();
}

TEST(Summary, says_of_each_rule_what_it_is_about_what_it_gives_and_what_it_matches) {
  EXPECT_EQ(summary_text(loaded(), sys_days{2026y / November / 10}),
            "3 rules, 0 sites, 3 machines in the inventory\n"
            "rule 'printers': hostname prn-* -> counted: no; 1 of the inventory's 3\n"
            "rule 'lab': hostname lab-*, chassis desktop -> site lab, TDP 65 W; at most 2 of the "
            "inventory's 3\n"
            "rule 'others': every host -> department rest; 3 of the inventory's 3\n"
            "exemption 'long run' of team: in force to the end of 2026-11-15\n");
}

TEST(Summary, says_that_an_exemption_is_over_or_to_come) {
  const auto policy = loaded();
  EXPECT_NE(summary_text(policy, sys_days{2026y / November / 16})
                .find("over since the end of 2026-11-15"),
            std::string::npos);
  EXPECT_NE(
      summary_text(policy, sys_days{2026y / October / 1}).find("from 2026-11-01 to 2026-11-15"),
      std::string::npos);
}

TEST(Explain, says_rule_by_rule_and_thing_by_thing_why) {
  const auto subject = parse_subject("lab-1,chassis=desktop,virtualization=none").value();
  const auto said = explain_text(loaded().policy, subject, sys_days{2026y / November / 10});
  for (const char* line :
       {"  no  printers (its hostname)\n", "  yes lab\n", "  yes others\n", "lab-1:\n",
        "  site: lab (rule 'lab')\n", "  department: rest (rule 'others')\n",
        "  role: workstation (chassis desktop, virtualization none)\n",
        "  TDP: 65 W (rule 'lab')\n",
        "  exemption: in force ('long run' of team: tests; last day 2026-11-15)\n"})
    EXPECT_NE(said.find(line), std::string::npos) << line << "is not in\n" << said;
}

TEST(Subject, is_read_from_a_command_line) {
  const auto subject = parse_subject(
                           "pc-7,chassis=laptop,address=10.1.2.3,tag=a,tag=b=c,product=Latitude "
                           "7420,cpu=i5,os=Debian")
                           .value();
  EXPECT_EQ(subject.name, "pc-7");
  EXPECT_EQ(subject.facts.chassis, "laptop");
  EXPECT_EQ(subject.facts.product, "Latitude 7420");
  EXPECT_EQ(subject.tags, (std::vector<std::string>{"a", "b=c"}));
  EXPECT_EQ(subject.address, parse_address("10.1.2.3"));
}

TEST(Subject, that_makes_no_sense_is_refused_with_what_would) {
  for (const char* bad :
       {"", ",chassis=laptop", "pc,", "pc,laptop", "pc,colour=red", "pc,address=here"})
    EXPECT_FALSE(parse_subject(bad)) << bad;
  EXPECT_NE(parse_subject("pc,colour=red").error().message.find("there are address, tag"),
            std::string::npos);
}

}  // namespace
}  // namespace sobriety::collector::policy
