// SPDX-License-Identifier: Apache-2.0
// A context that reads its files again when they have changed: reload_if_changed().
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "fixture.hpp"
#include "ocsp.hpp"
#include "renewing_server.hpp"
#include "shifted_clock.hpp"
#include "task.hpp"

namespace iostls {
namespace test {
namespace {

using renewal = renewing_server;

void link_to(const std::string& target, const std::string& path) {
  ASSERT_EQ(::symlink(target.c_str(), path.c_str()), 0) << path;
}

TEST_F(renewal, leaves_a_context_alone_whose_files_are_as_they_were) {
  start();
  const auto state = server_->state();
  for (int i = 0; i != 100; ++i) EXPECT_FALSE(after(seconds(1)));
  EXPECT_EQ(server_->state(), state);
}

TEST_F(renewal, sees_files_that_were_written_to) {
  start();
  expect_reload_after([&] { write(second_); });
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

// Upper and lower case are the same in a scheme (RFC 3986, 3.1).
TEST_F(renewal, sees_the_files_of_uris) {
  for (const std::string scheme : {"file:", "File:", "FILE://"}) {
    write(first_);
    options_.certificate = scheme + (dir_ / "tls.crt");
    options_.key = scheme + (dir_ / "tls.key");
    start();
    expect_reload_after([&] { write(second_); });
    EXPECT_EQ(shown_by(*server_), serial_of(second_)) << scheme;
  }
}

TEST_F(renewal, sees_files_that_were_renamed_into_place) {
  start();
  expect_reload_after([&] {
    for (const char* const name : {"tls.crt", "tls.key"}) {
      const bool is_key = std::string(name) == "tls.key";
      dir_.write("new", is_key ? second_.key : second_.certificate);
      rename_to(dir_ / "new", dir_ / name);
    }
  });
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

// As Kubernetes has it: tls.crt -> ..data/tls.crt, ..data -> ..1, and then ..data -> ..2.
TEST_F(renewal, sees_another_folder_behind_the_same_links) {
  const auto deploy = [&](const std::string& folder, const issued& i) {
    ASSERT_EQ(::mkdir((dir_ / folder).c_str(), 0700), 0);
    dir_.write(folder + "/tls.crt", i.certificate);
    dir_.write(folder + "/tls.key", i.key);
    link_to(folder, dir_ / "..data_new");
    rename_to(dir_ / "..data_new", dir_ / "..data");
  };
  for (const char* const name : {"tls.crt", "tls.key"}) {
    ASSERT_EQ(::unlink((dir_ / name).c_str()), 0);
    link_to(std::string("..data/") + name, dir_ / name);
  }
  deploy("..1", first_);
  start();
  expect_reload_after([&] { deploy("..2", second_); });
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

// As certbot has it: live/tls.crt -> ../archive/tls1.crt, and then ../archive/tls2.crt.
TEST_F(renewal, sees_links_to_other_files) {
  ASSERT_EQ(::mkdir((dir_ / "archive").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((dir_ / "live").c_str(), 0700), 0);
  const auto deploy = [&](const std::string& number, const issued& i) {
    for (const std::string ending : {".crt", ".key"}) {
      dir_.write("archive/tls" + number + ending, ending == ".key" ? i.key : i.certificate);
      ::unlink((dir_ / ("live/tls" + ending)).c_str());
      link_to("../archive/tls" + number + ending, dir_ / ("live/tls" + ending));
    }
  };
  deploy("1", first_);
  options_.certificate = dir_ / "live/tls.crt";
  options_.key = "file:" + (dir_ / "live/tls.key");
  start();
  expect_reload_after([&] { deploy("2", second_); });
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

// A server that has been idle does not show its next client what was replaced long ago.
TEST_F(renewal, sees_what_has_changed_long_ago_at_the_first_look) {
  start();
  EXPECT_FALSE(at_next_look());
  write(second_);
  const later then(seconds(10));
  EXPECT_TRUE(at_next_look());
}

TEST_F(renewal, waits_until_files_are_no_longer_written_to) {
  start();
  std::string content;
  for (int i = 0; i != 10; ++i) {
    dir_.write("tls.crt", content += "one line more\n");
    EXPECT_FALSE(at_next_look());
  }
  write(second_);
  EXPECT_TRUE(reloads_at_second_look());
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

TEST_F(renewal, keeps_a_pair_until_both_halves_of_another_are_there) {
  start();
  dir_.write("tls.crt", second_.certificate);
  for (int i = 0; i != 4; ++i) EXPECT_FALSE(after(seconds(1)));
  EXPECT_EQ(shown_by(*server_), serial_of(first_));
  dir_.write("tls.key", second_.key);
  EXPECT_TRUE(reloads_at_second_look());
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

TEST_F(renewal, reports_halves_that_do_not_fit_after_a_while_and_then_once_a_minute) {
  start();
  dir_.write("tls.crt", second_.certificate);
  const auto start_of_failing = now_;
  EXPECT_LE(looks_until_report(), 8);
  EXPECT_GE(now_ - start_of_failing, seconds(6));
  for (int minute = 0; minute != 3; ++minute) {
    ASSERT_NE(report_, nullptr);
    EXPECT_EQ(report_->code(), ssl_errc::bad_credentials);
    EXPECT_EQ(report_->operation(), "key") << report_->what();
    EXPECT_EQ(shown_by(*server_), serial_of(first_));
    const auto reported = now_;
    EXPECT_LE(looks_until_report(), 60);
    EXPECT_GE(now_ - reported, seconds(60));
  }
}

TEST_F(renewal, takes_what_is_repaired_after_a_report) {
  start();
  dir_.write("tls.crt", "no certificate");
  ASSERT_NE(looks_until_report(), 0);
  EXPECT_EQ(report_->operation(), "certificate");
  write(second_);
  EXPECT_TRUE(reloads_at_second_look());
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

TEST_F(renewal, keeps_what_was_in_a_file_that_is_gone) {
  start();
  ASSERT_EQ(::unlink((dir_ / "tls.key").c_str()), 0);
  for (int i = 0; i != 4; ++i) EXPECT_FALSE(after(seconds(1)));
  EXPECT_EQ(shown_by(*server_), serial_of(first_));
  write(second_);
  EXPECT_TRUE(reloads_at_second_look());
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

// A FIFO, as a shell's <(...) is one: opening it again waits for another writer.
class renewal_beside_a_fifo : public renewing_server {
 protected:
  renewal_beside_a_fifo() {
    ::unlink((dir_ / "tls.crt").c_str());
    EXPECT_EQ(::mkfifo((dir_ / "tls.crt").c_str(), 0600), 0);
    const task writing([&] { dir_.write("tls.crt", first_.certificate); });
    start();
  }
};

TEST_F(renewal_beside_a_fifo, does_not_look_at_it) {
  for (int i = 0; i != 20; ++i) EXPECT_FALSE(at_next_look());
  EXPECT_EQ(shown_by(*server_), serial_of(first_));
}

TEST_F(renewal_beside_a_fifo, refuses_to_read_it_again) {
  dir_.write("tls.key", second_.key);
  EXPECT_GT(looks_until_report(), 1);
  const std::string reason = "tls.crt\": cannot be read again: it is a FIFO, a socket or a device";
  EXPECT_NE(std::string(report_->what()).find(reason), std::string::npos) << report_->what();
  EXPECT_THROW(server_->reload(), ssl_error);
  EXPECT_EQ(shown_by(*server_), serial_of(first_));
}

TEST_F(renewal_beside_a_fifo, sees_a_file_in_its_place) {
  ASSERT_EQ(::unlink((dir_ / "tls.crt").c_str()), 0);
  for (int i = 0; i != 4; ++i) EXPECT_FALSE(at_next_look());
  write(second_);
  EXPECT_TRUE(reloads_at_second_look());
  EXPECT_EQ(shown_by(*server_), serial_of(second_));
}

TEST_F(renewal, does_not_wait_for_a_fifo_that_has_taken_the_place_of_a_file) {
  start();
  ASSERT_EQ(::unlink((dir_ / "tls.key").c_str()), 0);
  ASSERT_EQ(::mkfifo((dir_ / "tls.key").c_str(), 0600), 0);
  EXPECT_GT(looks_until_report(), 1);
  EXPECT_EQ(shown_by(*server_), serial_of(first_));
}

TEST_F(renewal, reads_the_null_device_again) {
  ::setenv("SSL_CERT_FILE", "/dev/null", 1);  // that is: there are no authorities
  options_.system_trust = true;
  start();
  expect_reload_after([&] { write(second_); });
  ::unsetenv("SSL_CERT_FILE");
}

TEST_F(renewal, looks_no_more_than_once_a_second) {
  start();
  EXPECT_FALSE(after(seconds(1)));
  wait_for_next_look();
  write(second_);
  if (after(milliseconds(0))) return;  // the machine has stopped for seconds
  EXPECT_FALSE(after(milliseconds(999)));
  EXPECT_FALSE(after(milliseconds(0)));
  now_ += milliseconds(1);
  wait_for_next_look();
  EXPECT_TRUE(after(milliseconds(0)));
}

TEST_F(renewal, follows_a_reload_that_was_asked_for) {
  start();
  EXPECT_FALSE(at_next_look());
  write(second_);
  server_->reload();
  for (int i = 0; i != 3; ++i) EXPECT_FALSE(at_next_look());
  expect_reload_after([&] { write(first_); });
}

// Everything that options can name, and what is changed in it.
struct named_file {
  const char* what;
  const char* changed;  // in the folder
  void (*name)(context_options&, const temp_dir&);
};

const named_file named_files[] = {
    {"ca_file", "a", [](context_options& o, const temp_dir& d) { o.ca_file = d / "a"; }},
    {"ca_directory", "ca/0a1b2c3d.0",
     [](context_options& o, const temp_dir& d) { o.ca_directory = d / "ca"; }},
    {"VerifyCAFile", "a",
     [](context_options& o, const temp_dir& d) {
       o.openssl_commands = {{"VerifyCAFile", d / "a"}};
     }},
    {"VerifyCAPath", "ca/0a1b2c3d.0",
     [](context_options& o, const temp_dir& d) {
       o.openssl_commands = {{"VerifyCAPath", d.path() + ':' + (d / "ca")}};
     }},
    {"crl_file", "crl", [](context_options& o, const temp_dir& d) { o.crl_file = d / "crl"; }},
    {"ticket_keys", "key",
     [](context_options& o, const temp_dir& d) {
       o.ticket_keys = {ticket_key::random(), d / "key"};
     }},
    {"more_credentials", "more",
     [](context_options& o, const temp_dir& d) {
       credential_source more;
       more.certificate = d / "more";
       o.more_credentials = {more};
     }},
    {"ocsp_response", "ocsp",
     [](context_options& o, const temp_dir& d) {
       o.certificate = pem_text(localhost().both() + test_authority().certificate());
       o.key = {};
       o.ocsp_response = ocsp_source(d / "ocsp");
     }},
};

TEST_F(renewal, is_about_all_files_that_options_name) {
  ASSERT_EQ(::mkdir((dir_ / "ca").c_str(), 0700), 0);
  dir_.write("a", test_authority().certificate());
  dir_.write("ca/0a1b2c3d.0", test_authority().certificate());
  dir_.write("crl", test_authority().crl());
  dir_.write("key", std::string(80, 'k'));
  dir_.write("more", localhost().both());
  dir_.write("ocsp", ocsp_response(test_authority(), {localhost().certificate}));
  const context_options plain = options_;
  for (const named_file& each : named_files) {
    SCOPED_TRACE(each.what);
    options_ = plain;
    each.name(options_, dir_);
    start();
    expect_reload_after([&] {
      write_file(dir_ / "new", read_file(dir_ / each.changed));
      rename_to(dir_ / "new", dir_ / each.changed);
    });
  }
}

TEST_F(renewal, sees_what_is_new_in_a_folder) {
  ASSERT_EQ(::mkdir((dir_ / "ca").c_str(), 0700), 0);
  options_.ca_directory = dir_ / "ca";
  start();
  expect_reload_after([&] { dir_.write("ca/0a1b2c3d.r0", test_authority().crl()); });
}

// As after going back to an older version: nothing in the folder itself changes, and what its link leads
// to now is no newer than the rest.
TEST_F(renewal, sees_another_file_behind_a_link_in_a_folder) {
  for (const char* const folder : {"ca", "..1", "..2"}) {
    ASSERT_EQ(::mkdir((dir_ / folder).c_str(), 0700), 0);
  }
  dir_.write("..1/ca.pem", authority("Other").certificate());
  dir_.write("..2/ca.pem", test_authority().certificate());
  link_to("..1", dir_ / "live");
  link_to("../live/ca.pem", dir_ / "ca/0a1b2c3d.0");
  dir_.write("ca/0a1b2c3d.r0", test_authority().crl());
  options_.ca_directory = dir_ / "ca";
  start();
  EXPECT_FALSE(at_next_look());
  link_to("..2", dir_ / "new");
  rename_to(dir_ / "new", dir_ / "live");
  EXPECT_TRUE(at_next_look() || at_next_look());
}

TEST_F(renewal, is_about_ticket_keys_that_were_given_later) {
  dir_.write("key", std::string(80, 'k'));
  dir_.write("later", std::string(80, 'l'));
  options_.ticket_keys = {dir_ / "key"};
  start();
  server_->set_ticket_keys({dir_ / "later"});
  expect_reload_after([&] {
    dir_.write("new", std::string(80, 'm'));
    rename_to(dir_ / "new", dir_ / "later");
  });
  dir_.write("key", std::string(80, 'x'));
  for (int i = 0; i != 3; ++i) EXPECT_FALSE(at_next_look()) << "nobody reads it any more";
}

TEST_F(renewal, in_a_function_of_the_options_does_nothing) {
  leaf_options locked;
  locked.password = "one";
  const issued i = test_authority().leaf(locked);
  write(i);
  int calls = 0;
  options_.certificate_password = [&] {
    if (server_ != nullptr) {
      EXPECT_FALSE(server_->reload_if_changed(now_ + seconds(60)));
    }
    ++calls;
    return "one";
  };
  start();
  expect_reload_after([&] { write(i); });
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace test
}  // namespace iostls
