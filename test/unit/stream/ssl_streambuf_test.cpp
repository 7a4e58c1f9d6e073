// SPDX-License-Identifier: Apache-2.0
// The stream buffer's areas: what is kept, moved, put back, counted and sent, and when.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using traits = std::char_traits<char>;

constexpr std::size_t area = 16 * 1024;  // what each area holds unless setbuf changes it

// Sizes at which something may change.
const std::vector<std::size_t> boundaries = {0,    1,        4095,     4096,         area - 1,
                                             area, area + 1, 2 * area, 3 * area + 7, 1000000};

class areas : public testing::TestWithParam<variant> {
 protected:
  areas() : talk(in_conversation(GetParam())) {}

  std::unique_ptr<duologue> talk;
  immediate_peer& peer = talk->peer;
  ssl_stream& stream = *talk->stream;
  ssl_streambuf& buffer = talk->buffer();
};

INSTANTIATE_TEST_SUITE_P(, areas, all_variants(), variant_name);

TEST_P(areas, get_and_put_area_are_independent) {
  peer.send("abcdef");
  EXPECT_EQ(take(buffer, 2), "ab");
  EXPECT_EQ(put(buffer, "uvw"), 3);
  EXPECT_EQ(take(buffer, 2), "cd");
  EXPECT_EQ(buffer.sputc('x'), 'x');
  EXPECT_EQ(take(buffer, 2), "ef");
  EXPECT_EQ(peer.received(), "");
  EXPECT_EQ(buffer.pubsync(), 0);
  EXPECT_EQ(peer.received(), "uvwx");
}

TEST_P(areas, eight_characters_can_be_put_back_after_any_refill) {
  for (const std::size_t record : {1u, 2u, 3u, 7u, 8u, 9u, 16u, 17u, 100u, 112u, 113u}) {
    const std::string sent = numbered_bytes(400);
    peer.send_in_records(sent, record);
    for (std::size_t at = 0; at != sent.size(); ++at) {
      ASSERT_EQ(buffer.sbumpc(), traits::to_int_type(sent[at])) << record << " " << at;
      if (at < 8 || at + 1 == sent.size()) continue;
      ASSERT_EQ(buffer.sgetc(), traits::to_int_type(sent[at + 1]));  // refills where that is due
      for (std::size_t i = 0; i != 8; ++i) {
        ASSERT_EQ(buffer.sungetc(), traits::to_int_type(sent[at - i])) << record << " " << at;
      }
      ASSERT_EQ(take(buffer, 8), sent.substr(at - 7, 8)) << record << " " << at;
    }
  }
}

TEST_P(areas, characters_of_a_large_block_can_be_put_back) {
  const std::string sent = numbered_bytes(3 * area);
  peer.send_in_records(sent, area);
  ASSERT_EQ(take(buffer, 2 * area), sent.substr(0, 2 * area));
  for (std::size_t i = 1; i <= 8; ++i) {
    EXPECT_EQ(buffer.sungetc(), traits::to_int_type(sent[2 * area - i]));
  }
  EXPECT_EQ(take(buffer, area + 8), sent.substr(2 * area - 8));
}

TEST_P(areas, another_character_can_be_put_back) {
  peer.send("abcdefgh");
  peer.send("ij");
  ASSERT_EQ(take(buffer, 8), "abcdefgh");
  ASSERT_EQ(buffer.sgetc(), 'i');
  for (const char c : {'H', 'G', 'F', 'E', 'D', 'C', 'B', 'A'}) EXPECT_EQ(buffer.sputbackc(c), c);
  EXPECT_EQ(take(buffer, 10), "ABCDEFGHij");
}

TEST_P(areas, what_was_put_back_survives_a_refill) {
  peer.send("abcd");
  ASSERT_EQ(take(buffer, 4), "abcd");
  for (const char c : {'Z', 'Y', 'X'}) ASSERT_EQ(buffer.sputbackc(c), c);
  peer.send("efgh");
  EXPECT_EQ(take(buffer, 7), "XYZefgh");
  for (int i = 0; i != 8; ++i) ASSERT_NE(buffer.sungetc(), traits::eof());
  EXPECT_EQ(take(buffer, 8), "aXYZefgh");
}

TEST_P(areas, characters_can_be_put_back_at_the_end_of_input) {
  peer.send("abcdefgh");
  peer.close_notify();
  ASSERT_EQ(take(buffer, 9), "abcdefgh");
  for (int i = 0; i != 8; ++i) ASSERT_NE(buffer.sungetc(), traits::eof());
  EXPECT_EQ(take(buffer, 9), "abcdefgh");
  EXPECT_EQ(buffer.sgetc(), traits::eof());
}

TEST_P(areas, nothing_can_be_put_back_after_closing) {
  peer.send("ab");
  ASSERT_EQ(take(buffer, 2), "ab");
  peer.close_notify();
  buffer.close();
  EXPECT_EQ(buffer.sungetc(), traits::eof());
  EXPECT_THROW(buffer.sgetc(), ssl_error);
  EXPECT_EQ(buffer.sungetc(), traits::eof());
}

TEST_P(areas, nothing_can_be_put_back_before_the_first_character) {
  EXPECT_EQ(buffer.sungetc(), traits::eof());
  EXPECT_EQ(buffer.sputbackc('x'), traits::eof());
  peer.send("ab");
  ASSERT_EQ(buffer.sbumpc(), 'a');
  EXPECT_EQ(buffer.sungetc(), 'a');
  EXPECT_EQ(buffer.sungetc(), traits::eof());
  EXPECT_EQ(take(buffer, 2), "ab");
}

TEST_P(areas, blocks_of_any_size_are_read_as_they_were_sent) {
  for (const std::size_t record : {1000u, 16384u}) {
    for (const std::size_t before : {0u, 1u, 5000u}) {
      for (const std::size_t size : boundaries) {
        const std::string sent = numbered_bytes(before + size + 3);
        peer.send_in_records(sent, record);
        ASSERT_EQ(take(buffer, before), sent.substr(0, before));
        ASSERT_EQ(take(buffer, size), sent.substr(before, size)) << record << " " << before;
        ASSERT_EQ(take(buffer, 3), sent.substr(before + size)) << record << " " << before;
      }
    }
  }
}

TEST_P(areas, blocks_of_any_size_are_written_as_they_were_given) {
  for (const std::size_t before : {std::size_t(0), std::size_t(1), area - 1, area}) {
    for (const std::size_t size : boundaries) {
      const std::string sent = numbered_bytes(before + size + 3);
      for (std::size_t i = 0; i != before; ++i) ASSERT_NE(buffer.sputc(sent[i]), traits::eof());
      ASSERT_EQ(put(buffer, sent.substr(before, size)), static_cast<std::streamsize>(size));
      ASSERT_EQ(put(buffer, sent.substr(before + size)), 3);
      ASSERT_EQ(buffer.pubsync(), 0);
      ASSERT_EQ(peer.take_received(), sent) << before << " " << size;
    }
  }
}

TEST_P(areas, a_block_of_no_or_negative_size_is_nothing) {
  char c = 'x';
  EXPECT_EQ(buffer.sgetn(&c, 0), 0);
  EXPECT_EQ(buffer.sgetn(&c, -1), 0);
  EXPECT_EQ(buffer.sputn(&c, 0), 0);
  EXPECT_EQ(buffer.sputn(&c, -1), 0);
  EXPECT_EQ(c, 'x');
  EXPECT_EQ(buffer.pubsync(), 0);
  EXPECT_EQ(peer.received(), "");
}

TEST_P(areas, each_endl_is_a_record) {
  for (int i = 0; i != 100; ++i) stream << "x" << std::endl;
  EXPECT_EQ(peer.new_records(), 100);
  EXPECT_EQ(peer.received().size(), 200u);
}

TEST_P(areas, records_are_full_where_there_is_enough_to_fill_them) {
  for (std::size_t i = 0; i != 16 * area; ++i) stream.put('x');
  stream.flush();
  EXPECT_EQ(peer.new_records(), 16);
  stream << "begun" << std::string(16 * area - 5, 'x') << std::flush;
  EXPECT_EQ(peer.new_records(), 16);
  EXPECT_EQ(peer.received().size(), 32 * area);
}

TEST_P(areas, records_share_a_send) {
  const std::uint64_t writes = talk->wire->writes;
  stream << std::string(64 * area, 'x') << std::flush;
  EXPECT_EQ(peer.new_records(), 64);
  EXPECT_LE(talk->wire->writes - writes, 17u);
}

TEST_P(areas, have_no_position) {
  EXPECT_EQ(stream.tellg(), std::streampos(-1));
  EXPECT_EQ(stream.tellp(), std::streampos(-1));
  EXPECT_TRUE(stream.good());
  stream.seekg(0);
  EXPECT_EQ(stream.rdstate(), std::ios::failbit);
  stream.clear();
  stream.seekp(0, std::ios::end);
  EXPECT_EQ(stream.rdstate(), std::ios::failbit);
  EXPECT_EQ(buffer.pubseekpos(0), std::streampos(-1));
  EXPECT_EQ(buffer.pubseekoff(0, std::ios::cur, std::ios::in), std::streampos(-1));
}

// What pubsetbuf does.
class area_size : public areas {};

INSTANTIATE_TEST_SUITE_P(, area_size, all_variants(), variant_name);

TEST_P(area_size, any_is_good_enough) {
  for (const int size : {1, 2, 3, 100, 16384, 16385, 100000}) {
    duologue d(GetParam());
    EXPECT_EQ(d.buffer().pubsetbuf(nullptr, size), &d.buffer());
    const std::string data = numbered_bytes(20000);
    d.peer.send_in_records(data, 16384);
    for (std::size_t i = 0; i != data.size(); ++i)
      d.stream->put(static_cast<char>(d.stream->get()));
    d.stream->flush();
    EXPECT_EQ(d.peer.received(), data) << size;
  }
}

TEST_P(area_size, is_when_output_goes_to_the_wire) {
  duologue d(GetParam());
  d.buffer().pubsetbuf(nullptr, 10);
  d.stream->do_handshake();
  d.stream->flush();  // a server's session tickets
  d.peer.new_records();
  for (int i = 0; i != 25; ++i) d.stream->put('x');
  d.stream->flush();
  EXPECT_EQ(d.peer.new_records(), 3);
}

TEST_P(area_size, of_zero_sends_at_once) {
  duologue d(GetParam());
  d.buffer().pubsetbuf(nullptr, 0);
  d.stream->put('x');
  EXPECT_EQ(d.peer.received(), "x");
  *d.stream << "yz";
  EXPECT_EQ(d.peer.received(), "xyz");
}

TEST_P(area_size, leaves_the_memory_offered_alone) {
  duologue d(GetParam());
  std::string memory(100, '#');
  d.buffer().pubsetbuf(&memory[0], static_cast<std::streamsize>(memory.size()));
  d.peer.send(std::string(50, 'r'));
  EXPECT_EQ(take(d.buffer(), 50), std::string(50, 'r'));
  *d.stream << std::string(50, 'w') << std::flush;
  EXPECT_EQ(memory, std::string(100, '#'));
}

TEST_P(area_size, stays_once_input_or_output_has_begun) {
  peer.send("abcdef");
  ASSERT_EQ(take(buffer, 3), "abc");
  ASSERT_EQ(put(buffer, "uvw"), 3);
  char memory[1];
  EXPECT_EQ(buffer.pubsetbuf(memory, 1), &buffer);
  EXPECT_EQ(buffer.pubsetbuf(nullptr, 0), &buffer);
  EXPECT_EQ(take(buffer, 3), "def");
  ASSERT_EQ(put(buffer, "xyz"), 3);
  EXPECT_EQ(peer.received(), "");
  buffer.pubsync();
  EXPECT_EQ(peer.received(), "uvwxyz");
}

}  // namespace
}  // namespace iostls
