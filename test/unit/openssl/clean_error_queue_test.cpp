// SPDX-License-Identifier: Apache-2.0
// No operation leaves anything in OpenSSL's error queue, for the program's own calls to find, and an
// error has only the codes of its own failure.
#include <chrono>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "fixture.hpp"
#include "pem.hpp"
#include "task.hpp"

namespace iostls {
namespace {

using namespace test;

enum class naming { none, host, address };

struct circumstances {
  tls_version version;
  verify_mode verify;
  naming name;
  bool with_hook;
  bool with_trace;
};

std::vector<circumstances> all_circumstances() {
  std::vector<circumstances> all;
  for (const tls_version version : {tls_version::tls1_2, tls_version::tls1_3}) {
    for (const verify_mode verify : {verify_mode::none, verify_mode::required}) {
      for (const naming name : {naming::none, naming::host, naming::address}) {
        // A client that verifies has to know whom.
        if (name == naming::none && verify == verify_mode::required) continue;
        for (const bool hook : {false, true}) {
          for (const bool trace : {false, true})
            all.push_back({version, verify, name, hook, trace});
        }
      }
    }
  }
  return all;
}

std::string words_for(const circumstances& s) {
  const char* const names[] = {"no_name", "host", "address"};
  return to_string(s.version) + (s.verify == verify_mode::none ? "_none_" : "_required_") +
         names[static_cast<int>(s.name)] + (s.with_hook ? "_hook" : "") +
         (s.with_trace ? "_trace" : "");
}

void PrintTo(const circumstances& s, std::ostream* out) { *out << words_for(s); }

// Performs one operation after the other, and looks at the queue after each.
class watched_end {
 public:
  watched_end(const circumstances& s, context_options options) {
    if (s.with_hook) options.on_handshake = [](const handshake_event& e) { e.info.cipher.size(); };
    if (s.with_trace) options.message_trace = &trace_;
    options.close_timeout = std::chrono::seconds(5);
    options_ = options;
  }

  template <class Stream>
  void open(descriptor fd, const ssl_context& context) {
    after("the constructor", [&] { stream_ = std::make_unique<Stream>(fd.release(), context); });
  }

  template <class Operation>
  void after(const char* what, Operation operation) {
    ERR_clear_error();
    try {
      operation();
    } catch (const ssl_error& e) {
      expect_own_codes(e);
    }
    const unsigned long code = ERR_peek_error();
    EXPECT_EQ(code, 0u) << "after " << what << ": " << ERR_error_string(code, nullptr);
  }

  const context_options& options() const { return options_; }
  ssl_stream& stream() { return *stream_; }

  void expect_failure() {
    ASSERT_NE(stream_->last_error(), nullptr);
    expect_own_codes(*stream_->last_error());
  }

 private:
  // A failure in these tests is one of the protocol, and of nothing else.
  static void expect_own_codes(const ssl_error& e) {
    EXPECT_LE(e.codes().size(), 1u) << e.what();
    for (const unsigned long code : e.codes()) {
      EXPECT_EQ(ERR_GET_LIB(code), ERR_LIB_SSL) << e.what();
    }
  }

  std::ostringstream trace_;
  context_options options_;
  std::unique_ptr<ssl_stream> stream_;
};

context_options server_for(const circumstances& s) {
  context_options o = server_options(s.version);
  o.verify = verify_mode::none;
  return o;
}

context_options client_for(const circumstances& s) {
  context_options o = client_options(s.version);
  o.verify = s.verify;
  o.server_name = s.name == naming::none      ? std::string()
                  : s.name == naming::address ? std::string("127.0.0.1")
                                              : std::string("localhost");
  return o;
}

// What a program may do, in an order that suits both ends.
void converse(watched_end& end) {
  ssl_stream& s = end.stream();
  end.after("in_avail before the handshake", [&] { s.rdbuf()->in_avail(); });
  end.after("do_handshake", [&] { s.do_handshake(); });
  end.after("info", [&] { std::ostringstream() << s.info(); });
  end.after("peer_certificate", [&] { s.peer_certificate(); });
  end.after("session", [&] { s.session(); });
  end.after("counters", [&] { s.counters(); });
  end.after("channel_binding", [&] { s.channel_binding("tls-server-end-point"); });
  end.after("export_keying_material", [&] { s.export_keying_material("EXPERIMENTAL-x", 32); });
  end.after("update_keys", [&] {
    if (s.info().protocol == "TLSv1.3") s.update_keys();
  });
  end.after("write", [&] { s << std::string(20000, 'x') << '\n'; });
  end.after("flush", [&] { s.flush(); });
  end.after("sync", [&] { s.sync(); });
  std::string line;
  end.after("wait_readable", [&] { s.rdbuf()->wait_readable(std::chrono::seconds(5)); });
  end.after("getline", [&] { std::getline(s, line); });
  EXPECT_EQ(line.size(), 20000u);
  end.after("in_avail", [&] { s.rdbuf()->in_avail(); });
  end.after("shutdown_write", [&] { s.shutdown_write(); });
  end.after("the end", [&] { EXPECT_EQ(s.get(), EOF); });
  end.after("error", [&] { EXPECT_FALSE(s.error()) << s.last_error()->what(); });
  end.after("close", [&] { s.close(); });
  end.after("read after close", [&] { s.clear(), s.get(); });
}

using end_work = std::function<void(watched_end&)>;

// Both ends at once, each in a thread, and so with a queue, of its own.
void run(const circumstances& s, const context_options& server, const context_options& client,
         const end_work& work) {
  descriptor_pair pair = socket_pair();
  task serving([&] {
    watched_end end(s, server);
    end.open<ssl_server_stream>(std::move(pair.a), ssl_context::server(end.options()));
    work(end);
  });
  watched_end end(s, client);
  end.open<ssl_client_stream>(std::move(pair.b), ssl_context::client(end.options()));
  work(end);
  serving.join();
}

class clean_error_queue : public testing::TestWithParam<circumstances> {};

INSTANTIATE_TEST_SUITE_P(, clean_error_queue, testing::ValuesIn(all_circumstances()),
                         [](const auto& info) { return words_for(info.param); });

TEST_P(clean_error_queue, is_left_by_each_operation) {
  run(GetParam(), server_for(GetParam()), client_for(GetParam()), converse);
}

// One end refuses, and the other one gets its alert.
void fail_to_converse(watched_end& end) {
  ssl_stream& s = end.stream();
  end.after("do_handshake", [&] { s.do_handshake(); });
  end.after("getline", [&] {
    std::string line;
    std::getline(s, line);
  });
  end.expect_failure();
  end.after("write", [&] { s.clear(), s << "x" << std::flush; });
  end.after("info", [&] { s.info(); });
  end.after("close", [&] { s.close(); });
  end.after("read after close", [&] { s.clear(), s.get(); });
}

TEST_P(clean_error_queue, is_left_by_a_server_that_wants_a_certificate) {
  context_options server = server_for(GetParam());
  server.verify = verify_mode::required;
  server.ca_certificates = pem_text(test_authority().certificate());
  run(GetParam(), server, client_for(GetParam()), fail_to_converse);
}

TEST_P(clean_error_queue, is_left_by_ends_without_a_common_cipher) {
  context_options server = server_for(GetParam());
  context_options client = client_for(GetParam());
  server.ciphers = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256";
  server.ciphersuites = "TLS_AES_128_GCM_SHA256";
  client.ciphers = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384";
  client.ciphersuites = "TLS_AES_256_GCM_SHA384";
  run(GetParam(), server, client, fail_to_converse);
}

TEST_P(clean_error_queue, is_left_by_a_client_that_is_refused_by_its_hello) {
  context_options server = server_for(GetParam());
  server.on_client_hello = [](const client_hello&) -> client_hello_answer {
    return tls_alert::unrecognized_name;
  };
  run(GetParam(), server, client_for(GetParam()), fail_to_converse);
}

TEST_P(clean_error_queue, is_left_by_a_client_that_does_not_trust_the_server) {
  context_options client = client_for(GetParam());
  if (client.verify.value_or(verify_mode::required) == verify_mode::none) return;
  client.ca_certificates = self_signed_certificate({"other"}).certificate;
  run(GetParam(), server_for(GetParam()), client, fail_to_converse);
}

}  // namespace
}  // namespace iostls
