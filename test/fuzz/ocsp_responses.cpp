// SPDX-License-Identifier: Apache-2.0
// OCSP responses: one that was tampered with is refused, or reports what it reported before. A server
// takes what a client would believe, and refuses all else by an ssl_error that has the reason. Responses
// are made when the fuzzer starts.
//
// Input: which response to start from; then edits of its DER encoding, or for no response, the
// bytes.
#include <iostls/options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_error.hpp>

#include <string>
#include <vector>

#include "credentials/ocsp_response.hpp"
#include "fixture.hpp"
#include "fuzz_input.hpp"
#include "ocsp.hpp"
#include "pem.hpp"

namespace iostls {
namespace fuzz {
namespace {

using detail::ocsp_answer;

ocsp_answer read(const std::string& bytes) {
  static const auto leaf = test::certificate_from(test::localhost().certificate);
  static const auto issuer = test::certificate_from(test::test_authority().certificate());
  const ocsp_answer answer = detail::read_ocsp_response(bytes, leaf.get(), issuer.get(), 2);
  expect((answer.result == ocsp_result::good) == answer.words.empty(), "a reason is given");
  ERR_clear_error();
  return answer;
}

const std::vector<std::string>& responses() {
  static const std::vector<std::string> made = [] {
    const test::authority& root = test::test_authority();
    const std::string& ours = test::localhost().certificate;
    test::ocsp_options revoked, unknown, delegated;
    revoked.status = V_OCSP_CERTSTATUS_REVOKED;
    unknown.status = V_OCSP_CERTSTATUS_UNKNOWN;
    unknown.has_next_update = false;
    test::leaf_options responder;
    responder.extended_key_usage = "OCSPSigning";
    delegated.signer = root.leaf(responder);
    return std::vector<std::string>{
        test::ocsp_response(root, {ours}),
        test::ocsp_response(root, {root.leaf().certificate, ours}, revoked),
        test::ocsp_response(root, {ours}, unknown),
        test::ocsp_response(root, {ours}, delegated),
        test::ocsp_response(root, {root.leaf().certificate}),
        test::ocsp_error(OCSP_RESPONSE_STATUS_TRYLATER)};
  }();
  return made;
}

bool loads(const std::string& bytes) {
  context_options options = test::server_options();
  options.ca_certificates = pem_text(test::test_authority().certificate());
  options.ocsp_response = ocsp_source::from_bytes(bytes);
  try {
    ssl_context::server(options);
  } catch (const ssl_error& e) {
    expect(e.code() == ssl_errc::bad_credentials, e.what());
    expect(e.operation() == "ocsp_response", "the error names the option");
    expect_no_openssl_error();
    return false;
  }
  expect_no_openssl_error();
  return true;
}

// A block of PEM is not what a client gets.
bool is_der(const std::string& bytes) { return !bytes.empty() && bytes[0] == '\x30'; }

}  // namespace

void prepare() { responses(); }

void run(fuzz_input input) {
  const std::size_t which = input.byte() % (responses().size() + 1);
  const bool is_made = which != responses().size();
  std::string bytes = is_made ? responses()[which] : input.rest();
  while (is_made && !input.empty()) edit(bytes, input);
  const ocsp_answer answer = read(bytes);
  if (answer.result != ocsp_result::invalid) {
    expect(is_made, "nobody else has the key");
    const ocsp_answer before = read(responses()[which]);
    expect(answer.result == before.result && answer.from == before.from &&
               answer.until == before.until && answer.words == before.words,
           "what was signed is what is read");
  }
  const bool loaded = loads(bytes);
  if (is_der(bytes)) {
    expect(loaded == (answer.result != ocsp_result::invalid), "a server takes what clients do");
  }
}

}  // namespace fuzz
}  // namespace iostls
