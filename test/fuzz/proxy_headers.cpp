// SPDX-License-Identifier: Apache-2.0
// Headers of the PROXY protocol: what a stranger sends in front of TLS.
//
// Input: the bytes of a connection.
#include <cstddef>
#include <string>
#include <string_view>

#include <iostls/proxy_header.hpp>

#include "fuzz_input.hpp"
#include "transport/proxy_protocol.hpp"

namespace iostls {
namespace fuzz {
namespace {

struct outcome {
  std::size_t taken;
  proxy_header header;
  std::string fault;
};

outcome parsed(std::string_view bytes) {
  outcome result{};
  result.taken = detail::parse_proxy_header(bytes, result.header, result.fault);
  return result;
}

void look_at(std::string_view bytes) {
  const outcome whole = parsed(bytes);
  expect(whole.taken <= bytes.size(), "no more is taken than there is");
  expect(whole.taken == 0 || whole.fault.empty(), "a header that is taken has no fault");
  expect(whole.taken != 0 || !whole.header.has_client() || !whole.fault.empty(),
         "nobody is named by what is no header");
  if (whole.taken == 0) return;
  expect(whole.header.version == 1 || whole.header.version == 2, "a header has a version");
  for (std::size_t size = 0; size < whole.taken; ++size) {
    const outcome part = parsed(bytes.substr(0, size));
    expect(part.taken == 0 && part.fault.empty(), "the beginning of a header waits for the rest");
  }
  const outcome alone = parsed(bytes.substr(0, whole.taken));
  expect(alone.taken == whole.taken && alone.header.source == whole.header.source,
         "what follows a header does not matter");
}

}  // namespace

void prepare() {}

void run(fuzz_input input) { look_at(input.rest()); }

}  // namespace fuzz
}  // namespace iostls
