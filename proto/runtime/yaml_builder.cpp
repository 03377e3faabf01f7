#include "proto/runtime/yaml_builder.hpp"

#include <utility>

namespace sobriety::yaml {

namespace {

Node node_at(Kind kind, const YAML::Mark& mark) {
  Node node;
  node.kind = kind;
  node.line = mark.line + 1;
  return node;
}

}  // namespace

void Builder::stop_at(int line, const std::string& message) {
  problems_.push_back({line + 1, path_of_next(), message});
  stopped_ = true;
}

void Builder::OnDocumentStart(const YAML::Mark& mark) {
  if (started_) stop(mark.line + 1, "a second document starts here, expected one");
  started_ = true;
}

void Builder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  add(node_at(Kind::nothing, mark), "?", anchor);
}

void Builder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  Node node = node_at(Kind::refused, mark);
  note(node.line, "aliases are not supported, write the value out");
  add(std::move(node), "?", 0);
}

void Builder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       const std::string& value) {
  Node node = node_at(Kind::text, mark);
  node.text = value;
  node.quoted = tag == "!";  // yaml-cpp's tag of what is not plain
  add(std::move(node), tag, anchor);
}

void Builder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                              YAML::EmitterStyle::value) {
  open(node_at(Kind::list, mark), tag, anchor);
}

void Builder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) {
  open(node_at(Kind::map, mark), tag, anchor);
}

// A node without children.
void Builder::add(Node node, const std::string& tag, YAML::anchor_t anchor) {
  check(node, tag, anchor);
  if (key_next()) {
    take_key(node);
  } else {
    attach(std::move(node));
  }
}

void Builder::open(Node node, const std::string& tag, YAML::anchor_t anchor) {
  check(node, tag, anchor);
  if (key_next())
    stop(node.line, "expected a key, got a list or a mapping (a closing bracket may be missing)");
  if (open_.size() == limits_.depth)
    stop(node.line, "nested deeper than " + std::to_string(limits_.depth) + " levels");
  Open opened;
  opened.path = path_of_next();
  opened.key_next = node.kind == Kind::map;
  opened.node = std::move(node);
  open_.push_back(std::move(opened));
}

void Builder::close() {
  Node node = std::move(open_.back().node);
  open_.pop_back();
  attach(std::move(node));
}

void Builder::attach(Node node) {
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.kind == Kind::map) {
    parent.key_next = true;
    if (parent.key_given_twice) return;  // the first stays; both are in the report
    node.line = parent.key_line;
    node.key = std::move(parent.key);
  }
  parent.node.children.push_back(std::move(node));
}

void Builder::take_key(const Node& node) {
  if (node.kind != Kind::text) stop(node.line, "expected a key, which is text");
  Open& map = open_.back();
  map.key_next = false;
  map.key = node.text;
  map.key_line = node.line;
  const auto [first, is_new] = map.lines.try_emplace(node.text, node.line);
  map.key_given_twice = !is_new;
  if (!is_new) note(node.line, "is given twice, first in line " + std::to_string(first->second));
}

void Builder::check(Node& node, const std::string& tag, YAML::anchor_t anchor) {
  if (++nodes_ > limits_.nodes)
    stop(node.line, "more than " + std::to_string(limits_.nodes) + " values");
  if (anchor != 0) note(node.line, "anchors are not supported");
  if (!tag.empty() && tag != "?" && tag != "!")
    note(node.line, "tags are not supported, got '" + shown(tag) + "'");
}

std::string Builder::path_of_next() const {
  if (open_.empty()) return {};
  const Open& parent = open_.back();
  if (parent.node.kind == Kind::list)
    return parent.path + "[" + std::to_string(parent.node.children.size()) + "]";
  return parent.key_next ? parent.path : join(parent.path, parent.key);
}

void Builder::note(int line, std::string message) {
  problems_.push_back({line, path_of_next(), std::move(message)});
}

void Builder::stop(int line, std::string message) {
  note(line, std::move(message));
  stopped_ = true;
  throw Stop{};
}

}  // namespace sobriety::yaml
