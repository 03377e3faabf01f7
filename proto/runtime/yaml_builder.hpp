// Builds the tree of yaml.hpp from yaml-cpp's events; private to yaml.cpp.
#pragma once

#include "proto/runtime/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <string>
#include <vector>

namespace sobriety::yaml {

// Thrown through yaml-cpp to end the parsing; the builder holds the reason.
struct Stop {};

class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  // yaml-cpp gave up in this line (from 0; -1: unknown).
  void stop_at(int line, const std::string& message);
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] Node take_root() { return std::move(root_); }
  [[nodiscard]] std::vector<Problem> take_problems() { return std::move(problems_); }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  // A list or map whose end has not come yet.
  struct Open {
    Node node;
    std::string path;
    std::map<std::string, int, std::less<>> lines;  // of a map's keys so far
    bool key_next = false;                          // a map: the next node is a key
    std::string key;                                // a map: key of the next node
    int key_line = 0;
    bool key_given_twice = false;
  };

  void add(Node node, const std::string& tag, YAML::anchor_t anchor);
  void open(Node node, const std::string& tag, YAML::anchor_t anchor);
  void close();
  void attach(Node node);
  void take_key(const Node& node);
  void check(Node& node, const std::string& tag, YAML::anchor_t anchor);
  [[nodiscard]] bool key_next() const { return !open_.empty() && open_.back().key_next; }
  [[nodiscard]] std::string path_of_next() const;
  void note(int line, std::string message);
  [[noreturn]] void stop(int line, std::string message);

  Limits limits_;
  std::size_t nodes_ = 0;
  bool started_ = false;
  bool stopped_ = false;
  Node root_;
  std::vector<Open> open_;
  std::vector<Problem> problems_;
};

}  // namespace sobriety::yaml
