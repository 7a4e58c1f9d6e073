// SPDX-License-Identifier: Apache-2.0
// A plug-in that uses iostls, to be loaded and unloaded: serves one line on a descriptor.
#include <string>

#include <iostls/iostls.hpp>

extern "C" __attribute__((visibility("default"))) int serve_line(int fd) {
  using namespace iostls;
  try {
    const credential own = self_signed_certificate({"localhost"});
    context_options options;
    options.certificate = own.certificate;
    options.key = own.key;
    options.certificate_password = own.password;
    options.server_name = "localhost";
    ssl_server_stream stream(fd, options);
    std::string line;
    if (!std::getline(stream, line)) return 3;
    stream << line << " too\n" << std::flush;
    return 0;
  } catch (const ssl_error&) {
    return 4;
  }
}
