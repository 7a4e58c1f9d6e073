// SPDX-License-Identifier: Apache-2.0
// What is said while something is made to go wrong: a handshake, with a certificate on both
// sides; lines go to and fro; bulk goes one way, half-closes, and is answered; both close.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <system_error>

#include <iostls/ssl_context.hpp>
#include <iostls/ssl_stream.hpp>

#include "turns.hpp"

namespace iostls {
namespace test {

struct manner {
  tls_version version = tls_version::tls1_3;
  bool client_asks = true;  // else the server does; that end writes first and half-closes
  bool throwing = false;    // exceptions(badbit | failbit)
  std::size_t bulk = 300;   // bytes, each way
};
// "tls1_3_client_asks_throwing".
std::string to_identifier(const manner& m);
void PrintTo(const manner& m, std::ostream* out);

// Two ends that show each other a certificate, with a name that needs memory, and verify it.
struct mutual_pair {
  context_options server, client;
};
mutual_pair mutual_options(tls_version version);

// The contexts that the conversations of one version share.
struct context_pair {
  ssl_context server, client;
};
const context_pair& shared_contexts(tls_version version);

// What became of one end.
struct end_report {
  bool opened = false;  // the constructor has returned
  bool handshake_done = false;
  std::string offered;       // what its stream was given to send
  bool lost_output = false;  // the stream has refused some of that
  std::string received;
  bool clean_end = false;  // end-of-file, and nothing else
  bool closed_well = false;
  std::error_code first_error, error;  // error() after the first failure, and at last
  std::string reason;                  // the latter in full
  std::string escaped;                 // exceptions that should not have left an operation
  std::string contradiction;           // state bits, exceptions and error() that do not go together
};

struct conversation_report {
  end_report ends[2];  // 0 is the end that asks
  wire_record wires[2];
  bool hung = false;
  bool struck = false, struck_output = false;
};

// Called around everything that the library does for a program, so that a test can meddle with
// that alone.
struct meddler {
  std::function<void()> begin, end;
};

conversation_report converse(const manner& m, const context_pair& contexts, const wire_plan& plan,
                             const meddler& around = {});

// What must hold whatever goes wrong; empty if it does. Nothing more was received than sent, a
// clean end is only where everything has arrived, success is only where success was, and nothing
// is left behind.
std::string broken_promise(const conversation_report& r);

// Empty if everything was said and heard, and both ends closed in order.
std::string shortfall(const conversation_report& r);

}  // namespace test
}  // namespace iostls
