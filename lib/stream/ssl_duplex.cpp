// SPDX-License-Identifier: Apache-2.0
#include <iostls/ssl_duplex.hpp>

#include "stream/streambuf_access.hpp"

namespace iostls {

ssl_duplex::ssl_duplex(ssl_stream& stream)
    : stream_(stream), in_(stream.rdbuf()), out_(stream.rdbuf()) {
  in_.clear(stream.rdstate());
  out_.clear(stream.rdstate());
  // What may throw comes first: the stream stays as it was then.
  in_.exceptions(stream.exceptions());
  out_.exceptions(stream.exceptions());
  stream.rdbuf()->flush_on_read(false);
  detail::streambuf_access::attach(*stream.rdbuf(), &in_, &out_);
}

ssl_duplex::~ssl_duplex() {
  stream_.rdbuf()->flush_on_read(true);
  stream_.attach();
  // What the thread that wrote has left there, whoever uses the stream now sends.
  detail::streambuf_access::hand_over(*stream_.rdbuf());
}

}  // namespace iostls
