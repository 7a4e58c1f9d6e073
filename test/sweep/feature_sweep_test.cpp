// SPDX-License-Identifier: Apache-2.0
// Allocations fail while options do their work: when contexts are made of them, when streams are
// opened, and when two ends talk.
#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <iostls/ssl_stream.hpp>

#include "failing_memory.hpp"
#include "feature.hpp"
#include "fixture.hpp"
#include "memory_sweep.hpp"
#include "memory_transport.hpp"
#include "visit.hpp"

namespace iostls {
namespace test {
namespace {

class memory_of_a_feature : public memory_sweep, public testing::WithParamInterface<feature> {
 protected:
  visit_plan plan() const {
    return {ssl_context::server(feature_.server), ssl_context::client(feature_.client),
            feature_.server_own, feature_.client_own};
  }

  // A visit without pretence: an end that has to refuse does, and one that succeeds has what the
  // options promise.
  std::string fault(const visit_report& r) const {
    const std::string broken = broken_promise(r);
    if (!broken.empty()) return broken;
    if (feature_.refused != refusal::none && r.client.handshake_done) return "the client took it";
    if (feature_.refused == refusal::by_both && r.server.handshake_done)
      return "the server took it";
    return feature_.judge ? feature_.judge(r) : std::string();
  }

  // In plenty, all has to be well besides.
  std::string outcome(const visit_report& r) const {
    const std::string broken = fault(r);
    if (!broken.empty() || feature_.refused != refusal::none) return broken;
    return shortfall(r);
  }

  // What a context that could be made can do. OpenSSL may have dropped what it had no memory
  // for, and have reported nothing: then the handshake fails, and both ends know.
  std::string of_contexts() const {
    try {
      const memory_exposure during;
      const ssl_context server = ssl_context::server(feature_.server);
      const ssl_context client = ssl_context::client(feature_.client);
      const memory_pause after;
      return fault(visit({server, client, feature_.server_own, feature_.client_own}, false));
    } catch (const ssl_error&) {
    } catch (const std::bad_alloc&) {
    }
    return {};
  }

  template <class Stream>
  static std::string opened(const ssl_context& context, const connection_options& own) {
    memory_pair ends = memory_pipe();
    ends.b->shutdown_write();  // a client that goes performs the handshake: nobody answers
    const auto script = std::make_shared<transport_script>();
    auto transport = faulty_transport(std::move(ends.a), script);
    try {
      const memory_exposure during;
      const Stream stream(std::move(transport), context, own);
      if (!stream.is_open()) return "a stream that is not open";
    } catch (const ssl_error&) {
    } catch (const std::bad_alloc&) {
    }
    transport.reset();
    return script->alive == 0 ? std::string() : "the transport is still there";
  }

  const feature feature_ = GetParam();
};

TEST_P(memory_of_a_feature, does_in_plenty_what_it_promises) {
  ASSERT_EQ(outcome(visit(plan(), false)), "");
}

TEST_P(memory_of_a_feature, that_runs_short_in_a_visit_is_told) {
  if (!feature_.server.ocsp_response.empty() && OpenSSL_version_num() >= 0x30600000UL) {
    GTEST_SKIP() << "a server of OpenSSL 3.6 crashes when it has no memory to look at its response";
  }
  const visit_plan shared = plan();
  sweep_sample([&] { return fault(visit(shared, true)); }, 8, 200);
}

TEST_P(memory_of_a_feature, that_ran_short_of_contexts_is_told) {
  sweep_sample([&] { return of_contexts(); }, 6, 200);
}

TEST_P(memory_of_a_feature, that_runs_short_of_an_opening_server_is_told) {
  const ssl_context context = plan().server;
  sweep_sample([&] { return opened<ssl_server_stream>(context, feature_.server_own); }, 20, 2000);
}

TEST_P(memory_of_a_feature, that_runs_short_of_an_opening_client_is_told) {
#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 16000
  if (feature_.client.pinned_public_keys.has_value() || feature_.client.tlsa_records.has_value()) {
    GTEST_SKIP() << "this libc++ leaks when a copy of a vector runs short of memory";
  }
#endif
  const ssl_context context = plan().client;
  sweep_sample([&] { return opened<ssl_client_stream>(context, feature_.client_own); }, 20, 2000);
}

std::string name_of(const testing::TestParamInfo<feature>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(tls1_2, memory_of_a_feature,
                         testing::ValuesIn(features(tls_version::tls1_2)), name_of);
INSTANTIATE_TEST_SUITE_P(tls1_3, memory_of_a_feature,
                         testing::ValuesIn(features(tls_version::tls1_3)), name_of);

}  // namespace
}  // namespace test
}  // namespace iostls
