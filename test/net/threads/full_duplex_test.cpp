// SPDX-License-Identifier: Apache-2.0
// Much both ways at once: 256 MiB, with a thread that reads and one that writes at each of our ends.
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <fcntl.h>
#include <poll.h>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"

namespace iostls {
namespace {

using namespace test;

constexpr std::size_t mib = 1 << 20;
constexpr std::size_t total = 256 * mib;

// An endless text in which no two places are alike for long, made and checked piece by piece.
class text_source {
 public:
  explicit text_source(std::uint64_t seed) : state_(seed) {}

  void make(char* to, std::size_t size) {
    for (std::size_t i = 0; i != size; ++i) to[i] = next();
  }

  bool check(const char* text, std::size_t size) {
    bool good = true;
    for (std::size_t i = 0; i != size; ++i) good = (text[i] == next()) && good;
    return good;
  }

 private:
  char next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<char>(state_ >> 56);
  }

  std::uint64_t state_;
};

// In pieces from one byte to several records.
void send_all(std::ostream& out, std::uint64_t seed) {
  text_source source(seed);
  std::string piece;
  std::size_t size = 1;
  for (std::size_t left = total; left != 0; left -= piece.size(), size = size % 70000 * 3 + 1) {
    piece.resize(std::min(size, left));
    source.make(&piece[0], piece.size());
    ASSERT_TRUE(out.write(piece.data(), static_cast<std::streamsize>(piece.size())));
  }
  EXPECT_TRUE(out.flush());
}

void receive_all(std::istream& in, std::uint64_t seed) {
  text_source source(seed);
  std::string block(100000, '\0');
  for (std::size_t left = total; left != 0;) {
    in.read(&block[0], static_cast<std::streamsize>(std::min(block.size(), left)));
    const auto got = static_cast<std::size_t>(in.gcount());
    ASSERT_NE(got, 0u) << left << " bytes are missing";
    ASSERT_TRUE(source.check(block.data(), got)) << "within " << got << " bytes before " << left;
    left -= got;
  }
}

void close_at_once(context_options& o) { o.close_timeout = std::chrono::milliseconds(0); }

class full_duplex : public testing::TestWithParam<tls_version> {};

INSTANTIATE_TEST_SUITE_P(, full_duplex, testing::Values(tls_version::tls1_2, tls_version::tls1_3),
                         [](const auto& info) { return to_string(info.param); });

TEST_P(full_duplex, between_two_of_our_ends) {
  descriptor_pair pair = tcp_pair();
  context_options for_server = server_options(GetParam());
  context_options for_client = client_options(GetParam());
  close_at_once(for_server);
  close_at_once(for_client);
  const auto server = make_stream(role::server, std::move(pair.a), for_server);
  const auto client = make_stream(role::client, std::move(pair.b), for_client);
  ssl_duplex at_server(*server);
  ssl_duplex at_client(*client);
  task a([&] { send_all(at_server.out(), 1); });
  task b([&] { send_all(at_client.out(), 2); });
  task c([&] { receive_all(at_server.in(), 2); });
  receive_all(at_client.in(), 1);
  a.join(), b.join(), c.join();
  EXPECT_FALSE(server->error()) << server->last_error()->what();
  EXPECT_FALSE(client->error()) << client->last_error()->what();
}

// The oracle at full speed both ways: one thread, a descriptor that does not block, and new keys
// after each MiB sent, every second time for both directions.
class key_changer {
 public:
  explicit key_changer(tls_peer& peer, std::uint64_t sends, std::uint64_t expects)
      : peer_(peer), ssl_(peer.ssl()), source_(sends), expected_(expects) {
    ::fcntl(peer.fd(), F_SETFL, ::fcntl(peer.fd(), F_GETFL) | O_NONBLOCK);
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  }

  void run() {
    while (sent_ != total || received_ != total) {
      bool moved = false;
      if (received_ != total) moved = receive() || moved;
      if (sent_ != total) moved = send() || moved;
      if (failed_) return;
      if (!moved) wait();
    }
  }

  std::size_t key_updates() const { return updates_; }

 private:
  bool judge(int result) {
    const int error = SSL_get_error(ssl_, result);
    failed_ = result <= 0 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    EXPECT_FALSE(failed_) << "error " << error << " after " << sent_ << " sent and " << received_
                          << " received";
    return result > 0;
  }

  bool receive() {
    std::size_t got = 0;
    if (!judge(SSL_read_ex(ssl_, in_.data(), in_.size(), &got))) return false;
    received_ += got;
    failed_ = !expected_.check(in_.data(), got);
    EXPECT_FALSE(failed_) << "before byte " << received_;
    return true;
  }

  bool send() {
    if (out_at_ == out_.size()) {
      if (sent_ != 0 && sent_ % mib == 0 && !update_keys()) return false;
      source_.make(&out_[0], out_.size());
      out_at_ = 0;
    }
    std::size_t put = 0;
    if (!judge(SSL_write_ex(ssl_, &out_[out_at_], out_.size() - out_at_, &put))) return false;
    out_at_ += put;
    sent_ += put;
    return true;
  }

  // Not before what was written is out: SSL_key_update(3).
  bool update_keys() {
    if (SSL_version(ssl_) != TLS1_3_VERSION || updates_ == sent_ / mib) return true;
    const int how = updates_ % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
    EXPECT_EQ(SSL_key_update(ssl_, how), 1);
    ++updates_;
    return true;
  }

  void wait() {
    pollfd p{peer_.fd(), static_cast<short>(POLLIN | (sent_ != total ? POLLOUT : 0)), 0};
    failed_ = ::poll(&p, 1, 10000) == 0;
    EXPECT_FALSE(failed_) << "nothing moves after " << sent_ << " sent and " << received_;
  }

  tls_peer& peer_;
  SSL* ssl_;
  text_source source_, expected_;
  std::string in_ = std::string(65536, '\0');
  std::string out_ = std::string(65536, '\0');
  std::size_t out_at_ = out_.size();
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  std::size_t updates_ = 0;
  bool failed_ = false;
};

class full_duplex_with_oracle : public testing::TestWithParam<variant> {};

INSTANTIATE_TEST_SUITE_P(, full_duplex_with_oracle, all_variants(), variant_name);

TEST_P(full_duplex_with_oracle, survives_new_keys_after_each_mebibyte) {
  const auto d = started(GetParam(), close_at_once);
  ssl_duplex both(d->stream());
  key_changer peer(d->peer(), 3, 4);
  task a([&] { send_all(both.out(), 4); });
  task b([&] { receive_all(both.in(), 3); });
  peer.run();
  a.join(), b.join();
  EXPECT_FALSE(d->stream().error()) << d->stream().last_error()->what();
  EXPECT_EQ(peer.key_updates(), GetParam().version == tls_version::tls1_3 ? total / mib - 1 : 0);
}

}  // namespace
}  // namespace iostls
