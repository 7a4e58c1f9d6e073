// SPDX-License-Identifier: Apache-2.0
#include "transport/transport_calls.hpp"

#include <new>
#include <string>

#include "base/immortal.hpp"
#include "system/thread_cancellation.hpp"

namespace iostls {
namespace detail {
namespace {

enum class mistake { miscounted = 1, thrown };

class mistake_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "transport"; }
  std::string message(int value) const override {
    return value == static_cast<int>(mistake::miscounted)
               ? "the transport is broken: it counts more bytes than it was given"
               : "the transport is broken: it has thrown what is no std::system_error";
  }
};

std::error_code code_of(mistake m) noexcept {
  return {static_cast<int>(m), immortal<mistake_category>()};
}

bool means_not_now(const std::error_code& code) noexcept {
  return code == std::errc::operation_would_block ||
         code == std::errc::resource_unavailable_try_again || code == std::errc::interrupted ||
         code == ssl_errc::woken;
}

io_result judged(io_result r, std::size_t size) noexcept {
  if (r.count > size) return {0, code_of(mistake::miscounted)};
  if (!r.error) return r;
  if (means_not_now(r.error)) r.error = std::make_error_code(std::errc::operation_would_block);
  if (r.count != 0 && r.error == std::errc::operation_would_block) r.error.clear();
  return r;
}

template <class Call>
io_result guarded(std::size_t size, Call call) {
  try {
    return judged(call(), size);
  } catch (forced_unwind&) {
    throw;
  } catch (const std::system_error& e) {
    return judged({0, e.code()}, size);
  } catch (const std::bad_alloc&) {
    return {0, std::make_error_code(std::errc::not_enough_memory)};
  } catch (...) {
    return {0, code_of(mistake::thrown)};
  }
}

io_result written(io_result r) noexcept {
  if (r.count == 0 && !r.error) r.error = std::make_error_code(std::errc::operation_would_block);
  return r;
}

}  // namespace

io_result read_some(transport& transport, void* data, std::size_t size) {
  io_result r = guarded(size, [&] { return transport.read_some(data, size); });
  // The call was not to wait, so no time can have passed.
  if (is_timed_out(r.error)) r.error = std::make_error_code(std::errc::operation_would_block);
  return r;
}

io_result wait_and_read(transport& transport, void* data, std::size_t size,
                        transport::time_point deadline) {
  return guarded(size, [&] { return transport.wait_and_read(data, size, deadline); });
}

io_result write_some(transport& transport, const void* data, std::size_t size) {
  return written(guarded(size, [&] { return transport.write_some(data, size); }));
}

io_result write_or_wait(transport& transport, const void* data, std::size_t size,
                        transport::time_point deadline) {
  return written(guarded(size, [&] { return transport.write_or_wait(data, size, deadline); }));
}

}  // namespace detail
}  // namespace iostls
