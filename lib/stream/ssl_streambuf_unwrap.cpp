// SPDX-License-Identifier: Apache-2.0
// Ending TLS on a connection that goes on in plaintext.
#include <exception>
#include <typeinfo>
#include <utility>

#include "base/guarded_cast.hpp"
#include "stream/ssl_streambuf_impl.hpp"
#include "transport/descriptor_transport.hpp"

namespace iostls {
namespace {

// Streams make a descriptor_transport of each descriptor. What a program gets from proxied_socket() is
// of a class derived from it.
unwrapped_connection handed_over(std::unique_ptr<transport> over, std::string input) {
  unwrapped_connection rest;
  rest.input = std::move(input);
  auto* const ours = detail::guarded_cast<detail::descriptor_transport>(over.get());
  if (ours != nullptr && typeid(*ours) == typeid(detail::descriptor_transport)) {
    rest.fd = ours->release();
  } else {
    rest.transport = std::move(over);
  }
  return rest;
}

}  // namespace

unwrapped_connection ssl_streambuf::unwrap() {
  impl& m = opened("unwrap");
  try {
    m.report_postponed();
    if (gptr() != egptr()) {
      throw detail::make_error(
          std::make_error_code(std::errc::device_or_resource_busy), "unwrap",
          std::to_string(egptr() - gptr()) + " characters of input were not read");
    }
    m.claim_output();
    m.encrypt_area();
    detail::engine::remains rest = m.connection->unwrap();
    m.put.release();
    discard_input(m);
    m.failures.settled();
    return handed_over(std::move(rest.over), std::move(rest.input));
  } catch (const std::exception& e) {
    m.recorded(e);
    m.release_useless_area();
    detail::throw_as_ssl_error(e);
  }
}

}  // namespace iostls
