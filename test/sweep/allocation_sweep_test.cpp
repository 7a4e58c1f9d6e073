// SPDX-License-Identifier: Apache-2.0
// Every allocation fails, one at a time, and all from each one on.
#include <functional>
#include <new>
#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "conversation.hpp"
#include "dialogue.hpp"
#include "failing_memory.hpp"
#include "fixture.hpp"
#include "long_names.hpp"
#include "memory_sweep.hpp"
#include "sweep_size.hpp"

namespace iostls {
namespace test {
namespace {

const meddler exposed{memory_exposure::begin, memory_exposure::end};

// Nobody has failed, but not all was said; or something worse.
std::string pretence(const conversation_report& r) {
  const std::string broken = broken_promise(r);
  if (!broken.empty()) return broken;
  bool told = false;
  for (int i = 0; i != 2; ++i) {
    const end_report& e = r.ends[i];
    const bool well = !e.first_error && e.opened && e.closed_well;
    if (well && r.ends[1 - i].first_error == ssl_errc::truncated) return "a cut end was no failure";
    told = told || !well;
  }
  return told ? std::string() : shortfall(r);
}

class memory_of_a_conversation : public memory_sweep, public testing::WithParamInterface<manner> {};

TEST_P(memory_of_a_conversation, that_runs_short_is_told) {
  const context_pair& contexts = shared_contexts(GetParam().version);
  sweep([&] { return pretence(converse(GetParam(), contexts, {}, exposed)); }, sweep_step(97));
}

// Peers that must be refused: whether memory is short or not, there is no handshake.
struct refusal {
  const char* name;
  bool by_client;
  std::function<void(context_options& server, context_options& client)> change;
};

void PrintTo(const refusal& r, std::ostream* out) { *out << r.name; }

std::vector<refusal> refusals() {
  return {{"server_of_another_name", true,
           [](context_options&, context_options& client) { client.server_name = other_long_name; }},
          {"server_of_another_authority", true,
           [](context_options&, context_options& client) {
             client.ca_certificates = pem_text(authority("Another Root").certificate());
           }},
          {"server_that_is_revoked", true,
           [](context_options&, context_options& client) {
             client.crl_file = pem_text(test_authority().crl({long_named().certificate}));
           }},
          {"client_without_certificate", false,
           [](context_options&, context_options& client) { client.certificate = client.key = {}; }},
          {"client_that_is_revoked", false, [](context_options& server, context_options&) {
             server.crl_file = pem_text(test_authority().crl({long_named().certificate}));
           }}};
}

class memory_of_a_refusal : public memory_sweep,
                            public testing::WithParamInterface<std::tuple<refusal, tls_version>> {
 protected:
  memory_of_a_refusal() { case_.change(server_, client_); }

  // The reports of the end that has to refuse.
  std::string verdict(const context_pair& contexts, const meddler& around) const {
    const conversation_report r = converse({version_, true, false, 300}, contexts, {}, around);
    const end_report& judge = r.ends[case_.by_client ? 0 : 1];
    if (judge.handshake_done || !judge.received.empty()) return "the peer was accepted";
    return broken_promise(r);
  }

  const refusal case_ = std::get<0>(GetParam());
  const tls_version version_ = std::get<1>(GetParam());
  context_options server_ = mutual_options(version_).server;
  context_options client_ = mutual_options(version_).client;
};

TEST_P(memory_of_a_refusal, that_runs_short_lets_nobody_in) {
  const context_pair contexts{ssl_context::server(server_), ssl_context::client(client_)};
  sweep([&] { return verdict(contexts, exposed); }, sweep_step(199, 3));
}

// Memory runs short while the contexts are made; afterwards there is enough.
TEST_P(memory_of_a_refusal, whose_contexts_were_made_when_it_ran_short_lets_nobody_in) {
  sweep(
      [&]() -> std::string {
        try {
          memory_exposure during;
          const context_pair contexts{ssl_context::server(server_), ssl_context::client(client_)};
          const memory_pause after;
          return verdict(contexts, {});
        } catch (const ssl_error&) {
        } catch (const std::bad_alloc&) {
        }
        return {};
      },
      sweep_step(997, 17));
}

INSTANTIATE_TEST_SUITE_P(, memory_of_a_refusal,
                         testing::Combine(testing::ValuesIn(refusals()),
                                          testing::Values(tls_version::tls1_2,
                                                          tls_version::tls1_3)),
                         [](const auto& info) {
                           return std::get<0>(info.param).name +
                                  ("_" + to_string(std::get<1>(info.param)));
                         });

// OpenSSL reads a certificate also when it has no memory to decode the key in it, and makes a context
// when it has none to look at a signature algorithm, and reports nothing: that CA verifies none of its
// certificates, that algorithm is not there, for as long as the context lives. There is no handshake
// then, and both ends know.
bool is_refused(const conversation_report& r) {
  const auto has_refused = [](const end_report& e) {
    return e.first_error == ssl_errc::certificate_rejected ||
           e.first_error == ssl_errc::handshake_failed;
  };
  const auto was_told = [](const end_report& e) {
    return e.first_error == ssl_errc::alert_received;
  };
  return (has_refused(r.ends[0]) && was_told(r.ends[1])) ||
         (has_refused(r.ends[1]) && was_told(r.ends[0]));
}

// A context that could be made is as good as one that was made in plenty, or none can use it.
class memory_of_contexts : public memory_sweep {};

TEST_F(memory_of_contexts, that_runs_short_is_told) {
  const mutual_pair options = mutual_options(tls_version::tls1_3);
  sweep(
      [&]() -> std::string {
        try {
          memory_exposure during;
          const context_pair contexts{ssl_context::server(options.server),
                                      ssl_context::client(options.client)};
          const memory_pause after;
          const auto r = converse({tls_version::tls1_3, true, false, 300}, contexts, {});
          return is_refused(r) ? broken_promise(r) : shortfall(r);
        } catch (const ssl_error&) {
        } catch (const std::bad_alloc&) {
        }
        return {};
      },
      sweep_step(199));
}

// Reading sends what was written first, and repeats that where memory ran short.
class memory_of_a_large_area : public memory_sweep {};

TEST_F(memory_of_a_large_area, that_runs_short_while_reading_sends_nothing_twice) {
  const std::string text = numbered_text(200000);
  sweep_sample(
      [&]() -> std::string {
        const auto talk = started(
            {role::client, tls_version::tls1_3}, [](context_options& o) { o.close_timeout = {}; },
            socket_pair());
        std::string received;
        task answering([&] {
          received = talk->peer().read_exactly(text.size());
          talk->peer().write("answer\n");
          talk->peer().half_close();
        });
        ssl_stream& stream = talk->stream();
        stream.rdbuf()->pubsetbuf(nullptr, 1 << 18);
        stream << text;
        std::string line;
        {
          const memory_exposure during;
          stream.peek();
        }
        stream.clear();
        const bool answered = getline(stream, line) && line == "answer";
        talk->destroy_stream();
        answering.join();
        if (text.compare(0, received.size(), received) != 0) return "other text was received";
        return !answered || received == text ? "" : "the text was cut";
      },
      100, 1000);
}

std::vector<manner> manners() {
  return {{tls_version::tls1_2, true, false, 40000},
          {tls_version::tls1_2, false, true, 40000},
          {tls_version::tls1_3, true, true, 40000},
          {tls_version::tls1_3, false, false, 40000}};
}

INSTANTIATE_TEST_SUITE_P(, memory_of_a_conversation, testing::ValuesIn(manners()),
                         [](const auto& info) { return to_identifier(info.param); });

}  // namespace
}  // namespace test
}  // namespace iostls
