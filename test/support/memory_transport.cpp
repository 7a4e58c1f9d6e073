// SPDX-License-Identifier: Apache-2.0
#include "memory_transport.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <utility>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace test {
namespace {

// One way through the pipe.
struct channel {
  std::deque<char> data;
  bool ended = false;   // the writer is done
  bool broken = false;  // the reader is gone
};

struct shared_pipe {
  explicit shared_pipe(std::size_t c) : capacity(c) {}

  const std::size_t capacity;
  std::mutex lock;
  std::condition_variable changed;
  channel ways[2];
};

io_result failed(std::errc e) { return {0, std::make_error_code(e)}; }

class memory_transport final : public transport {
 public:
  memory_transport(std::shared_ptr<shared_pipe> pipe, int side)
      : pipe_(std::move(pipe)), in_(pipe_->ways[side]), out_(pipe_->ways[1 - side]) {}
  ~memory_transport() override { memory_transport::close(); }

  io_result read_some(void* data, std::size_t size) noexcept override {
    const std::lock_guard<std::mutex> hold(pipe_->lock);
    if (canceled_) return failed(std::errc::operation_canceled);
    if (in_.data.empty()) {
      return in_.ended ? io_result{} : failed(std::errc::operation_would_block);
    }
    const std::size_t n = std::min(size, in_.data.size());
    const auto end = in_.data.begin() + static_cast<std::ptrdiff_t>(n);
    std::copy(in_.data.begin(), end, static_cast<char*>(data));
    in_.data.erase(in_.data.begin(), end);
    pipe_->changed.notify_all();
    return {n, {}};
  }

  io_result write_some(const void* data, std::size_t size) noexcept override {
    const std::lock_guard<std::mutex> hold(pipe_->lock);
    if (canceled_) return failed(std::errc::operation_canceled);
    if (out_.broken || out_.ended) return failed(std::errc::broken_pipe);
    const std::size_t n = std::min(size, pipe_->capacity - out_.data.size());
    if (n == 0) return failed(std::errc::operation_would_block);
    const char* const begin = static_cast<const char*>(data);
    try {
      out_.data.insert(out_.data.end(), begin, begin + n);
    } catch (const std::bad_alloc&) {
      return failed(std::errc::not_enough_memory);
    }
    pipe_->changed.notify_all();
    return {n, {}};
  }

  std::error_code wait(event what, time_point deadline) noexcept override {
    std::unique_lock<std::mutex> hold(pipe_->lock);
    const auto ready = [&] {
      if (canceled_) return true;
      if (what == event::readable) return !in_.data.empty() || in_.ended || woken_;
      return out_.data.size() < pipe_->capacity || out_.broken || out_.ended;
    };
    if (deadline == (time_point::max)()) {
      pipe_->changed.wait(hold, ready);
    } else if (!pipe_->changed.wait_until(hold, deadline, ready)) {
      return std::make_error_code(std::errc::timed_out);
    }
    if (canceled_) return std::make_error_code(std::errc::operation_canceled);
    if (what == event::readable && std::exchange(woken_, false)) return ssl_errc::woken;
    return {};
  }

  void shutdown_write() noexcept override {
    const std::lock_guard<std::mutex> hold(pipe_->lock);
    out_.ended = true;
    pipe_->changed.notify_all();
  }

  void cancel() noexcept override {
    const std::lock_guard<std::mutex> hold(pipe_->lock);
    canceled_ = true;
    pipe_->changed.notify_all();
  }

  void wake() noexcept override {
    const std::lock_guard<std::mutex> hold(pipe_->lock);
    woken_ = true;
    pipe_->changed.notify_all();
  }

  std::error_code close() noexcept override {
    const std::lock_guard<std::mutex> hold(pipe_->lock);
    out_.ended = true;
    in_.broken = true;
    pipe_->changed.notify_all();
    return {};
  }

 private:
  const std::shared_ptr<shared_pipe> pipe_;
  channel& in_;
  channel& out_;
  bool canceled_ = false;
  bool woken_ = false;
};

class faulty final : public transport {
 public:
  faulty(std::unique_ptr<transport> inner, std::shared_ptr<transport_script> script)
      : inner_(std::move(inner)), script_(std::move(script)) {
    ++script_->alive;
  }
  ~faulty() override { --script_->alive; }

  io_result read_some(void* data, std::size_t size) noexcept override {
    const fault f = next(script_->on_read, script_->reads);
    if (f.kind == fault::end) return {};
    if (f.kind == fault::fail) return made_up(f, unready_read_);
    if (f.kind == fault::limit) size = std::min(size, f.size);
    const io_result result = inner_->read_some(data, size);
    script_->bytes_read += result.count;
    return result;
  }

  io_result write_some(const void* data, std::size_t size) noexcept override {
    const fault f = next(script_->on_write, script_->writes);
    if (f.kind == fault::end) return failed(std::errc::broken_pipe);
    if (f.kind == fault::fail) return made_up(f, unready_write_);
    if (f.kind == fault::limit) size = std::min(size, f.size);
    const io_result result = inner_->write_some(data, size);
    script_->bytes_written += result.count;
    return result;
  }

  std::error_code wait(event what, time_point deadline) noexcept override {
    ++script_->waits;
    std::atomic<bool>& unready = what == event::readable ? unready_read_ : unready_write_;
    if (unready.exchange(false)) return {};
    return inner_->wait(what, deadline);
  }

  void shutdown_write() noexcept override {
    ++script_->shutdowns;
    inner_->shutdown_write();
  }

  void wake() noexcept override { inner_->wake(); }

  void cancel() noexcept override {
    ++script_->cancels;
    inner_->cancel();
  }

  std::error_code close() noexcept override {
    ++script_->closes;
    return inner_->close();
  }

  void abandon() noexcept override {
    ++script_->abandons;
    inner_->abandon();
  }

  int fd() const noexcept override { return inner_->fd(); }

 private:
  static fault next(const std::function<fault(std::uint64_t)>& script,
                    std::atomic<std::uint64_t>& count) {
    const std::uint64_t call = count++;
    return script ? script(call) : fault();
  }

  static io_result made_up(const fault& f, std::atomic<bool>& unready) {
    if (f.error == std::errc::operation_would_block) unready = true;
    return {0, f.error};
  }

  const std::unique_ptr<transport> inner_;
  const std::shared_ptr<transport_script> script_;
  std::atomic<bool> unready_read_{false}, unready_write_{false};
};

}  // namespace

memory_pair memory_pipe(std::size_t capacity) {
  const auto pipe = std::make_shared<shared_pipe>(capacity);
  return {std::make_unique<memory_transport>(pipe, 0), std::make_unique<memory_transport>(pipe, 1)};
}

std::function<fault(std::uint64_t)> at_call(std::uint64_t k, const fault& f) {
  return [=](std::uint64_t call) { return call == k ? f : fault(); };
}

std::function<fault(std::uint64_t)> from_call(std::uint64_t k, const fault& f) {
  return [=](std::uint64_t call) { return call >= k ? f : fault(); };
}

std::unique_ptr<transport> faulty_transport(std::unique_ptr<transport> inner,
                                            const std::shared_ptr<transport_script>& script) {
  return std::make_unique<faulty>(std::move(inner), script);
}

}  // namespace test
}  // namespace iostls
