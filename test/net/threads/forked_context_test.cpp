// SPDX-License-Identifier: Apache-2.0
// A process that was forked while another thread used a context uses that context, too. This program stops
// that thread at each mutex that it locks, one after the other, with the mutex held, and forks there.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "files.hpp"
#include "process.hpp"
#include "sanitizers.hpp"

namespace {

// Where threads stop that are watched: at the lock whose number is wanted.
struct stopping_place {
  std::atomic<int> wanted{0};
  std::atomic<int> locks{0};
  sem_t event{};  // a thread has stopped, or all have finished
  sem_t go_on{};
};
stopping_place stop;
thread_local bool watched = false;

void wait_for(sem_t& s) {
  while (::sem_wait(&s) != 0 && errno == EINTR) continue;
}

int locked(const char* function, pthread_mutex_t* mutex) {
  const auto original = reinterpret_cast<int (*)(pthread_mutex_t*)>(::dlsym(RTLD_NEXT, function));
  const int result = original(mutex);
  if (watched && result == 0 && ++stop.locks == stop.wanted) {
    ::sem_post(&stop.event);
    wait_for(stop.go_on);
  }
  return result;
}

}  // namespace

extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  return locked("pthread_mutex_lock", mutex);
}

extern "C" int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  return locked("pthread_mutex_trylock", mutex);
}

namespace iostls {
namespace test {
namespace {

struct contexts {
  ssl_context server, client;
};

struct outcome {
  bool is_complete = false;
  bool is_resumed = false;
};

// Whether a client gets its line.
outcome talk(const contexts& both, bool is_watched) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return {};
  std::thread serving([&] {
    watched = is_watched;
    ssl_server_stream server(ends[0], both.server);
    server << "line" << std::endl;
    server.close();
  });
  watched = is_watched;
  std::string line;
  outcome result;
  {
    ssl_client_stream client(ends[1], both.client);
    std::getline(client, line);
    result.is_resumed = client.info().resumed;
  }
  watched = false;
  serving.join();
  result.is_complete = line == "line";
  return result;
}

class forked_context : public testing::Test {
 protected:
  forked_context() {
    ::sem_init(&stop.event, 0, 0);
    ::sem_init(&stop.go_on, 0, 0);
    const credential own = self_signed_certificate({"localhost"});
    context_options server, client;
    server.certificate = own.certificate;
    server.key = own.key;
    server.ticket_keys = {ticket_key::random()};
    server.keylog_file = folder_.path() + "/keys";
    client.verify = verify_mode::none;
    client.server_name = std::string("localhost");
    client.session_cache = 20;
    client.keylog_file = folder_.path() + "/keys";
    both_ = std::make_unique<contexts>(
        contexts{ssl_context::server(server), ssl_context::client(client)});
  }

  void use_all() const {
    talk(*both_, true);
    watched = true;
    both_->server.reload();
    both_->server.set_ticket_keys({ticket_key::random()});
    both_->client.reload();
    watched = false;
  }

  temp_dir folder_;
  std::unique_ptr<contexts> both_;
};

TEST_F(forked_context, serves_and_connects_whatever_mutex_another_thread_held) {
#if IOSTLS_TEST_ASAN
  GTEST_SKIP() << "AddressSanitizer's own allocator may stay locked in the child";
#endif
  int number = 0;
  for (bool ended = false; !ended;) {
    stop.locks = 0;
    stop.wanted = ++number;
    std::atomic<bool> finished{false};
    std::thread other([&] {
      use_all();
      finished = true;
      ::sem_post(&stop.event);
    });
    wait_for(stop.event);
    ended = finished;
    const child_result child =
        run_in_child([&] { return talk(*both_, false).is_complete ? 0 : 1; });
    ::sem_post(&stop.go_on);
    other.join();
    while (::sem_trywait(&stop.event) == 0 || ::sem_trywait(&stop.go_on) == 0) continue;
    ASSERT_EQ(child, (child_result{0, 0})) << "lock " << number;
  }
  EXPECT_GT(number, 20) << "hardly a mutex was seen";
}

// One for a single use must not be used by both processes.
TEST_F(forked_context, leaves_its_sessions_to_the_parent) {
  stop.wanted = 0;
  talk(*both_, false);
  EXPECT_EQ(run_in_child([&] {
              const bool first = talk(*both_, false).is_resumed;
              return first ? 1 : talk(*both_, false).is_resumed ? 0 : 2;
            }),
            (child_result{0, 0}));
  EXPECT_TRUE(talk(*both_, false).is_resumed);
}

// Waits in the system's trust, which that context reads, and which is a FIFO here.
TEST(forked_default_context, is_made_anew_if_another_thread_was_making_it) {
  const temp_dir folder;
  const std::string path = folder.path() + "/authorities";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  ::setenv("SSL_CERT_FILE", path.c_str(), 1);
  const auto make = [] {
    try {
      const ssl_client_stream stream("no host", "https");
    } catch (const ssl_error&) {  // for the name, after the context was made
    }
  };
  std::thread other(make);
  const int writer = ::open(path.c_str(), O_WRONLY);  // returns when the other thread has opened it
  EXPECT_GE(writer, 0);
  const child_result child = run_in_child([&] {
    ::unsetenv("SSL_CERT_FILE");
    make();
    return 0;
  });
  ::close(writer);
  other.join();
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(child, (child_result{0, 0}));
}

}  // namespace
}  // namespace test
}  // namespace iostls
