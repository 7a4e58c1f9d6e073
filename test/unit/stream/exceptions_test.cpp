// SPDX-License-Identifier: Apache-2.0
// How a stream reports a failure: by its state, by exceptions and by error(), for each operation
// and each exceptions() mask.
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>

#include "immediate_peer.hpp"

namespace iostls {
namespace {

using namespace test;
using ios = std::ios;

const variant any_variant{role::server, tls_version::tls1_3};

// One operation on a stream, and the bits that it sets at the clean end.
struct operation {
  const char* name;
  std::function<void(ssl_stream&)> run;
  ios::iostate at_end;
};
void PrintTo(const operation& o, std::ostream* out) { *out << o.name; }

// Which of them get something from "12" before they fail makes no difference to what they report.
template <class T>
void extract(ssl_stream& s) {
  T value{};
  s >> value;
}

const std::vector<operation>& inputs() {
  static char block[10];
  const ios::iostate nothing = ios::eofbit | ios::failbit;
  static const std::vector<operation> all = {
      {"get", [](ssl_stream& s) { s.get(); }, nothing},
      {"get_char", [](ssl_stream& s) { s.get(block[0]); }, nothing},
      {"get_block", [](ssl_stream& s) { s.get(block, sizeof block); }, nothing},
      {"getline_block", [](ssl_stream& s) { s.getline(block, sizeof block); }, nothing},
      {"getline",
       [](ssl_stream& s) {
         std::string l;
         std::getline(s, l);
       },
       nothing},
      {"read", [](ssl_stream& s) { s.read(block, sizeof block); }, nothing},
      {"peek", [](ssl_stream& s) { s.peek(); }, ios::eofbit},
      {"ignore", [](ssl_stream& s) { s.ignore(10); }, ios::eofbit},
      {"ws", [](ssl_stream& s) { s >> std::ws; }, ios::eofbit},
      {"number", extract<int>, nothing},
      {"real", extract<double>, nothing},
      {"flag", extract<bool>, nothing},
      {"word", extract<std::string>, nothing},
      {"character", extract<char>, nothing},
      {"noskipws",
       [](ssl_stream& s) {
         char c = 0;
         s >> std::noskipws >> c;
       },
       nothing},
      {"custom",
       [](ssl_stream& s) {
         std::istream::sentry k(s);
         if (k) s.rdbuf()->sgetc();
       },
       nothing},
  };
  return all;
}

const std::vector<operation>& outputs() {
  static const std::vector<operation> all = {
      {"flush", [](ssl_stream& s) { s << 'x' << std::flush; }, ios::goodbit},
      {"endl", [](ssl_stream& s) { s << std::endl; }, ios::goodbit},
      {"block", [](ssl_stream& s) { s << std::string(100000, 'x'); }, ios::goodbit},
      {"write", [](ssl_stream& s) { s.write(std::string(100000, 'x').data(), 100000); },
       ios::goodbit},
      {"put",
       [](ssl_stream& s) {
         for (int i = 0; i != 100000; ++i) s.put('x');
       },
       ios::goodbit},
      {"number",
       [](ssl_stream& s) {
         for (int i = 0; i != 100000; ++i) s << i;
       },
       ios::goodbit},
  };
  return all;
}

std::string operation_name(const testing::TestParamInfo<operation>& info) {
  return info.param.name;
}

std::unique_ptr<duologue> talk() { return in_conversation(any_variant); }

// What came out of the operation: nothing, something of std, or a failure of ours.
enum class thrown { nothing, ios_failure, ssl_failure };
void PrintTo(thrown t, std::ostream* out) {
  *out << (t == thrown::nothing ? "nothing" : t == thrown::ios_failure ? "failure" : "ssl_error");
}

thrown run(const operation& o, ssl_stream& s) {
  try {
    o.run(s);
    return thrown::nothing;
  } catch (const ssl_error& e) {
    EXPECT_EQ(e.code(), s.error());
    EXPECT_STREQ(e.what(), s.last_error()->what());
    return thrown::ssl_failure;
  } catch (const ios::failure&) {
    return thrown::ios_failure;
  }
}

std::vector<ios::iostate> all_masks() {
  std::vector<ios::iostate> masks;
  for (int i = 0; i != 8; ++i) {
    ios::iostate mask = ios::goodbit;
    if ((i & 1) != 0) mask |= ios::badbit;
    if ((i & 2) != 0) mask |= ios::failbit;
    if ((i & 4) != 0) mask |= ios::eofbit;
    masks.push_back(mask);
  }
  return masks;
}

// A failure is badbit and no eofbit. It is thrown itself if badbit throws; if that does not, but
// failbit does, which some operations set beside it, that is an exception of the standard library.
void expect_failure_told(const operation& o, ssl_stream& s, ssl_errc kind) {
  const thrown t = run(o, s);
  EXPECT_TRUE(s.bad());
  EXPECT_FALSE(s.eof());
  EXPECT_EQ(s.error(), kind) << s.error().message();
  const ios::iostate throwing = s.rdstate() & s.exceptions();
  if ((throwing & ios::badbit) != 0) {
    EXPECT_EQ(t, thrown::ssl_failure);
  } else {
    EXPECT_EQ(t, throwing == 0 ? thrown::nothing : thrown::ios_failure);
  }
}

class failing_operation : public testing::TestWithParam<operation> {
 protected:
  // Whatever exceptions() are asked for. Returns the code of the last one.
  std::error_code expect_told(ssl_errc kind, const std::function<void(duologue&)>& befall) const {
    std::error_code told;
    for (const ios::iostate mask : all_masks()) {
      SCOPED_TRACE(mask);
      const auto d = talk();
      befall(*d);
      d->stream->exceptions(mask);
      expect_failure_told(GetParam(), *d->stream, kind);
      told = d->stream->error();
    }
    return told;
  }

  void expect_failed_handshake_told() const {
    for (const ios::iostate mask : all_masks()) {
      SCOPED_TRACE(mask);
      duologue d(any_variant);
      d.wire->on_read = from_call(0, fault::ended());
      d.stream->exceptions(mask);
      expect_failure_told(GetParam(), *d.stream, ssl_errc::handshake_failed);
    }
  }

  void expect_closed_stream_told() const {
    expect_told(ssl_errc::closed, [](duologue& d) { d.stream->close(); });
    for (const ios::iostate mask : all_masks()) {
      SCOPED_TRACE(mask);
      ssl_client_stream unopened;
      unopened.exceptions(mask);
      expect_failure_told(GetParam(), unopened, ssl_errc::closed);
    }
  }
};

class input : public failing_operation {};

INSTANTIATE_TEST_SUITE_P(, input, testing::ValuesIn(inputs()), operation_name);

TEST_P(input, tells_of_a_cut_connection_as_exceptions_asks) {
  expect_told(ssl_errc::truncated, [](duologue& d) { d.peer.cut(); });
}

TEST_P(input, tells_of_a_transport_error_as_exceptions_asks) {
  const std::error_code told = expect_told(
      ssl_errc::system_error, [](duologue& d) { d.peer.break_input(std::errc::connection_reset); });
  EXPECT_EQ(told, std::errc::connection_reset);
}

TEST_P(input, tells_of_a_failed_handshake_as_exceptions_asks) { expect_failed_handshake_told(); }

TEST_P(input, tells_of_a_timeout_as_exceptions_asks_and_goes_on_after_it) {
  for (const ios::iostate mask : all_masks()) {
    SCOPED_TRACE(mask);
    const auto d = talk();
    d->stream->expires_after(std::chrono::seconds(0));
    d->stream->exceptions(mask);
    expect_failure_told(GetParam(), *d->stream, ssl_errc::timed_out);
    d->stream->expires_never();
    d->stream->clear();
    d->peer.send("on ");
    std::string word;
    EXPECT_TRUE(*d->stream >> word);
    EXPECT_EQ(word, "on");
  }
}

TEST_P(input, tells_that_the_stream_is_closed_as_exceptions_asks) { expect_closed_stream_told(); }

TEST_P(input, tells_of_the_clean_end_as_of_that_of_a_file) {
  for (const ios::iostate mask : all_masks()) {
    SCOPED_TRACE(mask);
    const auto d = talk();
    d->peer.close_notify();
    d->stream->exceptions(mask);
    const thrown t = run(GetParam(), *d->stream);
    EXPECT_EQ(d->stream->rdstate(), GetParam().at_end);
    EXPECT_EQ(t, (GetParam().at_end & mask) != 0 ? thrown::ios_failure : thrown::nothing);
    EXPECT_FALSE(d->stream->error());
  }
}

class output : public failing_operation {};

INSTANTIATE_TEST_SUITE_P(, output, testing::ValuesIn(outputs()), operation_name);

TEST_P(output, tells_of_a_transport_error_as_exceptions_asks) {
  const std::error_code told = expect_told(
      ssl_errc::system_error, [](duologue& d) { d.peer.break_output(std::errc::broken_pipe); });
  EXPECT_EQ(told, std::errc::broken_pipe);
}

TEST_P(output, tells_of_a_failed_handshake_as_exceptions_asks) { expect_failed_handshake_told(); }

TEST_P(output, tells_that_the_stream_is_closed_as_exceptions_asks) { expect_closed_stream_told(); }

TEST_P(output, goes_on_after_the_clean_end_of_input) {
  const auto d = talk();
  d->peer.close_notify();
  EXPECT_EQ(d->stream->get(), EOF);
  d->stream->clear();
  EXPECT_EQ(run(GetParam(), *d->stream), thrown::nothing);
  d->stream->flush();
  EXPECT_TRUE(d->stream->good());
  EXPECT_NE(d->peer.received(), "");
}

// A count would come with eofbit, for which nobody waits who asks for it first.
TEST(a_block, that_was_cut_is_bad_and_no_end_and_stays_unread) {
  for (const std::size_t size : {1u, 5u, 5000u, 40000u}) {
    for (const ios::iostate mask : {ios::goodbit, ios::badbit}) {
      const auto d = talk();
      const std::string sent = numbered_bytes(size + 2);
      d->peer.send_in_records(sent, 16384);
      d->peer.cut();
      d->stream->exceptions(mask);
      ASSERT_EQ(d->stream->get(), std::char_traits<char>::to_int_type(sent[0]));
      std::string got(size + 10, '\0');
      const operation block = {
          "block",
          [&](ssl_stream& s) { s.read(&got[0], static_cast<std::streamsize>(got.size())); },
          ios::eofbit | ios::failbit};
      for (int i = 0; i != 2; ++i) {
        expect_failure_told(block, *d->stream, ssl_errc::truncated);
        EXPECT_EQ(d->stream->rdstate(), ios::badbit);
        EXPECT_EQ(d->stream->gcount(), 0);
        d->stream->clear();
      }
      d->stream->read(&got[0], static_cast<std::streamsize>(size + 1));
      EXPECT_EQ(got.substr(0, size + 1), sent.substr(1));
      expect_failure_told(inputs().front(), *d->stream, ssl_errc::truncated);
    }
  }
}

TEST(a_block, that_a_timeout_stopped_goes_on_after_it) {
  for (const ios::iostate mask : {ios::goodbit, ios::badbit}) {
    const auto d = talk();
    d->stream->expires_after(std::chrono::seconds(0));
    d->stream->exceptions(mask);
    d->peer.send("hello");
    std::string got(10, '\0');
    const operation block = {"block", [&](ssl_stream& s) { s.read(&got[0], 10); },
                             ios::eofbit | ios::failbit};
    expect_failure_told(block, *d->stream, ssl_errc::timed_out);
    EXPECT_EQ(d->stream->gcount(), 0);
    d->stream->clear();
    d->peer.send("world");
    EXPECT_TRUE(d->stream->read(&got[0], 10));
    EXPECT_EQ(got, "helloworld");
  }
}

}  // namespace
}  // namespace iostls
