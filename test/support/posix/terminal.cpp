// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <termios.h>

namespace iostls {
namespace test {
namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::system_error(errno, std::system_category(), what);
}

descriptor master() { return descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)); }

}  // namespace

const char no_terminals[] = "no pseudo-terminals; is /dev/pts mounted?";

bool has_terminals() { return static_cast<bool>(master()); }

descriptor_pair terminal_pair() {
  descriptor own = master();
  require(::grantpt(own.get()) == 0 && ::unlockpt(own.get()) == 0, "posix_openpt");
  descriptor slave(::open(::ptsname(own.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios raw{};
  require(::tcgetattr(slave.get(), &raw) == 0, "tcgetattr");
  ::cfmakeraw(&raw);
  require(::tcsetattr(slave.get(), TCSANOW, &raw) == 0, "tcsetattr");
  return {std::move(slave), std::move(own)};
}

}  // namespace test
}  // namespace iostls
