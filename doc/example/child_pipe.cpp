// SPDX-License-Identifier: Apache-2.0
// A TLS client whose connection is a program that it starts, as ssh(1) does with ProxyCommand:
// child_pipe CA.pem SERVER-NAME COMMAND...
// What the command reads and writes is TLS; standard input and output of child_pipe are plaintext.
// As in "child_pipe ca.pem example.org ssh gate nc example.org 443".
#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <memory>
#include <system_error>
#include <thread>

#include <iostls/iostls.hpp>

#include "support/copy.hpp"
#include "support/pipe_transport.hpp"
#include "support/stoppable_input.hpp"

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A running command, and our ends of the pipes to it.
class child {
 public:
  explicit child(char** command) {
    std::array<int, 2> up{};
    std::array<int, 2> down{};
    if (::pipe2(up.data(), O_CLOEXEC) != 0 || ::pipe2(down.data(), O_CLOEXEC) != 0) fail("pipe");
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
      ::dup2(down[0], STDIN_FILENO);
      ::dup2(up[1], STDOUT_FILENO);
      ::execvp(command[0], command);
      ::_exit(127);
    }
    ::close(down[0]);
    ::close(up[1]);
    from_ = up[0];
    to_ = down[1];
  }

  std::unique_ptr<iostls::transport> transport() const {
    return std::unique_ptr<iostls::transport>(new example::pipe_transport(from_, to_));
  }

  // Waits until it ends; returns its exit status, or 128 and more for a signal, as a shell does.
  int wait() const {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) fail("waitpid");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int from_ = -1;
  int to_ = -1;
};

void converse(iostls::ssl_stream& server) {
  server.do_handshake();
  iostls::ssl_duplex both(server);
  std::thread answers([&] { example::copy(both.in(), std::cout); });
  example::stoppable_input input(STDIN_FILENO);  // std::cin does not read ahead everywhere
  std::istream in(&input);
  example::copy(in, both.out());
  server.shutdown_write();
  answers.join();
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::cerr << "usage: child_pipe CA.pem SERVER-NAME COMMAND...\n";
    return 2;
  }
  iostls::context_options options;
  options.ca_file = argv[1];
  options.server_name = argv[2];
  const auto context = iostls::ssl_context::client(options);
  const child command(argv + 3);
  {
    iostls::ssl_client_stream server(command.transport(), context);
    converse(server);
    server.close();
    if (server.error()) throw iostls::ssl_error(*server.last_error());
  }
  return command.wait();
} catch (const std::exception& e) {
  std::cerr << "child_pipe: " << e.what() << '\n';
  return 1;
}
