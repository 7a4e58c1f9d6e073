// SPDX-License-Identifier: Apache-2.0
#include "transport_bio.hpp"

namespace iostls {
namespace detail {

void transport_bio::deposit(const io_result& result, std::size_t size) noexcept {
  dry_ = result.count < size;
  if (result.error) {
    input_error_ = result.error;
  } else if (result.count == 0) {
    ended_ = true;
  }
}

// False if there is nothing now but may be later; `got` is 0 then, and at the end.
bool transport_bio::read(char* data, std::size_t size, std::size_t& got) noexcept {
  got = 0;
  if (busy_) return false;  // ahead_ is in the hands of another thread
  got = ahead_.take(data, size);
  if (got != 0 || input_ended()) return true;
  if (dry_) return false;
  const io_result r = carrier_->read_some(data, size);
  if (r.error == std::errc::operation_would_block) {
    dry_ = true;
    return false;
  }
  deposit(r, size);
  got = r.count;
  return true;
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
  const auto* const self = static_cast<const transport_bio*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return !self->busy_ && self->ended_ && !self->has_input() ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* transport_bio::method() noexcept {
  // Never freed: connections with static storage may outlive this library's own statics.
  static BIO_METHOD* const instance = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "iostls transport");
    if (m != nullptr) {
      BIO_meth_set_create(m, on_create);
      BIO_meth_set_read_ex(m, on_read);
      BIO_meth_set_write_ex(m, on_write);
      BIO_meth_set_ctrl(m, on_ctrl);
    }
    return m;
  }();
  return instance;
}

BIO* transport_bio::new_bio() noexcept {
  BIO_METHOD* const m = method();
  BIO* const bio = m != nullptr ? BIO_new(m) : nullptr;
  if (bio != nullptr) BIO_set_data(bio, this);
  return bio;
}

}  // namespace detail
}  // namespace iostls
