// SPDX-License-Identifier: Apache-2.0
// The request CONNECT, and the answers of proxies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <iostls/tunnel.hpp>

namespace iostls {
namespace detail {

constexpr std::size_t longest_proxy_answer = 16 * 1024;

// Throws ssl_error (`bad_configuration`), operation "connect".
std::string connect_request(const http_proxy& proxy, const std::string& host,
                            const std::string& service);

// The size of the first head in `bytes`, including the empty line at its end; 0 if its end is
// missing.
std::size_t head_size(std::string_view bytes);

enum class proxy_answer { go_on, connected, refused, nonsense };

// The meaning of a head; `go_on`: another one follows. After a failure, it has the reason, with the
// proxy's text escaped.
struct judged_answer {
  proxy_answer kind = proxy_answer::nonsense;
  std::error_code code;
  std::string words;
};
judged_answer judge_answer(std::string_view head);

}  // namespace detail
}  // namespace iostls
