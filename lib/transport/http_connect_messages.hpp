// SPDX-License-Identifier: Apache-2.0
// The request CONNECT, and the answers of proxies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <iostls/ssl_error.hpp>
#include <iostls/tunnel.hpp>

namespace iostls {
namespace detail {

constexpr std::size_t longest_proxy_answer = 16 * 1024;
constexpr int most_interim_answers = 10;  // such as 102 (Processing)

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

// Reads the proxy's answers, by a function that returns the next head, until it has connected. The other
// function throws what it is given, a code and words.
template <class ReadHead, class Fail>
void await_connection(ReadHead read_head, Fail fail) {
  for (int interim = 0; interim <= most_interim_answers; ++interim) {
    const judged_answer answer = judge_answer(read_head());
    if (answer.kind == proxy_answer::connected) return;
    if (answer.kind != proxy_answer::go_on) fail(answer.code, answer.words);
  }
  fail(ssl_errc::protocol_error,
       "the proxy has sent more than " + std::to_string(most_interim_answers) + " interim answers");
}

}  // namespace detail
}  // namespace iostls
