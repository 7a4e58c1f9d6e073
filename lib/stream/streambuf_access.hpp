// SPDX-License-Identifier: Apache-2.0
// Access to an ssl_streambuf for the library's own streams.
#pragma once

#include <ios>
#include <memory>

#include <iostls/ssl_streambuf.hpp>

#include "engine/engine.hpp"

namespace iostls {
namespace detail {

class streambuf_access {
 public:
  // The streams whose state bits and exceptions() belong to input and output. Null: failures are
  // thrown.
  static void attach(ssl_streambuf& buffer, std::ios* input, std::ios* output) noexcept;

  // If no other thread uses the buffer: pending output belongs to the thread that uses it next.
  static void hand_over(ssl_streambuf& buffer) noexcept;

  // Allocates the buffer's members, if that must not be left to its first use.
  static void prepare(ssl_streambuf& buffer);
  static void try_to_prepare(ssl_streambuf& buffer) noexcept;

  // Closes the present connection, as the destructor would, and forgets it and its failures.
  static void leave(ssl_streambuf& buffer);

  // The same after a failed opening, which the buffer reports from now on.
  static void fail_opening(ssl_streambuf& buffer, const ssl_error& why);

  // How often cancel() was called.
  static unsigned cancellations(ssl_streambuf& buffer) noexcept;

  // While this object exists, that is, while connecting, the buffer's cancel() makes `wake()` readable.
  class dial {
   public:
    explicit dial(ssl_streambuf& buffer);
    dial(const dial&) = delete;
    dial& operator=(const dial&) = delete;
    ~dial();
    int wake() const noexcept { return wake_; }
    // Whether cancel() was called meanwhile.
    bool canceled() const noexcept;

   private:
    ssl_streambuf::impl& impl_;
    int wake_ = -1;
  };

  // Open a buffer that is not open; its expiry and area size stay. A descriptor is taken over only if
  // nothing is thrown.
  static void open(ssl_streambuf& buffer, std::unique_ptr<engine> connection) noexcept;
  static void open(ssl_streambuf& buffer, int fd, const ssl_context& context,
                   const connection_options& options);
  static void open(ssl_streambuf& buffer, std::unique_ptr<transport> transport,
                   const ssl_context& context, const connection_options& options);

  // Returns the connection of an open buffer, which is not open any more then.
  static std::unique_ptr<engine> take(ssl_streambuf& buffer) noexcept;

  // Makes the descriptor, with which an open buffer was made that nobody has used, the caller's again.
  static void give_back_descriptor(ssl_streambuf& buffer) noexcept;

  static engine* connection(const ssl_streambuf& buffer) noexcept;

  // Throws the refusals of `update_keys`.
  static void require_key_update(ssl_streambuf& buffer);
};

}  // namespace detail
}  // namespace iostls
