// SPDX-License-Identifier: Apache-2.0
// Allocations fail where a descriptor is about to be taken over, or is only lent: it stays the caller's.
#include <functional>
#include <new>
#include <string>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "descriptor.hpp"
#include "failing_memory.hpp"
#include "files.hpp"
#include "fixture.hpp"
#include "long_names.hpp"
#include "memory_sweep.hpp"

namespace iostls {
namespace test {
namespace {

// Throws and leaves the descriptor; or returns, and has closed it if it took it over.
using user = std::function<void(int fd)>;

enum class then { closed, kept };

class memory_with_a_descriptor : public memory_sweep {
 protected:
  // What is wrong after one attempt. The peer's address is longer than what a string holds without
  // memory.
  std::string fault_of(const user& use, then wanted, const std::string& sent) {
    descriptor client(connect_local(path_));
    const descriptor server(listener_.accept());
    if (!write_raw(server.get(), sent)) return "nothing could be sent";
    try {
      const memory_exposure during;
      use(client.get());
    } catch (const ssl_error&) {
      wanted = then::kept;
    } catch (const std::bad_alloc&) {
      wanted = then::kept;
    }
    const bool is_open = write_raw(client.get(), "x");
    if (!is_open) client.release();
    if (is_open == (wanted == then::kept)) return "";
    return is_open ? "the descriptor is still open" : "the descriptor is closed";
  }

  void expect(then wanted, const user& use, const std::string& sent = "x") {
    sweep_sample([&] { return fault_of(use, wanted, sent); }, 40, 1000);
  }

  const temp_dir folder_;
  const std::string path_ = folder_.path() + "/a-path-that-no-small-string-holds";
  local_listener listener_{path_};
};

TEST_F(memory_with_a_descriptor, that_runs_short_of_a_proxied_socket_leaves_it) {
  proxy_header header;
  header.source = long_name;
  header.destination = other_long_name;
  expect(then::closed, [&](int fd) { proxied_socket(fd, header); });
}

TEST_F(memory_with_a_descriptor, that_runs_short_of_the_header_of_a_proxy_leaves_it) {
  expect(
      then::kept, [](int fd) { read_proxy_header(fd); },
      "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe "
      "65535 65535\r\n");
}

TEST_F(memory_with_a_descriptor, that_runs_short_of_a_look_at_it_leaves_it) {
  expect(then::kept, [](int fd) { looks_like_tls(fd); });
}

TEST_F(memory_with_a_descriptor, that_runs_short_of_a_transport_leaves_it) {
  expect(then::closed, [](int fd) { const socket_transport taken(fd); });
}

// A stream whose client has sent nothing does not wait for it at the end.
TEST_F(memory_with_a_descriptor, that_runs_short_of_a_stream_leaves_it) {
  const ssl_context context = ssl_context::server(server_options());
  const user makes = [&](int fd) { const ssl_server_stream taken(fd, context); };
  expect(then::closed, makes, "");
}

TEST_F(memory_with_a_descriptor, that_runs_short_of_a_stream_that_accepts_it_leaves_it) {
  const ssl_context context = ssl_context::server(server_options());
  const user accepts = [&](int fd) {
    ssl_server_stream taken(context);
    taken.accept(fd);
  };
  expect(then::closed, accepts, "");
}

}  // namespace
}  // namespace test
}  // namespace iostls
