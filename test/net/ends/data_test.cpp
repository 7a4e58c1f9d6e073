// SPDX-License-Identifier: Apache-2.0
// Much data, over a network that cuts it up, holds it up and has little room.
#include <chrono>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "relay.hpp"

namespace iostls {
namespace {

using namespace test;

// Bytes that do not repeat: any that were lost, doubled or exchanged show.
std::string noise(std::size_t size, std::uint32_t seed = 1) {
  std::string data(size, '\0');
  for (char& c : data) {
    seed = seed * 1664525u + 1013904223u;
    c = static_cast<char>(seed >> 24);
  }
  return data;
}

std::string read_exactly(std::istream& in, std::size_t size) {
  std::string data(size, '\0');
  in.read(&data[0], static_cast<std::streamsize>(size));
  data.resize(static_cast<std::size_t>(in.gcount()));
  return data;
}

void write_all(std::ostream& out, const std::string& data) {
  out.write(data.data(), static_cast<std::streamsize>(data.size()));
}

// A dialogue through a relay; the stream is on its right.
class data : public testing::TestWithParam<variant> {
 protected:
  explicit data(int receive_buffer = 0) : between(std::make_unique<relay>(receive_buffer)) {
    talk = std::make_unique<dialogue>(GetParam(), dialogue::tuning(),
                                      descriptor_pair{between->take_left(), between->take_right()});
    talk->handshake();
  }

  ssl_stream& stream() { return talk->stream(); }
  tls_peer& peer() { return talk->peer(); }

  // The peer sends back what it gets, once it has all of it; the stream has no part in the order.
  void expect_echo(const std::string& sent, std::size_t piece) {
    task other_end([&] {
      const std::string got = peer().read_exactly(sent.size());
      EXPECT_TRUE(got == sent) << got.size() << " bytes, " << peer().error();
      EXPECT_TRUE(peer().write(got)) << peer().error();
    });
    for (std::size_t i = 0; i < sent.size(); i += piece) write_all(stream(), sent.substr(i, piece));
    std::string got;
    while (got.size() < sent.size() && stream()) {
      got += read_exactly(stream(), std::min(piece, sent.size() - got.size()));
    }
    EXPECT_TRUE(got == sent) << got.size() << " bytes, " << stream().error().message();
    EXPECT_TRUE(stream().good());
  }

  std::unique_ptr<relay> between;
  std::unique_ptr<dialogue> talk;
};

INSTANTIATE_TEST_SUITE_P(, data, all_variants(), variant_name);

TEST_P(data, in_one_large_block) { expect_echo(noise(4000000), 4000000); }

TEST_P(data, in_blocks_as_large_as_a_record) { expect_echo(noise(1000000), 16384); }

TEST_P(data, in_blocks_that_fit_no_boundary) { expect_echo(noise(1000000), 16385); }

TEST_P(data, in_small_blocks) { expect_echo(noise(200000), 7); }

TEST_P(data, cut_into_single_bytes_by_the_network) {
  between->to_left().split(1);
  between->to_right().split(1);
  expect_echo(noise(20000), 20000);
}

TEST_P(data, cut_into_odd_pieces_by_the_network) {
  between->to_left().split(1237);
  between->to_right().split(4099);
  expect_echo(noise(1000000), 100000);
}

TEST_P(data, that_the_network_held_up) {
  between->to_left().hold();
  task later([&] {
    // The stream has filled what there is of buffers, or is about to.
    EXPECT_FALSE(between->to_left().wait_for(UINT64_MAX, std::chrono::milliseconds(100)));
    between->to_left().release();
  });
  expect_echo(noise(8000000), 1000000);
}

TEST_P(data, of_formatted_numbers_and_words) {
  constexpr int count = 20000;
  task other_end([&] {
    const std::string end = " end\n";
    std::string got;
    while (got.size() < end.size() || got.compare(got.size() - end.size(), end.size(), end) != 0) {
      const std::string more = peer().read_some();
      ASSERT_FALSE(more.empty()) << peer().error();
      got += more;
    }
    EXPECT_TRUE(peer().write(got)) << peer().error();
  });
  for (int i = 0; i != count; ++i) stream() << i << " word" << i << ' ' << i / 8.0 << '\n';
  stream() << " end\n";
  for (int i = 0; i != count; ++i) {
    int n = -1;
    double d = -1;
    std::string word;
    ASSERT_TRUE(stream() >> n >> word >> d) << i;
    ASSERT_EQ(n, i);
    ASSERT_EQ(word, "word" + std::to_string(i));
    ASSERT_NEAR(d, i / 8.0, 1e-3 * i);
  }
  std::string end;
  EXPECT_TRUE(stream() >> end);
  EXPECT_EQ(end, "end");
}

TEST_P(data, of_many_questions_and_answers_without_a_flush) {
  constexpr int count = 1000;
  task other_end([&] {
    for (int i = 0; i != count; ++i) {
      EXPECT_TRUE(peer().write("answer to " + peer().read_line() + "\n")) << peer().error();
    }
  });
  std::string line;
  for (int i = 0; i != count; ++i) {
    stream() << "question " << i << '\n';
    ASSERT_TRUE(std::getline(stream(), line)) << stream().error().message();
    ASSERT_EQ(line, "answer to question " + std::to_string(i));
  }
}

// What a thousand characters cost on the wire, each flushed or all at once. The peer counts, as what
// it has read is all of what was sent before: session tickets, too.
TEST_P(data, costs_little_where_it_is_not_flushed_needlessly) {
  const auto arrived = [this] { return BIO_number_read(SSL_get_rbio(peer().ssl())); };
  stream() << 'w' << std::flush;
  EXPECT_EQ(peer().read_exactly(1), "w");
  const std::uint64_t before = arrived();
  for (int i = 0; i != 1000; ++i) stream() << 'x';
  stream().flush();
  EXPECT_EQ(peer().read_exactly(1000), std::string(1000, 'x'));
  const std::uint64_t gathered = arrived() - before;
  EXPECT_GT(gathered, 1000u);
  EXPECT_LT(gathered, 1100u);
  for (int i = 0; i != 1000; ++i) stream() << 'y' << std::flush;
  EXPECT_EQ(peer().read_exactly(1000), std::string(1000, 'y'));
  EXPECT_GT(arrived() - before - gathered, 20000u) << "not sent when flushed";
}

class data_with_little_room : public data {
 protected:
  data_with_little_room() : data(4096) {}
};

INSTANTIATE_TEST_SUITE_P(, data_with_little_room, all_variants(), variant_name);

TEST_P(data_with_little_room, arrives_as_it_was_sent) { expect_echo(noise(1000000), 70000); }

}  // namespace
}  // namespace iostls
