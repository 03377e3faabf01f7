#include "proto/runtime/yaml.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sobriety::yaml {
namespace {

std::string error_of(const Result<Document>& document) {
  if (!document) return document.error().message;
  return report(document.value().name, document.value().problems);
}

std::string error_of(std::string_view text) { return error_of(parse(text, "a.yaml")); }

// "a: 1, b: [x, "y"]", with the lines of the nodes when asked.
std::string tree(const Node& node, bool lines = false) {
  std::string text;
  if (!node.key.empty()) text += node.key + ": ";
  if (lines) text += "@" + std::to_string(node.line) + " ";
  if (node.kind == Kind::nothing) return text + "~";
  if (node.kind == Kind::refused) return text + "!";
  if (node.kind == Kind::text) return text + (node.quoted ? quoted_scalar(node.text) : node.text);
  text += node.kind == Kind::list ? "[" : "{";
  for (const Node& child : node.children)
    text += (&child == node.children.data() ? "" : ", ") + tree(child, lines);
  return text + (node.kind == Kind::list ? "]" : "}");
}

std::string tree_of(std::string_view text) {
  const auto document = parse(text, "a.yaml");
  return document ? tree(document.value().root) : error_of(document);
}

struct Temporary {
  Temporary() {
    std::string name = (std::filesystem::temp_directory_path() / "yaml_test_XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Temporary() { std::filesystem::remove_all(path); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  [[nodiscard]] std::filesystem::path file(const std::string& name,
                                           std::string_view content) const {
    std::ofstream{path / name} << content;
    return path / name;
  }

  std::filesystem::path path;
};

TEST(Yaml, keeps_scalars_as_their_text) {
  EXPECT_EQ(tree_of("a: 010\nb: no\nc: '1'\nd: 1_000\ne: .nan"),
            R"({a: 010, b: no, c: "1", d: 1_000, e: .nan})");
}

TEST(Yaml, reads_lists_mappings_and_nothing) {
  EXPECT_EQ(tree_of("a:\n  - x\n  - {b: [y, \"z\"]}\nc:\nd: null\ne: ~\nf: 'null'"),
            R"({a: [x, {b: [y, "z"]}], c: ~, d: ~, e: ~, f: "null"})");
}

TEST(Yaml, is_nothing_when_empty) {
  for (const char* text :
       {"", "\n\n", "# a comment\n", "---\n", "---\n# a comment\n...\n", "\xEF\xBB\xBF", "~"})
    EXPECT_EQ(tree_of(text), "~") << text;
}

TEST(Yaml, reads_crlf_as_lf_and_skips_a_byte_order_mark) {
  EXPECT_EQ(tree_of("\xEF\xBB\xBF"
                    "a: 1\r\nb:\r\n  c: x y\r\n"),
            "{a: 1, b: {c: x y}}");
}

TEST(Yaml, knows_the_line_of_each_key_and_item) {
  const auto document =
      parse("# head\na: 1\n\nb:\n  c:\n    x\n  d:\n    - y\n    - z\ne:\n", "a.yaml");
  EXPECT_EQ(tree(document.value().root, true),
            "@2 {a: @2 1, b: @4 {c: @5 x, d: @7 [@8 y, @9 z]}, e: @10 ~}");
}

TEST(Yaml, refuses_what_a_configuration_does_not_need) {
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  const Case cases[] = {
      {"a: 1\nb: 2\na: 3\n", "a.yaml:3: a: is given twice, first in line 1"},
      {"a:\n  b: 1\n  'b': 2\n", "a.yaml:3: a.b: is given twice, first in line 2"},
      {"a: [{b: 1, b: 2}]", "a.yaml:1: a[0].b: is given twice, first in line 1"},
      {"a: 1\na: 2\na: 3",
       "a.yaml:2: a: is given twice, first in line 1\na.yaml:3: a: is given twice, first in line "
       "1"},
      {"a: &x 1\nb: *x\n",
       "a.yaml:1: a: anchors are not supported\na.yaml:2: b: aliases are not supported, write the "
       "value out"},
      {"a: *x\n", "a.yaml:1: a: the referenced anchor is not defined"},
      {"a: !!int 1\n", "a.yaml:1: a: tags are not supported, got 'tag:yaml.org,2002:int'"},
      {"a: !secret x\n", "a.yaml:1: a: tags are not supported, got '!secret'"},
      {"a: 1\n---\nb: 1\n", "a.yaml:2: a second document starts here, expected one"},
      {"a: 1\n? [b]\n: 2\n",
       "a.yaml:2: expected a key, got a list or a mapping (a closing bracket may be missing)"},
      {"a: 1\nnull: 2\n", "a.yaml:2: expected a key, which is text"},
      {"a: [1, 2\n", "a.yaml:1: a[2]: end of sequence flow not found"},
      {"a:\n  - b\n  - [c\n",
       "a.yaml:3: a[1]: expected a key, got a list or a mapping (a closing bracket may be "
       "missing)"},
      {"a:\n  b: 'x\n\n", "a.yaml:2: a.b: illegal EOF in scalar"},
      {"a: \"x\nb: 1\n", "a.yaml:2: a: illegal EOF in scalar"},
      {"a: b: c\n", "a.yaml:1: illegal map value"},
      {"a: 1\n b: 2\n", "a.yaml:2: illegal map value"},
      {"a:\n\tb: 1\n", "a.yaml:2: illegal map value"},
      {"a: @x\n", "a.yaml:1: a: unknown token"},
      {"a: \"\\xZZ\"\n", "a.yaml:1: a: bad character found while scanning hex number"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error_of(text), error) << text;
}

TEST(Yaml, refuses_bytes_that_are_no_text) {
  using namespace std::string_view_literals;
  struct Case {
    std::string_view text;
    std::string_view error;
  };
  const Case cases[] = {
      {"a: 1\nb: \0\n"sv, "a.yaml:2: control character \\x00 is not allowed"},
      {"a: \x1b[31m\n", "a.yaml:1: control character \\x1b is not allowed"},
      {"a: 1\rb: 2\n", "a.yaml:1: control character \\x0d is not allowed"},
      {"a: 1\nb: \xE9t\xE9\n", "a.yaml:2: byte \\xe9 is not UTF-8 text"},
      {"\xFF\xFE"
       "a\0"sv,
       "a.yaml:1: byte \\xff is not UTF-8 text"},
      {"a\0:\0"sv, "a.yaml:1: control character \\x00 is not allowed"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(error_of(text), error) << text;
}

TEST(Yaml, is_bounded_in_depth_values_and_bytes) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(error_of(nested(32)), "");
  EXPECT_EQ(
      error_of(nested(33)), "a.yaml:1: " + [] {
        std::string path;
        for (int i = 0; i < 32; ++i) path += "[0]";
        return path;
      }() + ": nested deeper than 32 levels");
  for (const char* piece : {"[", "{", "- ", "? ", "[\n", "{a: "}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += piece;
    EXPECT_TRUE(error_of(text).starts_with("a.yaml:1: ")) << piece << error_of(text);
  }

  EXPECT_EQ(error_of(parse("[1, 2, 3]", "a.yaml", {.nodes = 4})), "");
  EXPECT_EQ(error_of(parse("[1,\n 2,\n 3]", "a.yaml", {.nodes = 3})),
            "a.yaml:3: [2]: more than 3 values");

  EXPECT_EQ(error_of(parse("# 345678", "a.yaml", {.bytes = 8})), "");
  const auto larger = parse("# 3456789", "a.yaml", {.bytes = 8});
  EXPECT_EQ(error_of(larger), "a.yaml: is larger than 8 bytes");
  EXPECT_EQ(larger.error().code, Errc::too_large);
}

TEST(Yaml, does_not_unfold_an_alias_bomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const auto name = std::to_string(i);
    bomb += "a" + name + ": &a" + name + " [";
    for (int k = 0; k < 9; ++k) bomb += (k == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  const auto text = error_of(bomb);
  EXPECT_TRUE(
      text.starts_with("a.yaml:1: a0: anchors are not supported\n"
                       "a.yaml:2: a1: anchors are not supported\n"
                       "a.yaml:2: a1[0]: aliases are not supported, write the value out\n"));
  EXPECT_TRUE(text.ends_with("\na.yaml: and 241 more"));
}

TEST(Yaml, says_why_a_file_cannot_be_read) {
  const Temporary temporary;
  struct Case {
    std::filesystem::path path;
    std::string error;
    Errc code;
  };
  ASSERT_EQ(::mkfifo((temporary.path / "pipe").c_str(), 0600), 0);
  const Case cases[] = {
      {temporary.path / "none.yaml", ": cannot be read: No such file or directory", Errc::absent},
      {temporary.path, ": is a directory, expected a file", Errc::broken},
      {temporary.path / "pipe", ": is not a regular file", Errc::broken},
      {temporary.file("big", std::string(1'048'577, '#')), ": is larger than 1048576 bytes",
       Errc::too_large},
      {temporary.file("list", "- 1\n- 'x\n"), ":2: [1]: illegal EOF in scalar", Errc::malformed},
  };
  for (const auto& [path, error, code] : cases) {
    const auto document = load(path);
    ASSERT_FALSE(document);
    EXPECT_EQ(error_of(document), path.string() + error);
    EXPECT_EQ(document.error().code, code) << error;
  }
}

TEST(Yaml, says_that_a_file_is_denied) {
  const Temporary temporary;
  const auto path = temporary.file("secret.yaml", "a: 1\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const bool root = ::geteuid() == 0;
  if (root && ::seteuid(65534) != 0)
    GTEST_SKIP() << "root reads everything and cannot become somebody else";
  const auto document = load(path);
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().code, Errc::denied);
  EXPECT_EQ(error_of(document), path.string() + ": cannot be read: Permission denied");
}

TEST(Yaml, reads_a_file_of_the_largest_size) {
  const Temporary temporary;
  const auto document = load(temporary.file("big", "a: 1\n" + std::string(1'048'576 - 5, '#')));
  ASSERT_TRUE(document) << error_of(document);
  EXPECT_EQ(tree(document.value().root), "{a: 1}");
}

TEST(Shown, is_safe_on_a_terminal_and_short) {
  EXPECT_EQ(shown("caf\u00E9"), "caf\u00E9");
  EXPECT_EQ(shown("\x1b[31m\n\x7f"), "\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(shown("a\xFFz"), "a\\xffz");
  EXPECT_EQ(shown(std::string(41, 'x')), std::string(40, 'x') + "…");
  EXPECT_EQ(shown(std::string(39, 'x') + "\u00E9"), std::string(39, 'x') + "…");
}

TEST(Quoted, reads_back) {
  for (const char* text :
       {"", "plain", "a\"b\\c", "# no comment", "- x", "caf\u00E9 \u2615", "null", "\t\x1b"})
    EXPECT_EQ(parse(quoted_scalar(text), "a.yaml").value().root.text, text);
}

}  // namespace
}  // namespace sobriety::yaml
