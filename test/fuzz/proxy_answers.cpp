// SPDX-License-Identifier: Apache-2.0
// What a proxy answers to CONNECT: the head is found, and what it means is decided without harm.
//
// Input: the bytes of a connection.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "fuzz_input.hpp"
#include "transport/http_connect_messages.hpp"

namespace iostls {
namespace fuzz {
namespace {

bool is_visible(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

void look_at(std::string_view bytes) {
  const std::size_t size = detail::head_size(bytes);
  expect(size <= bytes.size(), "no more is taken than there is");
  if (size == 0) return;
  const std::string_view head = bytes.substr(0, size);
  expect(detail::head_size(head) == size, "what follows a head does not matter");
  expect(detail::head_size(head.substr(0, size - 1)) == 0, "a head has one end");
  const detail::judged_answer answer = detail::judge_answer(head);
  const bool goes_on =
      answer.kind == detail::proxy_answer::connected || answer.kind == detail::proxy_answer::go_on;
  expect(goes_on == !answer.code, "what is no success has a reason");
  expect(goes_on == answer.words.empty(), "and words");
  expect(is_visible(answer.words), "words can go to a log");
  expect(answer.kind != detail::proxy_answer::connected || head.substr(0, 7) == "HTTP/1.",
         "only HTTP connects");
}

}  // namespace

void prepare() {}

void run(fuzz_input input) { look_at(input.rest()); }

}  // namespace fuzz
}  // namespace iostls
