// SPDX-License-Identifier: Apache-2.0
/// \file
/// Full duplex: one thread reads from a connection while another one writes.
#pragma once

#include <istream>
#include <ostream>

#include <iostls/export.hpp>
#include <iostls/ssl_stream.hpp>

namespace iostls {

/// Two views of a stream: `in()` for a thread that reads, `out()` for a thread that writes.
///
/// Each view has its own state bits and `exceptions()`, at first those of the stream. Meanwhile, do not
/// use the stream's own operators; reading never flushes. `close()` and `shutdown_write()` belong to the
/// thread that writes; a reader that is blocked while the other thread closes ends with `closed`. Either
/// thread may call `cancel()`, `error()` and `info()`. Neither waits for the other longer than one call
/// of OpenSSL takes.
/// \code
///   ssl_duplex d(stream);
///   std::thread reader([&] { std::string line; while (getline(d.in(), line)) show(line); });
///   while (getline(std::cin, line)) d.out() << line << std::endl;
///   stream.shutdown_write();
///   reader.join();
/// \endcode
class IOSTLS_EXPORT ssl_duplex {
 public:
  /// The stream must outlive this object, and must not be moved or swapped meanwhile. Throws
  /// std::ios_base::failure if the stream's state has a bit that its `exceptions()` has; the stream
  /// is unchanged then.
  explicit ssl_duplex(ssl_stream& stream);
  ssl_duplex(const ssl_duplex&) = delete;
  ssl_duplex& operator=(const ssl_duplex&) = delete;
  /// Gives the stream its operators back; both threads must have finished.
  ~ssl_duplex();

  std::istream& in() noexcept { return in_; }
  std::ostream& out() noexcept { return out_; }

 private:
  ssl_stream& stream_;
  std::istream in_;
  std::ostream out_;
};

}  // namespace iostls
