// SPDX-License-Identifier: Apache-2.0
#include "transports.hpp"

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <iostls/ssl_stream.hpp>

#include "fixture.hpp"
#include "memory_transport.hpp"
#include "terminal.hpp"

namespace iostls {
namespace test {
namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::system_category(), what);
}

std::function<fault(std::uint64_t)> mood(unsigned seed) {
  return [random = std::mt19937(seed)](std::uint64_t) mutable {
    if (random() % 3 == 0) return fault::would_block();
    return fault::at_most(1 + random() % 700);
  };
}

std::unique_ptr<transport> moody(std::unique_ptr<transport> inner, unsigned seed) {
  const auto script = std::make_shared<transport_script>();
  script->on_read = mood(seed);
  script->on_write = mood(seed + 1);
  return faulty_transport(std::move(inner), script);
}

struct outer_streams {
  explicit outer_streams(tls_version v, descriptor_pair pair = socket_pair())
      : client(make_stream(role::client, std::move(pair.a), client_options(v))),
        server(make_stream(role::server, std::move(pair.b), server_options(v))) {
    // Two threads may use the inner connection, and the put area belongs to the one that writes.
    client->rdbuf()->flush_on_read(false);
    server->rdbuf()->flush_on_read(false);
  }
  outer_streams(const outer_streams&) = delete;
  outer_streams& operator=(const outer_streams&) = delete;
  ~outer_streams() {  // without waiting for each other's end
    client->cancel();
    server->cancel();
  }

  std::unique_ptr<ssl_stream> client, server;
};

}  // namespace

void byte_way::put(const char* data, std::size_t size) {
  const std::lock_guard<std::mutex> hold(lock_);
  data_.insert(data_.end(), data, data + size);
  changed_.notify_all();
}

std::size_t byte_way::take(char* data, std::size_t size) {
  std::unique_lock<std::mutex> hold(lock_);
  changed_.wait(hold, [&] { return ended_ || !data_.empty(); });
  const std::size_t n = std::min(size, data_.size());
  const auto end = data_.begin() + static_cast<std::ptrdiff_t>(n);
  std::copy(data_.begin(), end, data);
  data_.erase(data_.begin(), end);
  return n;
}

std::size_t byte_way::available() {
  const std::lock_guard<std::mutex> hold(lock_);
  return data_.size();
}

void byte_way::end() {
  const std::lock_guard<std::mutex> hold(lock_);
  ended_ = true;
  changed_.notify_all();
}

way_buffer::way_buffer(std::shared_ptr<byte_way> in, std::shared_ptr<byte_way> out)
    : in_(std::move(in)), out_(std::move(out)) {}

way_buffer::int_type way_buffer::underflow() {
  const std::size_t n = in_->take(area_, sizeof area_);
  setg(area_, area_, area_ + n);
  return n != 0 ? traits_type::to_int_type(*gptr()) : traits_type::eof();
}

way_buffer::int_type way_buffer::overflow(int_type c) {
  const char character = traits_type::to_char_type(c);
  out_->put(&character, 1);
  return c;
}

std::streamsize way_buffer::xsputn(const char* data, std::streamsize size) {
  out_->put(data, static_cast<std::size_t>(size));
  return size;
}

std::streamsize way_buffer::showmanyc() { return static_cast<std::streamsize>(in_->available()); }

io_result two_descriptors::read_some(void* data, std::size_t size) noexcept {
  return in_.read_some(data, size);
}

io_result two_descriptors::write_some(const void* data, std::size_t size) noexcept {
  return out_.write_some(data, size);
}

std::error_code two_descriptors::wait(event what, time_point deadline) noexcept {
  return (what == event::readable ? in_ : out_).wait(what, deadline);
}

void two_descriptors::shutdown_write() noexcept { static_cast<void>(out_.close()); }

void two_descriptors::cancel() noexcept {
  in_.cancel();
  out_.cancel();
}

std::error_code two_descriptors::close() noexcept {
  const std::error_code failed = out_.close();
  const std::error_code also = in_.close();
  return failed ? failed : also;
}

transport_pair over_streambufs(tls_version) {
  struct buffers {
    std::shared_ptr<byte_way> to_server = std::make_shared<byte_way>();
    std::shared_ptr<byte_way> to_client = std::make_shared<byte_way>();
    way_buffer client{to_client, to_server}, server{to_server, to_client};
  };
  const auto beneath = std::make_shared<buffers>();
  transport_pair pair;
  pair.client = std::make_unique<streambuf_transport>(beneath->client);
  pair.server = std::make_unique<streambuf_transport>(beneath->server);
  pair.break_off = [beneath] { beneath->client.end(); };
  pair.beneath = beneath;
  return pair;
}

transport_pair over_pipes(tls_version) {
  descriptor_pair to_server = make_pipe();
  descriptor_pair to_client = make_pipe();
  transport_pair pair;
  pair.client = std::make_unique<two_descriptors>(to_client.b.release(), to_server.a.release());
  pair.server = std::make_unique<two_descriptors>(to_server.b.release(), to_client.a.release());
  return pair;
}

transport_pair over_terminal(tls_version) {
  descriptor_pair terminal = terminal_pair();
  transport_pair pair;
  // Closing the master makes the kernel throw away what the other side has not read. The client is
  // the one that has read all when it closes.
  pair.client = std::make_unique<socket_transport>(terminal.b.release());
  pair.server = std::make_unique<socket_transport>(terminal.a.release());
  return pair;
}

transport_pair over_moods(tls_version) {
  memory_pair pipe = memory_pipe(1000);
  transport_pair pair;
  pair.client = moody(std::move(pipe.a), 1);
  pair.server = moody(std::move(pipe.b), 3);
  return pair;
}

transport_pair over_tls(tls_version v) {
  const auto beneath = std::make_shared<outer_streams>(v);
  transport_pair pair;
  pair.client = std::make_unique<streambuf_transport>(*beneath->client->rdbuf());
  pair.server = std::make_unique<streambuf_transport>(*beneath->server->rdbuf());
  pair.break_off = [beneath] { beneath->client->cancel(); };
  pair.beneath = beneath;
  return pair;
}

descriptor_pair make_pipe() {
  int ends[2];
  require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  return {descriptor(ends[1]), descriptor(ends[0])};
}

}  // namespace test
}  // namespace iostls
