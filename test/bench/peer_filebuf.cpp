// SPDX-License-Identifier: Apache-2.0
// Plain text through libstdc++'s filebuf over a descriptor: what iostreams can do at best.
#include <ext/stdio_filebuf.h>

#include <istream>
#include <ostream>

#include <sys/socket.h>
#include <unistd.h>

#include "stream_end.hpp"

namespace bench {
namespace {

// A filebuf goes one way only, unless it is told to seek in between.
class filebuf_end : public stream_end {
 public:
  explicit filebuf_end(int fd)
      : fd_(fd),
        in_buffer_(dup(fd), std::ios::in),
        out_buffer_(fd, std::ios::out),
        in_(&in_buffer_),
        out_(&out_buffer_) {}

  void finish() override {
    flush();
    ::shutdown(fd_, SHUT_WR);
  }
  std::ostream* out() override { return &out_; }
  std::istream* in() override { return &in_; }

 private:
  const int fd_;
  __gnu_cxx::stdio_filebuf<char> in_buffer_;
  __gnu_cxx::stdio_filebuf<char> out_buffer_;
  std::istream in_;
  std::ostream out_;
};

class filebuf_peer : public descriptor_peer {
 public:
  std::unique_ptr<end> server_end(int fd) override { return std::make_unique<filebuf_end>(fd); }
  std::unique_ptr<end> client_end(int fd) override { return std::make_unique<filebuf_end>(fd); }
};

}  // namespace

std::unique_ptr<peer> make_stdio_filebuf(const setting& /*s*/) {
  return std::make_unique<filebuf_peer>();
}

}  // namespace bench
