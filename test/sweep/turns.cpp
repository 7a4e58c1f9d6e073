// SPDX-License-Identifier: Apache-2.0
#include "turns.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace iostls {
namespace test {
namespace {

using time_point = transport::time_point;

io_result failed(std::errc e) { return {0, std::make_error_code(e)}; }

constexpr std::size_t wire_size = 8192;

// One way through the wire. Its memory is there from the start: a transport must not throw.
struct way {
  way() { bytes.reserve(std::size_t{1} << 20); }
  std::string bytes;
  std::size_t taken = 0;
  bool ended = false;
};

}  // namespace

const char* to_string(mishap m) {
  static const std::array<const char*, 9> names{
      "none", "EINTR", "EAGAIN", "one byte", "ECONNRESET", "EPIPE", "ETIMEDOUT", "end", "late"};
  return names[static_cast<std::size_t>(m)];
}

bool is_harmless(mishap m) {
  return m == mishap::none || m == mishap::unready || m == mishap::one_byte;
}

std::error_code code_of(mishap m) {
  switch (m) {
    case mishap::interrupted:
      return std::make_error_code(std::errc::interrupted);
    case mishap::unready:
      return std::make_error_code(std::errc::operation_would_block);
    case mishap::reset:
      return std::make_error_code(std::errc::connection_reset);
    case mishap::broken_pipe:
      return std::make_error_code(std::errc::broken_pipe);
    case mishap::system_timeout:
    case mishap::late:
      return std::make_error_code(std::errc::timed_out);
    default:
      return {};
  }
}

struct turns::state {
  struct program {
    bool finished = false;
    bool waiting = false;
    transport::event event = transport::event::readable;
    time_point deadline;
    bool past_deadline = false;
    bool canceled = false;
    bool early = false;  // the next wait returns at once
    bool never = false;  // the next wait goes past its deadline
  };

  explicit state(const wire_plan& p) : plan(p) {}

  bool is_ready(int me) const {
    const program& p = programs[me];
    if (hung || p.canceled || cut) return true;
    if (p.event == transport::event::writable) return room(me) != 0 || is_gone(1 - me);
    return in(me).taken != in(me).bytes.size() || in(me).ended;
  }

  bool can_go_on(int me) const {
    const program& p = programs[me];
    return !p.finished && (!p.waiting || is_ready(me));
  }

  // Nobody can go on: time passes until the next deadline.
  int pass_time() {
    int next = -1;
    for (int i = 0; i != 2; ++i) {
      if (programs[i].finished || programs[i].deadline == (time_point::max)()) continue;
      if (next < 0 || programs[i].deadline < programs[next].deadline) next = i;
    }
    if (next >= 0) {
      programs[next].past_deadline = true;
      return next;
    }
    hung = true;
    return programs[0].finished ? 1 : 0;
  }

  // Lets the other program run if it can, and returns when it is `me`'s turn again.
  std::error_code wait(int me, transport::event what, time_point deadline) {
    std::unique_lock<std::mutex> hold(lock);
    program& p = programs[me];
    p.event = what;
    if (is_ready(me)) return outcome(p);
    p.waiting = true;
    p.deadline = deadline;
    hand_over(me);
    changed.wait(hold, [&] { return running == me; });
    p.waiting = false;
    return outcome(p);
  }

  std::error_code outcome(program& p) const {
    if (hung || p.canceled) return std::make_error_code(std::errc::operation_canceled);
    if (!std::exchange(p.past_deadline, false)) return {};
    return std::make_error_code(std::errc::timed_out);
  }

  void hand_over(int me) {
    const int other = 1 - me;
    if (can_go_on(other)) {
      running = other;
    } else if (!(programs[0].finished && programs[1].finished)) {
      running = pass_time();
    }
    changed.notify_all();
  }

  void take_part(int me, const std::function<void()>& work) noexcept {
    {
      std::unique_lock<std::mutex> hold(lock);
      changed.wait(hold, [&] { return running == me; });
    }
    work();
    const std::lock_guard<std::mutex> hold(lock);
    programs[me].finished = true;
    hand_over(me);
  }

  // What befalls the call that begins now.
  mishap next_call(int me, transport::event what) {
    const std::uint64_t number = records[me].calls++;
    if (plan.end != me || plan.call != number) return mishap::none;
    struck = true;
    struck_output = what == transport::event::writable;
    return plan.what;
  }

  way& in(int me) { return ways[1 - me]; }
  const way& in(int me) const { return ways[1 - me]; }

  io_result read(int me, void* data, std::size_t size) {
    way& from = in(me);
    if (programs[me].canceled) return failed(std::errc::operation_canceled);
    const std::size_t n = std::min(size, from.bytes.size() - from.taken);
    if (n == 0) return from.ended || cut ? io_result{} : failed(std::errc::operation_would_block);
    from.bytes.copy(static_cast<char*>(data), n, from.taken);
    from.taken += n;
    records[me].read += n;
    return {n, {}};
  }

  io_result write(int me, const void* data, std::size_t size) {
    way& to = ways[me];
    if (programs[me].canceled) return failed(std::errc::operation_canceled);
    if (cut) records[me].lost += size;
    if (cut || to.ended || is_gone(1 - me)) return failed(std::errc::broken_pipe);
    std::uint64_t n = std::min<std::uint64_t>(size, room(me));
    if (plan.cut_writer == me) n = std::min(n, plan.cut_after - records[me].written);
    if (n == 0) return failed(std::errc::operation_would_block);
    to.bytes.append(static_cast<const char*>(data), static_cast<std::size_t>(n));
    records[me].written += n;
    if (plan.cut_writer == me && records[me].written == plan.cut_after) cut = struck = true;
    return {static_cast<std::size_t>(n), {}};
  }

  // How much fits into the wire.
  std::size_t room(int writer) const {
    const way& to = ways[writer];
    return std::min(wire_size - (to.bytes.size() - to.taken),
                    to.bytes.capacity() - to.bytes.size());
  }

  bool is_gone(int me) const { return records[me].closed != 0; }

  const wire_plan plan;
  std::array<way, 2> ways;  // by writer
  std::array<program, 2> programs;
  std::array<wire_record, 2> records;
  bool cut = false;
  bool struck = false;
  bool struck_output = false;
  bool hung = false;

  std::mutex lock;
  std::condition_variable changed;
  int running = 0;
};

// All its members are called by the program whose turn it is.
class turns::end final : public transport {
 public:
  end(std::shared_ptr<state> s, int me) : state_(std::move(s)), me_(me) { ++record().made; }
  ~end() override { ++record().destroyed; }

  io_result read_some(void* data, std::size_t size) noexcept override {
    const mishap m = state_->next_call(me_, event::readable);
    if (m == mishap::ended) return {};
    if (const std::error_code e = befall(m)) return {0, e};
    return state_->read(me_, data, m == mishap::one_byte ? std::min<std::size_t>(size, 1) : size);
  }

  io_result write_some(const void* data, std::size_t size) noexcept override {
    const mishap m = state_->next_call(me_, event::writable);
    if (m == mishap::ended) return failed(std::errc::broken_pipe);
    if (const std::error_code e = befall(m)) return {0, e};
    return state_->write(me_, data, m == mishap::one_byte ? std::min<std::size_t>(size, 1) : size);
  }

  std::error_code wait(event what, time_point deadline) noexcept override {
    const mishap m = state_->next_call(me_, what);
    auto& program = state_->programs[me_];
    if (std::exchange(program.never, false)) return code_of(mishap::late);
    if (std::exchange(program.early, false)) return {};
    if (!is_harmless(m) && m != mishap::ended) return code_of(m);
    if (m != mishap::none) return {};  // waiting may return early
    return state_->wait(me_, what, deadline);
  }

  void shutdown_write() noexcept override { state_->ways[me_].ended = true; }
  void cancel() noexcept override { state_->programs[me_].canceled = true; }

  std::error_code close() noexcept override {
    ++record().closed;
    state_->ways[me_].ended = true;
    return {};
  }

 private:
  std::error_code befall(mishap m) {
    auto& program = state_->programs[me_];
    if (m == mishap::unready) program.early = true;
    if (m == mishap::late) program.never = true;
    if (m == mishap::late) return code_of(mishap::unready);
    return code_of(m);
  }

  wire_record& record() { return state_->records[me_]; }

  const std::shared_ptr<state> state_;
  const int me_;
};

turns::turns(const wire_plan& plan) : state_(std::make_shared<state>(plan)) {
  if (plan.cut_after == 0) state_->cut = state_->struck = true;
}
turns::~turns() = default;

std::unique_ptr<transport> turns::make_transport(int end) {
  return std::make_unique<turns::end>(state_, end);
}

void turns::run(const std::function<void()>& first, const std::function<void()>& second) {
  std::thread other([&] { state_->take_part(1, second); });
  state_->take_part(0, first);
  other.join();
}

bool turns::hung() const { return state_->hung; }
bool turns::struck() const { return state_->struck; }
bool turns::struck_output() const { return state_->struck_output; }
const wire_record& turns::record(int end) const { return state_->records[end]; }

}  // namespace test
}  // namespace iostls
