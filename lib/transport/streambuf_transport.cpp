// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <iostls/ssl_error.hpp>
#include <iostls/ssl_streambuf.hpp>
#include <iostls/transport.hpp>

#include "base/guarded_cast.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace {

using traits = std::char_traits<char>;

// The error code of a streambuf's exception, if it has one.
template <class Call>
std::error_code guarded(Call call) {
  try {
    return call();
  } catch (detail::forced_unwind&) {
    throw;
  } catch (const std::system_error& e) {
    return e.code();
  } catch (...) {
    return std::make_error_code(std::errc::io_error);
  }
}

// A buffer that asks for a later attempt may do so at once, for ever: there is no event that shows
// when to try again.
std::error_code waited_for(std::error_code result) noexcept {
  return result == std::errc::operation_would_block ? make_error_code(ssl_errc::timed_out) : result;
}

// Why a buffer could not be synchronised. A buffer of this library keeps the reason; others only
// return -1.
std::error_code failure_of(const std::streambuf& buffer) {
  const auto* const tls = detail::guarded_cast<const ssl_streambuf>(&buffer);
  const std::error_code kept = tls != nullptr ? tls->error() : std::error_code();
  return kept ? kept : std::make_error_code(std::errc::io_error);
}

}  // namespace

io_result streambuf_transport::read_some(void* data, std::size_t size) {
  io_result result;
  if (ended_) return result;
  result.error = guarded([&]() -> std::error_code {
    char* const to = static_cast<char*>(data);
    const std::streamsize there = buffer_.in_avail();
    if (there > 0) {
      const auto wanted = std::min<std::streamsize>(there, static_cast<std::streamsize>(size));
      result.count = static_cast<std::size_t>(buffer_.sgetn(to, wanted));
    } else if (peeked_ && size != 0) {
      // A buffer without a get area can provide only the character that was waited for.
      const traits::int_type c = buffer_.sbumpc();
      if (!traits::eq_int_type(c, traits::eof())) {
        *to = traits::to_char_type(c);
        result.count = 1;
      }
    }
    peeked_ = false;
    if (result.count == 0) return std::make_error_code(std::errc::operation_would_block);
    return {};
  });
  return result;
}

// Bytes that were accepted but not synchronised count as not written, so that the caller tries
// again. A caller that repeats a failed write passes the same characters again: the buffer has the
// first of them already.
io_result streambuf_transport::write_some(const void* data, std::size_t size) {
  const std::size_t known = std::min(unsynchronised_, size);
  std::size_t taken = known;
  if (known != size) {
    const std::error_code failed = put(static_cast<const char*>(data) + known, size - known, taken);
    if (failed) return {0, failed};
    if (taken == 0) return {0, std::make_error_code(std::errc::broken_pipe)};
    unsynchronised_ = taken;
  }
  const std::error_code failed = guarded([&]() -> std::error_code {
    if (buffer_.pubsync() == -1) return failure_of(buffer_);
    return {};
  });
  if (failed) return {0, waited_for(failed)};
  unsynchronised_ -= taken;
  return {taken, {}};
}

// Adds to `taken`. A buffer that throws does not report how much it has accepted: another attempt
// could write some bytes twice. So there is none, and waiting for one would be useless.
std::error_code streambuf_transport::put(const char* data, std::size_t size, std::size_t& taken) {
  if (output_error_) return output_error_;
  output_error_ = guarded([&]() -> std::error_code {
    const std::streamsize n = buffer_.sputn(data, static_cast<std::streamsize>(size));
    if (n > 0) taken += static_cast<std::size_t>(n);
    return {};
  });
  if (output_error_ == std::errc::operation_would_block || output_error_ == ssl_errc::timed_out) {
    output_error_ = std::make_error_code(std::errc::io_error);
  }
  return output_error_;
}

std::error_code streambuf_transport::wait(event what, time_point deadline) {
  if (canceled_) return std::make_error_code(std::errc::operation_canceled);
  if (what == event::readable && ended_) return {};
  if (std::chrono::steady_clock::now() >= deadline) {
    return std::make_error_code(std::errc::timed_out);
  }
  if (what == event::writable) return {};
  return waited_for(guarded([&]() -> std::error_code {
    peeked_ = !traits::eq_int_type(buffer_.sgetc(), traits::eof());
    ended_ = !peeked_;
    return {};
  }));
}

// A streambuf has no half-close; what was written has been synchronised.
void streambuf_transport::shutdown_write() noexcept {}

void streambuf_transport::cancel() noexcept { canceled_ = true; }

void streambuf_transport::wake() noexcept {
  auto* const tls = detail::guarded_cast<ssl_streambuf>(&buffer_);
  if (tls != nullptr) tls->wake();
}

// There is no way to wait for the end of a streambuf with a time limit.
bool streambuf_transport::lingers() const noexcept { return false; }

std::error_code streambuf_transport::close() noexcept { return {}; }

}  // namespace iostls
