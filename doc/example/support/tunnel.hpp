// SPDX-License-Identifier: Apache-2.0
// A TLS connection on one side, another stream on the other, and bytes both ways.
#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <thread>

#include <iostls/ssl_duplex.hpp>

#include "copy.hpp"

namespace example {

// The side that is not TLS. The two streams are used by a thread each.
struct plain_side {
  std::istream& in;
  std::ostream& out;
  std::function<void()> end_output;  // announces that nothing more will come
  std::function<void()> break_off;   // wakes a thread that waits in `in` or `out`
};

// Copies until both sides have ended their output, or one has failed: then the other is broken off.
// Whether it was TLS that failed is for `tls.error()` to tell.
inline void tunnel(iostls::ssl_stream& tls, const plain_side& plain) {
  iostls::ssl_duplex both(tls);
  std::thread inward([&] {
    copy(both.in(), plain.out);
    if (both.in().bad() || !plain.out) {
      tls.cancel();
      plain.break_off();
    } else {
      plain.end_output();
    }
  });
  copy(plain.in, both.out());
  if (plain.in.bad() || !both.out()) {
    tls.cancel();
    plain.break_off();
  } else {
    tls.shutdown_write();
  }
  inward.join();
}

}  // namespace example
