// SPDX-License-Identifier: Apache-2.0
#include "dialogue.hpp"

#include <ostream>

#include "socket_calls.hpp"

namespace iostls {
namespace test {
namespace {

context_options tuned(const variant& v, const dialogue::tuning& tune) {
  context_options options = stream_options(v.stream, v.version);
  if (tune) tune(options);
  return options;
}

}  // namespace

std::string variant_name(const testing::TestParamInfo<variant>& info) {
  return to_string(info.param.stream) + "_" + to_string(info.param.version);
}

void PrintTo(const variant& v, std::ostream* out) {
  *out << "a " << to_string(v.stream) << " of " << to_string(v.version);
}

dialogue::dialogue(const variant& v, const tuning& tune, descriptor_pair pair)
    : peer_(std::move(pair.a), peer_of(v.stream, v.version)),
      stream_(make_stream(v.stream, std::move(pair.b), tuned(v, tune))) {}

void dialogue::handshake() {
  task peer([this] { EXPECT_TRUE(peer_.handshake()) << peer_.error(); });
  EXPECT_NO_THROW(stream_->do_handshake());
}

bool dialogue::wait_until_hung_up() { return wait_hung_up(stream_->rdbuf()->fd()); }

void dialogue::answer_close(std::string* received) {
  const std::string all = peer_.read_to_end();
  if (received != nullptr) *received = all;
  peer_.close_notify();
  peer_.half_close();
}

std::unique_ptr<dialogue> started(const variant& v, const dialogue::tuning& tune,
                                  descriptor_pair pair) {
  auto d = std::make_unique<dialogue>(v, tune, std::move(pair));
  d->handshake();
  return d;
}

std::string numbered_text(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + "\n";
  text.resize(size);
  return text;
}

}  // namespace test
}  // namespace iostls
