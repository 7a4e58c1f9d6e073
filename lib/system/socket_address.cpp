// SPDX-License-Identifier: Apache-2.0
#include "system/socket_address.hpp"

namespace iostls {
namespace detail {

std::string host_and_port(const std::string& host, const std::string& port) {
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + port;
}

}  // namespace detail
}  // namespace iostls
