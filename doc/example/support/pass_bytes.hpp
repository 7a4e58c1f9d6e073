// SPDX-License-Identifier: Apache-2.0
// Standard input and output for bytes: by itself, Windows changes the ends of lines in them.
#pragma once

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

namespace example {

// Has the descriptor pass bytes as they are. A console stays one for lines of text.
inline void pass_bytes(int fd) {
#ifdef _WIN32
  if (::_isatty(fd) == 0) ::_setmode(fd, _O_BINARY);
#else
  static_cast<void>(fd);
#endif
}

}  // namespace example
