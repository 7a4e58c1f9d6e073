// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_duplex.hpp>

#include "stream/streambuf_access.hpp"

namespace iostls {

ssl_duplex::ssl_duplex(ssl_stream& stream)
    : stream_(stream), in_(stream.rdbuf()), out_(stream.rdbuf()) {
  in_.clear(stream.rdstate());
  out_.clear(stream.rdstate());
  // Operations that may throw come first, so that the stream is unchanged if they do.
  in_.exceptions(stream.exceptions());
  out_.exceptions(stream.exceptions());
  stream.rdbuf()->flush_on_read(false);
  detail::streambuf_access::attach(*stream.rdbuf(), &in_, &out_);
}

ssl_duplex::~ssl_duplex() {
  stream_.rdbuf()->flush_on_read(true);
  stream_.attach();
  // The next thread that uses the stream sends what the writing thread has left there.
  detail::streambuf_access::hand_over(*stream_.rdbuf());
}

}  // namespace iostls
