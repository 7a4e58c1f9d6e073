// SPDX-License-Identifier: Apache-2.0
// What is no key for session tickets, and where keys mean nothing.
#include <cstddef>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <iostls/ssl_context.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "seeded_ticket_key.hpp"
#include "thrown.hpp"

namespace iostls {
namespace test {
namespace {

void expect_refused(const context_options& o, const std::string& option, const std::string& word,
                    ssl_errc kind, bool server = true) {
  const ssl_error e = thrown_by([&] {
    if (server) {
      ssl_context::server(o);
    } else {
      ssl_context::client(o);
    }
  });
  EXPECT_EQ(e.code(), kind) << e.what();
  EXPECT_EQ(e.operation(), option) << e.what();
  EXPECT_TRUE(mentions(e, word)) << word << ": " << e.what();
}

TEST(wrong_ticket_keys, of_a_wrong_size_are_refused) {
  for (const std::size_t size : {0, 1, 47, 49, 79, 81, 5000}) {
    context_options o = server_options();
    o.ticket_keys = {ticket_key::random(), key('a', size)};
    expect_refused(o, "ticket_keys", "key 2", ssl_errc::bad_credentials);
  }
}

TEST(wrong_ticket_keys, of_a_wrong_file_are_refused_with_its_path) {
  const temp_dir dir;
  const std::string pipe = dir / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const struct {
    std::string path;
    std::string reason;
  } table[] = {
      {dir / "missing", "No such file"},
      {dir.path(), "Is a directory"},
      {dir.write("empty", ""), "is empty"},
      {dir.write("short", key_bytes('a', 47)), "has 47 bytes"},
      {dir.write("between", key_bytes('a', 64)), "has 64 bytes"},
      {dir.write("long", key_bytes('a', 81)), "has more than 80 bytes"},
      {pipe, "is empty"},
  };
  for (const auto& row : table) {
    context_options o = server_options();
    o.ticket_keys = {row.path};
    expect_refused(o, "ticket_keys", '"' + row.path + '"', ssl_errc::bad_credentials);
    expect_refused(o, "ticket_keys", row.reason, ssl_errc::bad_credentials);
  }
  context_options o = server_options();
  o.ticket_keys = {std::string("a\0b", 3)};
  expect_refused(o, "ticket_keys", "NUL", ssl_errc::bad_credentials);
}

TEST(wrong_ticket_keys, are_refused_where_they_mean_nothing) {
  context_options o = server_options();
  o.ticket_keys = {ticket_key::random()};
  o.session_tickets = false;
  expect_refused(o, "ticket_keys", "session_tickets", ssl_errc::bad_configuration);
  context_options c = client_options();
  c.ticket_keys = {ticket_key::random()};
  expect_refused(c, "ticket_keys", "client", ssl_errc::bad_configuration, false);

  const ssl_context without = ssl_context::server(server_options());
  const ssl_error e = thrown_by([&] { without.set_ticket_keys({ticket_key::random()}); });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  EXPECT_TRUE(mentions(e, "made without")) << e.what();
}

TEST(random_ticket_keys, differ) {
  EXPECT_EQ(ticket_key::random().data().size(), 80U);
  EXPECT_NE(ticket_key::random().data(), ticket_key::random().data());
  EXPECT_FALSE(ticket_key::random().is_path());
  EXPECT_TRUE(ticket_key("a path").is_path());
}

}  // namespace
}  // namespace test
}  // namespace iostls
