// SPDX-License-Identifier: Apache-2.0
#include "negotiation/message_trace.hpp"

#include <cstddef>
#include <exception>
#include <ios>
#include <memory>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "negotiation/message_text.hpp"
#include "openssl/ssl_ex_data.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {
namespace {

// Of one connection alone: SSL_dup leaves it out, since the copy may outlive the ostream.
struct trace_target {
  explicit trace_target(std::ostream& o) noexcept : out(o) {}
  trace_target(const trace_target&) = delete;
  trace_target& operator=(const trace_target&) = delete;
  ~trace_target() = default;

  std::ostream& out;
};

using target_slot = ssl_ex_data<trace_target>;

// Not by write(), which would flush the stream that `out` is tied to: cerr is tied to cout, and that
// may be the connection.
void put(std::ostream& out, const std::string& text) {
  if (!out.good() || out.rdbuf() == nullptr) return;
  const auto size = static_cast<std::streamsize>(text.size());
  std::streamsize written = 0;
  try {
    written = out.rdbuf()->sputn(text.data(), size);
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): badbit reports it
  }
  if (written != size) out.setstate(std::ios::badbit);
}

// A message is one call of the buffer. The connection continues, whatever that throws, and even if
// memory is short.
extern "C" void trace_message(int is_write, int version, int kind, const void* data,
                              std::size_t size, SSL* ssl, void* /*arg*/) noexcept {
  const trace_target* const target = target_slot::get(ssl);
  if (target == nullptr) return;
  const no_cancellation uncanceled;
  try {
    const std::string text =
        message_text(ssl, is_write != 0, version, kind, {static_cast<const char*>(data), size});
    if (!text.empty()) put(target->out, text);
  } catch (...) {  // NOLINT(bugprone-empty-catch): see above
  }
}

}  // namespace

void apply_message_trace(SSL* ssl, std::ostream* out) {
  if (out == nullptr) return;
  target_slot::put(ssl, *out);
  SSL_set_msg_callback(ssl, trace_message);
}

bool has_message_trace(const SSL* ssl) noexcept { return target_slot::get(ssl) != nullptr; }

}  // namespace detail
}  // namespace iostls
