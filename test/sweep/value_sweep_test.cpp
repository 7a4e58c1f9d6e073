// SPDX-License-Identifier: Apache-2.0
// Allocations fail while certificates, sessions and keys are made and looked at, and while a context
// is given new files.
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/certificate.hpp>
#include <iostls/self_signed.hpp>

#include "algorithms.hpp"
#include "certificate_files.hpp"
#include "context/keylog.hpp"
#include "credentials/encoded_input.hpp"
#include "credentials/password_callback.hpp"
#include "credentials/pkcs12.hpp"
#include "failing_memory.hpp"
#include "fixture.hpp"
#include "memory_sweep.hpp"
#include "openssl/openssl_ptr.hpp"
#include "process.hpp"
#include "visit.hpp"

namespace iostls {
namespace test {
namespace {

// True if the operation was done; false if memory was short, and it said so.
template <class Operation>
bool done(Operation operation) {
  try {
    const memory_exposure during;
    operation();
    return true;
  } catch (const ssl_error&) {
  } catch (const std::bad_alloc&) {
  }
  return false;
}

class memory_of_a_value : public memory_sweep {
 protected:
  // Whether two plain contexts still get along.
  static std::string use(const ssl_context& server, const ssl_context& client) {
    return shortfall(visit({server, client, {}, {}}, false));
  }
};

TEST_F(memory_of_a_value, that_runs_short_of_a_self_signed_certificate_is_told) {
  const std::vector<std::string> names{"localhost", "127.0.0.1", "*.example.org"};
  sweep_sample(
      [&]() -> std::string {
        credential made;
        if (!done([&] { made = self_signed_certificate(names); })) return {};
        context_options server, client = client_options();
        server.certificate = made.certificate;
        server.key = made.key;
        client.ca_certificates = made.certificate;
        return use(ssl_context::server(server), ssl_context::client(client));
      },
      100, 1000);
}

// All that a certificate states about itself. What there was no memory for is empty.
std::vector<std::string> said_by(const certificate& c) {
  std::ostringstream printed;
  printed << c;
  // One by one: before version 16, libc++'s constructor from a list leaks when a copy fails.
  std::vector<std::string> all;
  all.push_back(c.subject());
  all.push_back(c.issuer());
  all.push_back(c.serial());
  all.push_back(c.fingerprint_sha256());
  all.push_back(c.pem());
  for (std::string& name : c.subject_alt_names()) all.push_back(std::move(name));
  return all;
}

TEST_F(memory_of_a_value, that_runs_short_of_a_certificate_makes_it_say_less_but_nothing_wrong) {
  leaf_options o;
  o.names = {"localhost", "::1", "user@example.org"};
  const std::string pem = test_authority().leaf(o).certificate;
  const std::vector<std::string> truth = said_by(certificate::from_pem(pem));
  sweep_sample(
      [&]() -> std::string {
        std::vector<std::string> said;
        bool matches_other = false;
        done([&] {
          const certificate c = certificate::from_pem(pem);
          said = said_by(c);
          matches_other = c.matches("other.test") || c.matches("::2");
        });
        if (matches_other) return "it matches another host";
        for (std::size_t i = 0; i != said.size(); ++i) {
          if (i >= truth.size() || (!said[i].empty() && said[i] != truth[i])) return said[i];
        }
        return {};
      },
      200, 4000);
}

class memory_of_a_session : public memory_of_a_value,
                            public testing::WithParamInterface<tls_version> {};

TEST_P(memory_of_a_session, that_runs_short_of_its_bytes_is_told) {
  context_options client = client_options(GetParam());
  client.ocsp = ocsp_mode::request;
  const visit_plan first{
      ssl_context::server(server_options(GetParam())), ssl_context::client(client), {}, {}};
  const ssl_session session = visit(first, false).session;
  const std::string bytes = session.to_bytes();
  ASSERT_NE(bytes, "");
  sweep_sample(
      [&]() -> std::string {
        std::string written;
        if (done([&] { written = session.to_bytes(); }) && written != bytes) return "other bytes";
        ssl_session read;
        if (!done([&] { read = ssl_session::from_bytes(bytes); })) return {};
        if (read.to_bytes() != bytes) return "another session";
        visit_plan second = first;
        second.client_own.session = read;
        return shortfall(visit(second, false));
      },
      50, 600);
}

INSTANTIATE_TEST_SUITE_P(, memory_of_a_session,
                         testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_F(memory_of_a_value, that_runs_short_of_a_reload_leaves_the_context_as_it_was) {
  context_options options = server_options();
  options.certificate = certificate_files().path("leaf.der");
  options.key = certificate_files().path("encrypted.pem");
  options.certificate_password = long_password;
  options.ticket_keys = {ticket_key::from_bytes(std::string(80, 't'))};
  const ssl_context server = ssl_context::server(options);
  context_options asking = client_options();
  asking.server_name = long_name;
  const ssl_context client = ssl_context::client(asking);
  sweep_sample(
      [&] {
        const bool reloaded = done([&] { server.reload(); });
        const visit_report r = visit({server, client, {}, {}}, false);
        server.reload();
        // OpenSSL may have dropped what it had no memory for: then both ends are told.
        return reloaded ? broken_promise(r) : shortfall(r);
      },
      20, 500);
}

TEST_F(memory_of_a_value, that_runs_short_of_a_keylog_leaves_no_file_open) {
  const temp_dir folder;
  const std::string path = folder / "keys";
  const std::size_t before = fd_count();
  sweep_sample(
      [&]() -> std::string {
        const detail::ssl_ctx_ptr context(SSL_CTX_new(TLS_method()));
        done([&] { detail::apply_keylog(context.get(), path); });
        return {};
      },
      20, 20);
  EXPECT_EQ(fd_count(), before);
}

TEST_F(memory_of_a_value, that_runs_short_of_a_pkcs12_file_keeps_none_of_its_certificates) {
  if (lacks("PKCS12KDF")) GTEST_SKIP() << "no provider has what PKCS#12 derives keys with";
  const detail::encoded_input file("certificate", certificate_files().path("leaf.p12"));
  const password_source secret = long_password;
  sweep_sample(
      [&]() -> std::string {
        done([&] {
          detail::password_callback password("certificate_password", secret);
          detail::read_pkcs12(file, password);
        });
        return {};
      },
      1000, 20000);
}

TEST_F(memory_of_a_value, that_runs_short_of_ticket_keys_leaves_those_that_were) {
  const ssl_context server = ssl_context::server(server_options());
  const ssl_context client = ssl_context::client(client_options());
  const temp_dir folder;
  const std::string path = folder.write("ticket.key", std::string(80, 't'));
  sweep_sample(
      [&] {
        done([&] { server.set_ticket_keys({path, ticket_key::random()}); });
        return use(server, client);
      },
      40, 400);
}

}  // namespace
}  // namespace test
}  // namespace iostls
