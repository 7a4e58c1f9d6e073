// SPDX-License-Identifier: Apache-2.0
// A server whose files are replaced while it runs. Its tests have a time of their own, so that none has to
// wait for the second look.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "context/context_holder.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "memory_handshake.hpp"
#include "pem.hpp"

namespace iostls {
namespace test {

using detail::context_holder;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

inline std::string serial_of(const issued& i) {
  return certificate::from_pem(i.certificate).serial();
}

// The serial number of the certificate that a client is shown, which trusts test_authority(); empty if the
// handshake fails.
inline std::string shown_by(const context_holder& server) {
  static const ssl_context client = ssl_context::client([] {
    context_options o;
    o.server_name = "localhost";
    o.ca_certificates = pem_text(test_authority().certificate());
    return o;
  }());
  memory_handshake h(make_connection(*server.state()), make_connection(client));
  if (!h.run()) return {};
  return certificate::from_pem(to_pem(SSL_get0_peer_certificate(h.client()))).serial();
}

// A server whose certificate and key are in two files.
class renewing_server : public testing::Test {
 protected:
  renewing_server() {
    write(first_);
    options_.certificate = dir_ / "tls.crt";
    options_.key = dir_ / "tls.key";
  }

  // No two files have the same size: a file that is written to twice within a tick of the system's clock
  // shows nothing else.
  void write(const issued& i) {
    remarks_ += std::string(100, '#') + "\n";
    dir_.write("tls.crt", remarks_ + i.certificate);
    dir_.write("tls.key", remarks_ + i.key);
  }

  void start() { server_ = std::make_unique<context_holder>(true, options_); }

  // A server rests in proportion to how long its last look took, which on a busy machine is longer than
  // a second. This waits until it looks again.
  void wait_for_next_look() {
    while (!server_->is_time_to_look(now_)) now_ += seconds(1);
  }

  // Whether the next look reloads.
  bool at_next_look() {
    now_ += seconds(1);
    wait_for_next_look();
    return server_->reload_if_changed(now_);
  }

  // Whether a call reloads that comes that much later than the one before.
  bool after(milliseconds time) {
    now_ += time;
    return server_->reload_if_changed(now_);
  }

  // A change counts at the second look that finds it, or if it is old, which files of a test are only
  // on a machine that has stopped for a while.
  bool reloads_at_second_look() {
    const auto start = steady_clock::now();
    const bool at_once = at_next_look();
    if (steady_clock::now() - start < seconds(1)) {
      EXPECT_FALSE(at_once) << "it may go on";
    }
    return at_once || at_next_look();
  }

  void expect_reload_after(const std::function<void()>& change) {
    EXPECT_FALSE(at_next_look()) << "nothing has changed yet";
    change();
    EXPECT_TRUE(reloads_at_second_look());
    EXPECT_FALSE(at_next_look()) << "once is enough";
  }

  // How many looks it takes until something is thrown.
  int looks_until_report() {
    for (int looks = 1; looks != 100; ++looks) {
      try {
        EXPECT_FALSE(at_next_look());
      } catch (const ssl_error& e) {
        report_ = std::make_unique<ssl_error>(e);
        return looks;
      }
    }
    return 0;
  }

  std::string remarks_;
  const temp_dir dir_;
  const issued first_ = test_authority().leaf();
  const issued second_ = test_authority().leaf();
  context_options options_;
  std::unique_ptr<context_holder> server_;
  std::unique_ptr<ssl_error> report_;
  steady_clock::time_point now_ = steady_clock::now();
};

inline void rename_to(const std::string& from, const std::string& to) {
  ASSERT_EQ(std::rename(from.c_str(), to.c_str()), 0) << to;
}

}  // namespace test
}  // namespace iostls
