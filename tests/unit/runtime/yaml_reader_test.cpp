#include "proto/runtime/yaml_reader.hpp"

#include <gtest/gtest.h>

namespace sobriety::yaml {
namespace {

using namespace std::chrono_literals;

enum class Colour { red, green, blue };
constexpr std::array colours{Choice<Colour>{"red", Colour::red},
                             Choice<Colour>{"green", Colour::green},
                             Choice<Colour>{"blue", Colour::blue}};

struct Settings {
  bool flag = false;
  int number = 7;
  double ratio = 0.5;
  std::optional<double> limit = 3;
  std::chrono::milliseconds pause = 5s;
  Bytes room{4096};
  Endpoint peer{"localhost", 1};
  std::string label = "default";
  std::filesystem::path folder = "/var";
  std::vector<std::string> names{"x"};
  Colour colour = Colour::green;
  int inner = 1;

  bool operator==(const Settings&) const = default;
};

Result<Settings> read(std::string_view text) {
  BOOST_OUTCOME_TRY(const auto document, parse(text, "a.yaml"));
  Reader reader{document};
  Settings settings;
  auto root = reader.root();
  root.read("flag", settings.flag);
  root.read("number", settings.number, {-5, 1000});
  root.read("ratio", settings.ratio, {0, 1});
  root.read("limit", settings.limit, {0, 10});
  root.read("pause", settings.pause, {1s, 1min});
  root.read("room", settings.room, {Bytes{1024}, Bytes{1 << 20}});
  root.read("peer", settings.peer);
  root.read("label", settings.label, {1, 10});
  root.read("folder", settings.folder);
  root.read("names", settings.names, {0, 3}, {1, 8});
  root.read("colour", settings.colour, colours);
  auto section = reader.section("outer").section("middle");
  section.read("inner", settings.inner, {1, 9});
  if (settings.inner == 9 && !settings.flag) section.refuse("inner", "9 needs the flag");
  return reader.finish(std::move(settings));
}

std::string error_of(std::string_view text) {
  const auto settings = read(text);
  return settings ? "" : settings.error().message;
}

TEST(Reader, leaves_the_defaults_where_nothing_is_said) {
  for (const char* text : {"", "# nothing\n", "outer:\n", "outer:\n  middle:\n", "outer: {}\n"})
    EXPECT_EQ(read(text).value(), Settings{}) << text;
}

TEST(Reader, reads_every_type) {
  const Settings expected{true,        10,    0.25,   std::nullopt, 1500ms,       Bytes{64 << 10},
                          {"::1", 80}, "007", "/tmp", {"a", "b c"}, Colour::blue, 3};
  EXPECT_EQ(read("flag: true\nnumber: 010\nratio: 0.25\nlimit: null\npause: 1500ms\nroom: '64KiB'\n"
                 "peer: '[::1]:80'\nlabel: 007\nfolder: /tmp\nnames: [a, 'b c']\ncolour: blue\n"
                 "outer: {middle: {inner: 3}}\n")
                .value(),
            expected);
}

TEST(Reader, says_line_key_and_expectation_for_each_wrong_value) {
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  const Case cases[] = {
      {"flag: yes", "flag: expected true or false, got 'yes'"},
      {"flag: True", "flag: expected true or false, got 'True'"},
      {"flag: 1", "flag: expected true or false, got '1'"},
      {"flag: 'true'", "flag: expected true or false, got the text 'true'"},
      {"flag:", "flag: expected true or false, got nothing"},
      {"flag: [true]", "flag: expected true or false, got a list"},
      {"number: 0x10", "number: expected a whole number, got '0x10'"},
      {"number: 0o10", "number: expected a whole number, got '0o10'"},
      {"number: 1_000", "number: expected a whole number, got '1_000'"},
      {"number: 1.0", "number: expected a whole number, got '1.0'"},
      {"number: +1", "number: expected a whole number, got '+1'"},
      {"number: '1'", "number: expected a whole number, got the text '1'"},
      {"number: 99999999999999999999",
       "number: expected a whole number, got '99999999999999999999'"},
      {"number: 1001", "number: must be from -5 to 1000, got '1001'"},
      {"number: -6", "number: must be from -5 to 1000, got '-6'"},
      {"ratio: .nan", "ratio: expected a number, got '.nan'"},
      {"ratio: inf", "ratio: expected a number, got 'inf'"},
      {"ratio: 1.5", "ratio: must be from 0 to 1, got '1.5'"},
      {"limit: none", "limit: expected a number, got 'none'"},
      {"limit: 11", "limit: must be from 0 to 10, got '11'"},
      {"pause: fast", "pause: expected a duration such as 5s or 1m, got 'fast'"},
      {"pause: 5", "pause: expected a duration such as 5s or 1m, got '5'"},
      {"pause: {s: 5}", "pause: expected a duration such as 5s or 1m, got a mapping"},
      {"pause: 999ms", "pause: must be from 1s to 1m, got '999ms'"},
      {"pause: 61s", "pause: must be from 1s to 1m, got '61s'"},
      {"room: 4 KiB", "room: expected a size such as 64MiB or 1GB, got '4 KiB'"},
      {"room: 2MiB", "room: must be from 1KiB to 1MiB, got '2MiB'"},
      {"peer: 18550", "peer: expected host:port or [IPv6 address]:port, got '18550'"},
      {"peer: ::1:18550", "peer: expected host:port or [IPv6 address]:port, got '::1:18550'"},
      {"peer: a:0", "peer: the port must be from 1 to 65535, got 'a:0'"},
      {"label: ''", "label: must not be empty"},
      {"label: 01234567890", "label: expected a text of 1 to 10 bytes, got 11"},
      {"label: \"a\\0b\"", "label: control characters are not allowed, got 'a\\x00b'"},
      {"label: [a]", "label: expected a text, got a list"},
      {"folder: ''", "folder: must not be empty"},
      {"names: a", "names: expected a list such as [a, b], got 'a'"},
      {"names:", "names: expected a list such as [a, b], got nothing"},
      {"names: [a, [b]]", "names[1]: expected a text, got a list"},
      {"names: [a, '']", "names[1]: must not be empty"},
      {"names: [a, b, c, d]", "names: expected 0 to 3 items, got 4"},
      {"colour: pink", "colour: expected red, green or blue, got 'pink'"},
      {"colour: RED", "colour: expected red, green or blue, got 'RED'"},
      {"outer: 5", "outer: expected a mapping (keys and values), got '5'"},
      {"outer: [middle]", "outer: expected a mapping (keys and values), got a list"},
      {"outer: {middle: {inner: 0}}", "outer.middle.inner: must be from 1 to 9, got '0'"},
      {"outer: {middle: {inner: 9}}", "outer.middle.inner: 9 needs the flag"},
      {"zzz: 1", "zzz: unknown key"},
      {"colours: red", "colours: unknown key, did you mean 'colour'?"},
      {"outer: {middel: 1}", "outer.middel: unknown key, did you mean 'middle'?"},
      {"outer: {middle: {zzz: 1}}", "outer.middle.zzz: unknown key"},
      {"<<: {flag: true}", "<<: unknown key"},
      {"'a\\x1b': 1\n\"b\\e\": 1", "a\\x1b: unknown key\na.yaml:2: b\\x1b: unknown key"},
      {"[flag]", "expected a mapping (keys and values), got a list"},
      {"flag", "expected a mapping (keys and values), got 'flag'"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(error_of(text), "a.yaml:1: " + std::string{error}) << text;
}

TEST(Reader, reports_all_errors_of_a_file_in_the_order_of_their_lines) {
  EXPECT_EQ(error_of("colour: pink\n"
                     "colour: red\n"
                     "outer:\n"
                     "  middle:\n"
                     "    inner: &x many\n"
                     "    extra: *x\n"
                     "names:\n"
                     "  - a\n"
                     "  - {}\n"
                     "pauze: 1s\n"
                     "number: 5000\n"),
            "a.yaml:1: colour: expected red, green or blue, got 'pink'\n"
            "a.yaml:2: colour: is given twice, first in line 1\n"
            "a.yaml:5: outer.middle.inner: anchors are not supported\n"
            "a.yaml:5: outer.middle.inner: expected a whole number, got 'many'\n"
            "a.yaml:6: outer.middle.extra: aliases are not supported, write the value out\n"
            "a.yaml:6: outer.middle.extra: unknown key\n"
            "a.yaml:9: names[1]: expected a text, got a mapping\n"
            "a.yaml:10: pauze: unknown key, did you mean 'pause'?\n"
            "a.yaml:11: number: must be from -5 to 1000, got '5000'");
}

TEST(Reader, reads_a_mapping_whose_keys_are_free) {
  const auto document = parse("rooms:\n  north: 1\n  south: x\n", "a.yaml").value();
  Reader reader{document};
  auto rooms = reader.section("rooms");
  EXPECT_EQ(rooms.keys(), (std::vector<std::string>{"north", "south"}));
  EXPECT_EQ(reader.section("none").keys(), std::vector<std::string>{});
  int number = 0;
  for (const auto& room : rooms.keys()) rooms.read(room, number, {0, 9});
  EXPECT_EQ(reader.finish(0).error().message,
            "a.yaml:3: rooms.south: expected a whole number, got 'x'");
}

TEST(Reader, ends_a_long_report_with_a_count) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "zzz" + std::to_string(i) + ": 1\n";
  const auto error = error_of(text);
  EXPECT_TRUE(error.ends_with("a.yaml:50: zzz49: unknown key\na.yaml: and 10 more")) << error;
}

TEST(Reader, cuts_long_values_in_its_report) {
  EXPECT_EQ(error_of("colour: " + std::string(100'000, 'x')),
            "a.yaml:1: colour: expected red, green or blue, got '" + std::string(40, 'x') + "…'");
}

TEST(Nearest, finds_slips_and_nothing_far) {
  const std::vector<std::string> names{"interval", "batch", "id"};
  EXPECT_EQ(nearest("intervall", names), "interval");
  EXPECT_EQ(nearest("intrval", names), "interval");
  EXPECT_EQ(nearest("btach", names), "batch");
  EXPECT_EQ(nearest("period", names), "");
  EXPECT_EQ(nearest("", names), "");
}

}  // namespace
}  // namespace sobriety::yaml
