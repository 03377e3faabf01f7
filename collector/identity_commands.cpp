#include "collector/identity_commands.hpp"

#include "collector/identity/administration.hpp"
#include "proto/runtime/values.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace sobriety::collector {

struct IdentityCommands::Options {
  std::string directory;
  std::vector<std::string> names;
  bool if_missing = false;
  std::string lifetime = "24h";
  std::int64_t max_uses = 1;
  std::string group;
  std::vector<std::string> endpoints;
  std::string which;  // token or host
};

struct IdentityCommands::Commands {
  CLI::App *ca, *token, *hosts;
  CLI::App *init, *show, *roll_over;
  CLI::App *create, *list_tokens, *revoke_token;
  CLI::App *list_hosts, *revoke_host, *approve_host;
};

namespace {

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Result<std::filesystem::path> directory_of(const CollectorConfig& config,
                                           const std::string& directory) {
  if (!directory.empty()) return std::filesystem::path{directory};
  if (config.identity.enabled()) return config.identity.directory;
  return fail(Errc::absent,
              "no directory of an authority is known: set identity.directory in the "
              "configuration and give it by --config.file, or name the directory by --directory");
}

Result<std::unique_ptr<Register>> register_in(const std::filesystem::path& directory) {
  BOOST_OUTCOME_TRY(Authority::open(directory));  // says what to do where there is none
  return Register::open(register_file(directory));
}

// Those given; otherwise the first name of the server's certificate and the configured port.
Result<std::vector<Endpoint>> endpoints_of(const std::vector<std::string>& texts,
                                           const Authority& authority,
                                           const CollectorConfig& config) {
  std::vector<Endpoint> endpoints;
  for (const std::string& text : texts) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint)
      return fail(Errc::malformed, "--endpoint: expected host:port, got '" + text + "'");
    endpoints.push_back(*endpoint);
  }
  if (!endpoints.empty()) return endpoints;
  BOOST_OUTCOME_TRY(const auto server, authority.server());
  const auto names = server.names();
  if (names.empty() || config.telemetry.listen.port == 0)
    return fail(Errc::malformed, "say where agents find the collector, by --endpoint host:port");
  return std::vector{Endpoint{names.front(), config.telemetry.listen.port}};
}

}  // namespace

IdentityCommands::IdentityCommands(CLI::App& cli, std::string& config_file)
    : options_(std::make_unique<Options>()), commands_(std::make_unique<Commands>()) {
  Options& options = *options_;
  const auto group = [&cli](const char* name, const char* help) {
    CLI::App* made = cli.add_subcommand(name, help);
    made->require_subcommand(1);
    return made;
  };
  const auto add = [&](CLI::App* parent, const char* name, const char* help) {
    CLI::App* made = parent->add_subcommand(name, help);
    made->add_option("--config.file", config_file, "YAML configuration; defaults without it");
    made->add_option("--directory", options.directory,
                     "of the authority, instead of identity.directory");
    return made;
  };
  Commands& all = *commands_;
  all.ca = group("ca", "the authority that agents' certificates are of");
  all.init = add(all.ca, "init", "make a root, an issuing CA and the server's certificate");
  all.init->add_option("--name", options.names,
                       "a DNS name or address by which agents reach the collector; repeatable");
  all.init->add_flag("--if-missing", options.if_missing, "keep an authority that is there");
  all.show = add(all.ca, "show", "print what is there, until when, and the pin of the root");
  all.roll_over = add(all.ca, "roll-over",
                      "make a new issuing CA; the root's key must be there, the one before stays "
                      "trusted until it expires");
  all.token = group("token", "tokens let agents enrol");
  all.create = add(all.token, "create", "print a new token; it cannot be printed again");
  all.create->add_option("--ttl", options.lifetime, "how long it lets agents in, such as 24h");
  all.create->add_option("--max-uses", options.max_uses, "how many hosts it lets in");
  all.create->add_option("--group", options.group, "a tag for the hosts that come by it");
  all.create->add_option("--endpoint", options.endpoints,
                         "host:port where agents find the collector; repeatable");
  all.list_tokens = add(all.token, "list", "print all tokens, without their secrets");
  all.revoke_token = add(all.token, "revoke", "let nobody in by this token any more");
  all.hosts = group("hosts", "the hosts that have enrolled");
  all.list_hosts = add(all.hosts, "list", "print all hosts");
  all.revoke_host = add(all.hosts, "revoke", "end its session and let it in no more");
  all.approve_host = add(all.hosts, "approve", "let in a host that waits for it");
  all.revoke_token->add_option("TOKEN", options.which, "its id")->required();
  for (CLI::App* command : {all.revoke_host, all.approve_host})
    command->add_option("HOST", options.which, "its id or name")->required();
}

IdentityCommands::~IdentityCommands() = default;

bool IdentityCommands::parsed() const {
  return commands_->ca->parsed() || commands_->token->parsed() || commands_->hosts->parsed();
}

namespace {

Result<void> init(const std::filesystem::path& directory, std::vector<std::string> names,
                  const CollectorConfig& config, bool if_missing) {
  if (if_missing && Authority::exists(directory)) return success();
  if (names.empty()) names = config.identity.names;
  BOOST_OUTCOME_TRY(Authority::init(directory, names, wall_now()));
  std::cerr << "made an authority in " << directory.string() << "; its root's key, "
            << AuthorityFiles{directory}.root_key.string()
            << ", may be kept elsewhere until a roll-over\n";
  return success();
}

Result<void> create(const std::filesystem::path& directory, const CollectorConfig& config,
                    TokenWish wish, const std::vector<std::string>& endpoints) {
  BOOST_OUTCOME_TRY(const auto authority, Authority::open(directory));
  BOOST_OUTCOME_TRY(wish.endpoints, endpoints_of(endpoints, authority, config));
  BOOST_OUTCOME_TRY(const auto hosts, register_in(directory));
  const WallTime now = wall_now();
  BOOST_OUTCOME_TRY(const auto token, create_token(*hosts, authority.pin(), wish, now));
  std::cout << token << std::endl;
  std::cerr << "for " << wish.max_uses << (wish.max_uses == 1 ? " host" : " hosts") << " until "
            << time_text(now + wish.lifetime) << ", at " << to_string(wish.endpoints.front())
            << "; it is a secret\n";
  return success();
}

}  // namespace

int IdentityCommands::run(const CollectorConfig& config) const {
  const Options& options = *options_;
  const Commands& all = *commands_;
  const auto done = [&]() -> Result<void> {
    BOOST_OUTCOME_TRY(const auto directory, directory_of(config, options.directory));
    if (all.init->parsed()) return init(directory, options.names, config, options.if_missing);
    if (all.create->parsed()) {
      const auto lifetime = parse_duration(options.lifetime);
      if (!lifetime)
        return fail(Errc::malformed,
                    "--ttl: expected a duration such as 24h, got '" + options.lifetime + "'");
      return create(directory, config, {*lifetime, options.max_uses, options.group, {}},
                    options.endpoints);
    }
    if (all.roll_over->parsed()) return Authority::roll_over(directory, wall_now());
    if (all.show->parsed()) {
      BOOST_OUTCOME_TRY(const auto authority, Authority::open(directory));
      BOOST_OUTCOME_TRY(const auto text, authority_text(authority));
      std::cout << text;
      return success();
    }
    BOOST_OUTCOME_TRY(const auto hosts, register_in(directory));
    if (all.list_tokens->parsed()) {
      BOOST_OUTCOME_TRY(const auto rows, hosts->tokens());
      std::cout << tokens_table(rows, wall_now());
    } else if (all.list_hosts->parsed()) {
      BOOST_OUTCOME_TRY(const auto rows, hosts->hosts());
      std::cout << hosts_table(rows);
    } else if (all.revoke_token->parsed()) {
      BOOST_OUTCOME_TRY(const auto token, collector::revoke_token(*hosts, options.which));
      std::cerr << "token " << token.id.hex() << " lets nobody in any more\n";
    } else if (all.revoke_host->parsed()) {
      BOOST_OUTCOME_TRY(const auto host, collector::revoke_host(*hosts, options.which));
      std::cerr << "host " << host.name << " (" << host.id.hex() << ") is revoked\n";
    } else if (all.approve_host->parsed()) {
      BOOST_OUTCOME_TRY(const auto host, collector::approve_host(*hosts, options.which));
      std::cerr << "host " << host.name << " (" << host.id.hex() << ") is approved\n";
    }
    return success();
  }();
  if (done) return 0;
  std::cerr << "sobriety-collector: " << done.error().message << '\n';
  return 1;
}

int back_up_identity(const IdentityOptions& options, const std::filesystem::path& file) {
  if (!options.enabled()) return 0;
  const std::filesystem::path target = file.string() + ".identity";
  if (const auto done = back_up_register(options.directory, target); !done) {
    std::cerr << "sobriety-collector: " << done.error().message << '\n';
    return 1;
  }
  std::cerr << "wrote " << target.string() << "; the keys in " << options.directory.string()
            << " are not in it: copy its .pem and .key files to a safe place yourself\n";
  return 0;
}

}  // namespace sobriety::collector
