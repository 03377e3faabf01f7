// A disk in memory whose power can be cut and that can refuse: what was not synced may or may not
// be there afterwards.
#pragma once

#include "agent/spool/file_system.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sobriety::test {

// Thrown by the call during which the power goes.
struct PowerCut {};

class FakeDisk {
 public:
  // Every call that changes the disk has a number, from 1 on.
  std::uint64_t calls = 0;
  std::uint64_t cut_at = 0;  // the power goes before this call; 0: never
  // Calls from `refuse_from` up to `refuse_to` fail.
  std::uint64_t refuse_from = 0;
  std::uint64_t refuse_to = 0;
  Errc refusal = Errc::exhausted;
  std::uint64_t syncs = 0;
  std::uint64_t written = 0;  // bytes

  // What a reader finds now, by name.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& [name, file] : names_) files[name] = file->now;
    return files;
  }
  void put(const std::string& name, std::string content) {
    names_[name] = std::make_shared<Content>(Content{content, content, {}});
    durable_names_ = names_;
    name_changes_.clear();
  }
  void remove(const std::string& name) {
    names_.erase(name);
    durable_names_ = names_;
  }

  // The power comes back. `kept` says of each change that was not synced, in the order of its file,
  // whether it reached the disk. Names change in order: up to the first that did not.
  void restart(const std::function<bool()>& kept) {
    for (const auto& change : name_changes_) {
      if (!kept()) break;
      change(durable_names_);
    }
    name_changes_.clear();
    names_ = durable_names_;
    for (const auto& [name, file] : names_) {
      for (const auto& change : file->unsynced)
        if (kept()) change(file->durable);
      file->unsynced.clear();
      file->now = file->durable;
    }
    cut_at = refuse_from = refuse_to = 0;
  }

  [[nodiscard]] static std::unique_ptr<agent::spool::Directory> directory(
      std::shared_ptr<FakeDisk> disk) {
    return std::make_unique<OpenDirectory>(std::move(disk));
  }

 private:
  using Change = std::function<void(std::string&)>;
  struct Content {
    std::string now;
    std::string durable;
    std::vector<Change> unsynced;
  };
  using Names = std::map<std::string, std::shared_ptr<Content>>;

  Result<void> call() {
    ++calls;
    if (calls == cut_at) throw PowerCut{};
    if (calls >= refuse_from && calls < refuse_to) return fail(refusal, "the disk refuses");
    return success();
  }
  void change_names(std::function<void(Names&)> change) {
    change(names_);
    name_changes_.push_back(std::move(change));
  }

  class OpenFile final : public agent::spool::File {
   public:
    OpenFile(std::shared_ptr<FakeDisk> disk, std::shared_ptr<Content> content)
        : disk_(std::move(disk)), content_(std::move(content)) {}

    Result<std::string> read(std::uint64_t offset, std::size_t size) override {
      if (offset >= content_->now.size()) return std::string{};
      return content_->now.substr(offset, size);
    }
    Result<void> write(std::uint64_t offset, std::string_view bytes) override {
      BOOST_OUTCOME_TRY(disk_->call());
      disk_->written += bytes.size();
      change([offset, text = std::string{bytes}](std::string& content) {
        if (content.size() < offset + text.size()) content.resize(offset + text.size());
        content.replace(offset, text.size(), text);
      });
      return success();
    }
    Result<void> cut(std::uint64_t size) override {
      BOOST_OUTCOME_TRY(disk_->call());
      change([size](std::string& content) {
        if (content.size() > size) content.resize(size);
      });
      return success();
    }
    Result<void> reserve(std::uint64_t size) override {
      BOOST_OUTCOME_TRY(disk_->call());
      change([size](std::string& content) {
        if (content.size() < size) content.resize(size);
      });
      return success();
    }
    Result<void> sync() override {
      BOOST_OUTCOME_TRY(disk_->call());
      ++disk_->syncs;
      content_->durable = content_->now;
      content_->unsynced.clear();
      return success();
    }

   private:
    void change(Change change) {
      change(content_->now);
      content_->unsynced.push_back(std::move(change));
    }
    std::shared_ptr<FakeDisk> disk_;
    std::shared_ptr<Content> content_;
  };

  class OpenDirectory final : public agent::spool::Directory {
   public:
    explicit OpenDirectory(std::shared_ptr<FakeDisk> disk) : disk_(std::move(disk)) {}

    Result<std::vector<std::string>> names() override {
      std::vector<std::string> names;
      for (const auto& [name, file] : disk_->names_) names.push_back(name);
      return names;
    }
    Result<std::unique_ptr<agent::spool::File>> open(const std::string& name) override {
      const auto found = disk_->names_.find(name);
      if (found == disk_->names_.end()) return fail(Errc::absent, name + " is not there");
      return std::unique_ptr<agent::spool::File>{std::make_unique<OpenFile>(disk_, found->second)};
    }
    Result<std::unique_ptr<agent::spool::File>> create(const std::string& name) override {
      BOOST_OUTCOME_TRY(disk_->call());
      disk_->change_names(
          [name, file = std::make_shared<Content>()](Names& names) { names[name] = file; });
      return open(name);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
      BOOST_OUTCOME_TRY(disk_->call());
      disk_->change_names([from, to](Names& names) {
        if (const auto found = names.find(from); found != names.end()) {
          names[to] = found->second;
          names.erase(from);
        }
      });
      return success();
    }
    Result<void> remove(const std::string& name) override {
      BOOST_OUTCOME_TRY(disk_->call());
      disk_->change_names([name](Names& names) { names.erase(name); });
      return success();
    }
    Result<void> sync() override {
      BOOST_OUTCOME_TRY(disk_->call());
      ++disk_->syncs;
      disk_->durable_names_ = disk_->names_;
      disk_->name_changes_.clear();
      return success();
    }
    [[nodiscard]] std::string path() const override { return "fake"; }

   private:
    std::shared_ptr<FakeDisk> disk_;
  };

  Names names_;
  Names durable_names_;
  std::vector<std::function<void(Names&)>> name_changes_;
};

}  // namespace sobriety::test
