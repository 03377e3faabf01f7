#include "agent/enrol_command.hpp"

#include "agent/credentials.hpp"
#include "agent/enrol/exchange.hpp"
#include "proto/identity/files.hpp"

#include <iostream>

namespace sobriety::agent {

namespace {

// A line more than a token has tells that it is something else.
Result<std::string> token_text(const std::filesystem::path& file) {
  if (!file.empty() && file != "-") return identity::read_whole(file, identity::max_token_text);
  std::string text(identity::max_token_text + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  return text;
}

// Steps until a certificate of that token is there or refused.
Task<> enrol(net::io_context& context, Enroller& enroller, Result<void>& result) {
  std::string said;
  while (true) {
    const EnrolmentStep step = co_await enroller.step();
    switch (step.what) {
      case EnrolmentStep::What::installed:
      case EnrolmentStep::What::idle:  // an agent that runs was quicker
        std::cerr << (step.message.empty() ? "this host has its certificate" : step.message)
                  << '\n';
        result = success();
        co_return;
      case EnrolmentStep::What::refused:
      case EnrolmentStep::What::lacking:
        result = fail(Errc::denied, step.message);
        co_return;
      default:
        break;
    }
    if (step.message != said) std::cerr << step.message << "; trying again\n";
    said = step.message;
    net::steady_timer pause{context, step.wait};
    co_await pause.async_wait(as_result);
  }
}

}  // namespace

Result<void> enrol_now(const AgentConfig& config, const std::filesystem::path& file) {
  BOOST_OUTCOME_TRY(const auto text, token_text(file));
  BOOST_OUTCOME_TRY(const auto token, identity::parse_token(text));
  const Enroller::Options options = enrolment_options(config);
  std::error_code ignored;
  std::filesystem::create_directories(options.token_file.parent_path(), ignored);
  BOOST_OUTCOME_TRY(identity::write_whole(options.token_file, identity::format(token) + "\n"));

  net::io_context context{1};
  const SystemClock clock;
  const IdentityFiles files{options.state_directory};
  Enroller enroller{context, options,
                    [&](EnrolmentQuestion question) {
                      return ask_collector(context, files, config.collector.tls.server_name,
                                           std::move(question));
                    },
                    clock};
  Result<void> result = success();
  net::co_spawn(context, enrol(context, enroller, result), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
  if (!result) return result;
  if (!file.empty() && file != "-") return identity::remove_file(file);
  return success();
}

}  // namespace sobriety::agent
