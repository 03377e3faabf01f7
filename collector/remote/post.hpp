// POST requests to one receiver over one connection that is kept, plain or by TLS.
#pragma once

#include "collector/remote/options.hpp"
#include "collector/remote/response.hpp"
#include "collector/remote/url.hpp"
#include "proto/runtime/channel.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sobriety::collector::remote {

class Poster {
 public:
  // Lives on the context's one thread.
  Poster(net::io_context& context, Url url, const RemoteWriteOptions& options);

  // What its files give, read once before anything is sent, for what is wrong to be said early.
  [[nodiscard]] static Result<void> check(const Url& url, const RemoteWriteOptions& options);

  // The answer, or why there is none. One at a time; within the options' timeout. `head`: further
  // fields, each with its line end.
  Task<Result<Response>> post(std::string head, std::string body);
  // Ends what goes on, and whatever is begun afterwards.
  void stop();

 private:
  Task<Result<Response>> try_post(const std::string& message);
  Task<Result<void>> connect();
  Task<Result<void>> write(std::string_view message);
  Task<Result<Response>> read();
  void set_deadline();
  void drop();

  net::io_context& context_;
  const Url url_;
  const RemoteWriteOptions& options_;
  tcp::resolver resolver_;
  net::steady_timer deadline_;
  std::optional<Channel> channel_;
  std::string received_;
  bool heard_ = false;  // something of an answer came
  bool late_ = false;
  bool stopped_ = false;
  unsigned turn_ = 0;  // of the deadline
};

}  // namespace sobriety::collector::remote
