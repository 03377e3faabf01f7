#include "collector/identity/register.hpp"

#include "collector/store/schema.hpp"
#include "proto/identity/files.hpp"

namespace sobriety::collector {

namespace {

// Times are ms since 1970; a standing is its number.
const std::string schema =
    "CREATE TABLE token (id BLOB PRIMARY KEY CHECK (length(id) = 16), secret BLOB NOT NULL,"
    " created INTEGER NOT NULL, expires INTEGER NOT NULL, max_uses INTEGER NOT NULL,"
    " uses INTEGER NOT NULL CHECK (uses <= max_uses), tag TEXT NOT NULL,"
    " revoked INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE host (id BLOB PRIMARY KEY CHECK (length(id) = 16), name TEXT NOT NULL,"
    " tag TEXT NOT NULL, token BLOB NOT NULL, request BLOB NOT NULL UNIQUE,"
    " enrolled INTEGER NOT NULL, standing INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE certificate (fingerprint BLOB PRIMARY KEY,"
    " host BLOB NOT NULL REFERENCES host (id), request BLOB NOT NULL, key BLOB NOT NULL,"
    " serial TEXT NOT NULL, issued INTEGER NOT NULL, expires INTEGER NOT NULL,"
    " der BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX certificate_request ON certificate (request);"
    "CREATE INDEX certificate_expires ON certificate (expires);";

const std::vector<Migration>& steps() {
  static const std::vector<Migration> all{{1, schema}};
  return all;
}

std::int64_t ms(WallTime time) { return time.time_since_epoch().count(); }
WallTime wall(std::int64_t ms) { return WallTime{std::chrono::milliseconds{ms}}; }

std::string_view bytes(const Digest& digest) { return identity::bytes_of(digest); }

TokenRow token_of(const Statement& row) {
  return {row.id<TokenId>(0),       identity::digest_of(row.blob(1)),
          wall(row.integer(2)),     wall(row.integer(3)),
          row.integer(4),           row.integer(5),
          std::string{row.text(6)}, row.integer(7) != 0};
}

HostRow host_of(const Statement& row) {
  return {row.id<HostId>(0),
          std::string{row.text(1)},
          std::string{row.text(2)},
          row.id<TokenId>(3),
          identity::digest_of(row.blob(4)),
          wall(row.integer(5)),
          static_cast<Standing>(row.integer(6))};
}

CertificateRow certificate_of(const Statement& row) {
  return {identity::digest_of(row.blob(0)),
          row.id<HostId>(1),
          identity::digest_of(row.blob(2)),
          identity::digest_of(row.blob(3)),
          std::string{row.text(4)},
          wall(row.integer(5)),
          wall(row.integer(6)),
          std::string{row.blob(7)}};
}

KnownCertificate known_of(const Statement& row) {
  return {identity::digest_of(row.blob(0)), row.id<HostId>(1),
          static_cast<Standing>(row.integer(2))};
}

template <class Row>
Result<std::vector<Row>> all(Statement& statement, Row (*read)(const Statement&)) {
  std::vector<Row> rows;
  BOOST_OUTCOME_TRY(bool more, statement.step());
  while (more) {
    rows.push_back(read(statement));
    BOOST_OUTCOME_TRY(more, statement.step());
  }
  return rows;
}

template <class Row>
Result<std::optional<Row>> first(Statement& statement, Row (*read)(const Statement&)) {
  BOOST_OUTCOME_TRY(const bool found, statement.step());
  if (!found) return std::optional<Row>{};
  std::optional<Row> row{read(statement)};
  statement.reset();
  return row;
}

}  // namespace

std::string_view to_string(Standing standing) {
  switch (standing) {
    case Standing::pending:
      return "pending";
    case Standing::approved:
      return "approved";
    case Standing::revoked:
      return "revoked";
  }
  return "unknown";
}

struct Register::Statements {
  std::unique_ptr<Database> database;  // outlives the statements
  Statement version;
  Statement add_token, find_token, all_tokens, use_token, revoke_token;
  Statement add_host, find_host, find_came, all_hosts, set_standing;
  Statement add_certificate, find_certificate, find_request, forget, known;
};

Register::Register(std::unique_ptr<Statements> statements) : statements_(std::move(statements)) {}
Register::~Register() = default;
Database& Register::database() { return *statements_->database; }

Result<std::unique_ptr<Register>> Register::open(const std::filesystem::path& file) {
  // Made here and not by SQLite, so that it is nobody else's to read; -wal and -shm follow it.
  BOOST_OUTCOME_TRY(identity::make_private_file(file));
  BOOST_OUTCOME_TRY(auto database, Database::open(file, SQLITE_OPEN_READWRITE));
  Database& db = *database;
  BOOST_OUTCOME_TRY(
      db.execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;"
                 "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;"
                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
  BOOST_OUTCOME_TRY(migrate(db, steps()));
  const std::string token =
      "SELECT id, secret, created, expires, max_uses, uses, tag, revoked FROM token";
  const std::string host = "SELECT id, name, tag, token, request, enrolled, standing FROM host";
  const std::string certificate =
      "SELECT fingerprint, host, request, key, serial, issued, expires, der FROM certificate";
  BOOST_OUTCOME_TRY(auto version, db.prepare("PRAGMA data_version"));
  BOOST_OUTCOME_TRY(auto add_token,
                    db.prepare("INSERT INTO token (id, secret, created, expires, max_uses, uses, "
                               "tag, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  BOOST_OUTCOME_TRY(auto find_token, db.prepare(token + " WHERE id = ?"));
  BOOST_OUTCOME_TRY(auto all_tokens, db.prepare(token + " ORDER BY created"));
  BOOST_OUTCOME_TRY(auto use_token, db.prepare("UPDATE token SET uses = uses + 1 WHERE id = ?"));
  BOOST_OUTCOME_TRY(auto revoke_token, db.prepare("UPDATE token SET revoked = 1 WHERE id = ?"));
  BOOST_OUTCOME_TRY(auto add_host, db.prepare("INSERT INTO host (id, name, tag, token, request, "
                                              "enrolled, standing) VALUES (?, ?, ?, ?, ?, ?, ?)"));
  BOOST_OUTCOME_TRY(auto find_host, db.prepare(host + " WHERE id = ?"));
  BOOST_OUTCOME_TRY(auto find_came, db.prepare(host + " WHERE request = ?"));
  BOOST_OUTCOME_TRY(auto all_hosts, db.prepare(host + " ORDER BY name, enrolled"));
  BOOST_OUTCOME_TRY(auto set_standing, db.prepare("UPDATE host SET standing = ? WHERE id = ?"));
  BOOST_OUTCOME_TRY(auto add_certificate,
                    db.prepare("INSERT INTO certificate (fingerprint, host, request, key, serial, "
                               "issued, expires, der) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  BOOST_OUTCOME_TRY(auto find_certificate, db.prepare(certificate + " WHERE fingerprint = ?"));
  BOOST_OUTCOME_TRY(auto find_request,
                    db.prepare(certificate + " WHERE request = ? ORDER BY expires DESC LIMIT 1"));
  BOOST_OUTCOME_TRY(auto forget, db.prepare("DELETE FROM certificate WHERE expires < ?"));
  BOOST_OUTCOME_TRY(auto known, db.prepare("SELECT fingerprint, host, standing FROM certificate "
                                           "JOIN host ON host.id = certificate.host"));
  return std::unique_ptr<Register>{new Register{std::make_unique<Statements>(Statements{
      std::move(database), std::move(version), std::move(add_token), std::move(find_token),
      std::move(all_tokens), std::move(use_token), std::move(revoke_token), std::move(add_host),
      std::move(find_host), std::move(find_came), std::move(all_hosts), std::move(set_standing),
      std::move(add_certificate), std::move(find_certificate), std::move(find_request),
      std::move(forget), std::move(known)})}};
}

Result<std::int64_t> Register::version() {
  Statement& select = statements_->version;
  BOOST_OUTCOME_TRY(const bool row, select.step());
  const std::int64_t version = row ? select.integer(0) : 0;
  select.reset();
  return version;
}

Result<void> Register::add(const TokenRow& token) {
  Statement& insert = statements_->add_token;
  insert.bind(token.id).bind_blob(bytes(token.secret)).bind(ms(token.created));
  insert.bind(ms(token.expires)).bind(token.max_uses).bind(token.uses).bind(token.group);
  return insert.bind(std::int64_t{token.revoked}).run();
}

Result<std::optional<TokenRow>> Register::token(const TokenId& id) {
  return first(statements_->find_token.bind(id), token_of);
}

Result<std::vector<TokenRow>> Register::tokens() { return all(statements_->all_tokens, token_of); }

Result<void> Register::use(const TokenId& id) { return statements_->use_token.bind(id).run(); }

Result<bool> Register::revoke(const TokenId& id) {
  BOOST_OUTCOME_TRY(statements_->revoke_token.bind(id).run());
  return statements_->database->changes() > 0;
}

Result<void> Register::add(const HostRow& host) {
  Statement& insert = statements_->add_host;
  insert.bind(host.id).bind(host.name).bind(host.group).bind(host.token);
  insert.bind_blob(bytes(host.request)).bind(ms(host.enrolled));
  return insert.bind(static_cast<std::int64_t>(host.standing)).run();
}

Result<std::optional<HostRow>> Register::host(const HostId& id) {
  return first(statements_->find_host.bind(id), host_of);
}

Result<std::optional<HostRow>> Register::host_that_came_with(const Digest& request) {
  return first(statements_->find_came.bind_blob(bytes(request)), host_of);
}

Result<std::vector<HostRow>> Register::hosts() { return all(statements_->all_hosts, host_of); }

Result<void> Register::set(const HostId& id, Standing standing) {
  return statements_->set_standing.bind(static_cast<std::int64_t>(standing)).bind(id).run();
}

Result<void> Register::add(const CertificateRow& certificate) {
  Statement& insert = statements_->add_certificate;
  insert.bind_blob(bytes(certificate.fingerprint)).bind(certificate.host);
  insert.bind_blob(bytes(certificate.request)).bind_blob(bytes(certificate.key));
  insert.bind(certificate.serial).bind(ms(certificate.issued)).bind(ms(certificate.expires));
  return insert.bind_blob(certificate.der).run();
}

Result<std::optional<CertificateRow>> Register::certificate(const Digest& fingerprint) {
  return first(statements_->find_certificate.bind_blob(bytes(fingerprint)), certificate_of);
}

Result<std::optional<CertificateRow>> Register::certificate_for(const Digest& request) {
  return first(statements_->find_request.bind_blob(bytes(request)), certificate_of);
}

Result<void> Register::forget(WallTime expired_before) {
  return statements_->forget.bind(ms(expired_before)).run();
}

Result<std::vector<KnownCertificate>> Register::known() {
  return all(statements_->known, known_of);
}

}  // namespace sobriety::collector
