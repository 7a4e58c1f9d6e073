// SPDX-License-Identifier: Apache-2.0
#include "engine/transport_bio.hpp"

#include <array>
#include <cerrno>
#include <new>

#include "openssl/error.hpp"
#include "system/retried_once.hpp"
#include "transport/transport_calls.hpp"

namespace iostls {
namespace detail {
namespace {

// How much is asked for at once: so little that malloc(3) has it readily available, where all
// messages are small; a flight of a handshake, or a request; a record; four of them.
constexpr std::array<std::size_t, 4> ahead_sizes = {1024, large_buffer_size / 16,
                                                    large_buffer_size / 4, large_buffer_size};
constexpr std::size_t first_ahead_step = 1;

}  // namespace

transport_bio::transport_bio() : ahead_step_(first_ahead_step) {}

std::size_t transport_bio::ahead_size() const noexcept { return ahead_sizes[ahead_step_]; }

void transport_bio::deposit(const io_result& result) noexcept {
  if (is_would_block(result.error)) {
    dry_ = true;
    if (ahead_.empty()) ahead_.release();
    return;
  }
  const std::size_t asked = ahead_size();
  dry_ = result.count < asked;
  if (result.count == asked) {
    if (asked != ahead_sizes.back()) ++ahead_step_;
  } else if (result.count < asked / 8) {
    if (asked != ahead_sizes.front()) --ahead_step_;
  }
  ahead_.commit(result.count);
  const std::string_view input(ahead_.data() + ahead_.size() - result.count, result.count);
  if (keeps_first_) keep_first(input);
  if (result.count != 0) has_heard_ = true;
  traffic_->add_received(input);
  if (counters_ != nullptr) counters_->add_received(result.count);
  if (ahead_.empty()) ahead_.release();
  if (result.error) {
    input_error_ = result.error;
  } else if (result.count == 0) {
    ended_ = true;
  }
}

void transport_bio::keep_first(std::string_view input) noexcept {
  const std::size_t more = input.copy(first_.data() + first_size_, first_.size() - first_size_);
  first_size_ = static_cast<unsigned char>(first_size_ + more);
}

bool transport_bio::look() noexcept {
  const std::size_t size = ahead_size();
  portion_ += size;
  try {
    const io_result r = read_some(*transport_, ahead_.prepare(size), size);
    deposit(r);
    return !is_would_block(r.error);
  } catch (const std::bad_alloc&) {
    input_error_ = std::make_error_code(std::errc::not_enough_memory);
    return true;
  }
}

// False if there is nothing now but may be later; `got` is 0 then, and at the end.
bool transport_bio::read(char* data, std::size_t size, std::size_t& got) noexcept {
  got = 0;
  if (busy_) return false;  // another thread is using ahead_
  if (!has_input() && !input_ended() && (dry_ || portion_ >= large_buffer_size || !look())) {
    return false;
  }
  got = ahead_.take(data, size);
  reported_end_ = got == 0;
  if (record_ != nullptr && !record(data, got)) got = 0;
  return true;
}

bool transport_bio::record(const char* data, std::size_t size) noexcept {
  if (record_->size() + size > most_recorded) {
    has_lost_record_ = true;
    stop_recording();
    return true;
  }
  try {
    record_->append(data, size);
    return true;
  } catch (const std::bad_alloc&) {
    input_error_ = std::make_error_code(std::errc::not_enough_memory);
    return false;
  }
}

void transport_bio::replay() {
  byte_buffer again;
  again.append(recorded().data(), recorded().size());
  again.append(ahead_.data(), ahead_.size());
  ahead_.swap(again);
  stop_recording();
}

int transport_bio::on_create(BIO* bio) noexcept {
  BIO_set_init(bio, 1);
  return 1;
}

int transport_bio::on_read(BIO* bio, char* data, std::size_t size, std::size_t* got) noexcept {
  auto* const self = static_cast<transport_bio*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (!self->read(data, size, *got)) BIO_set_retry_read(bio);
  return *got != 0 ? 1 : 0;
}

int transport_bio::on_write(BIO* bio, const char* data, std::size_t size,
                            std::size_t* put) noexcept {
  auto* const self = static_cast<transport_bio*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  try {
    self->gathered_.append(data, size);
  } catch (...) {
    *put = 0;
    return 0;
  }
  *put = size;
  return 1;
}

long transport_bio::on_ctrl(BIO* bio, int command, long /*number*/, void* /*pointer*/) noexcept {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command != BIO_CTRL_EOF) return 0;
  const auto* const self = static_cast<const transport_bio*>(BIO_get_data(bio));
  return !self->busy_ && self->ended_ && !self->has_input() ? 1 : 0;
}

BIO_METHOD* transport_bio::method() noexcept {
  // Never freed: connections with static storage may outlive this library's own static objects.
  static retried_once<BIO_METHOD*, nullptr> instance;
  // All libraries share about a hundred of these numbers: a failed attempt must not lose one.
  static retried_once<int, -1> number;
  return instance.get([] {
    const int type = number.get(BIO_get_new_index) | BIO_TYPE_SOURCE_SINK;
    BIO_METHOD* const m = BIO_meth_new(type, "iostls transport");
    if (m != nullptr) {
      BIO_meth_set_create(m, on_create);
      BIO_meth_set_read_ex(m, on_read);
      BIO_meth_set_write_ex(m, on_write);
      BIO_meth_set_ctrl(m, on_ctrl);
    }
    return m;
  });
}

BIO* transport_bio::new_bio() noexcept {
  BIO_METHOD* const m = method();
  BIO* const bio = m != nullptr ? BIO_new(m) : nullptr;
  if (bio != nullptr) BIO_set_data(bio, this);
  return bio;
}

void transport_bio::serve(SSL* ssl, const char* operation) {
  BIO* const bio = new_bio();
  if (bio == nullptr) throw make_error(system_code(ENOMEM), operation);
  SSL_set_bio(ssl, bio, bio);
  attach_traffic_counts(ssl, traffic_);
}

}  // namespace detail
}  // namespace iostls
