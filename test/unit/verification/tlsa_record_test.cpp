// SPDX-License-Identifier: Apache-2.0
// TLSA records by themselves: how they are read and written, and which of them OpenSSL can use.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "thrown.hpp"
#include "tlsa.hpp"

namespace iostls {
namespace test {
namespace {

const std::string& leaf() { return localhost().certificate; }

TEST(tlsa_record, is_read_from_the_text_of_zone_files) {
  const tlsa_record record = tlsa_record::parse("3 1 1 00ff7fA0");
  EXPECT_EQ(record, (tlsa_record{3, 1, 1, std::string("\0\xff\x7f\xa0", 4)}));
  EXPECT_EQ(tlsa_record::parse(" 3  1\t1 00FF\n 7f A 0 "), record);
  EXPECT_EQ(record.text(), "3 1 1 00ff7fa0");
  EXPECT_EQ(tlsa_record::parse("255 254 253 00"),
            (tlsa_record{255, 254, 253, std::string(1, '\0')}));
}

TEST(tlsa_record, is_read_from_rdata) {
  EXPECT_EQ(tlsa_record::from_rdata(std::string("\3\1\1ab", 5)), (tlsa_record{3, 1, 1, "ab"}));
  EXPECT_EQ(tlsa_record::from_rdata("\xff\xfe\xfd"), (tlsa_record{255, 254, 253, ""}));
}

TEST(tlsa_record, differs_if_any_part_does) {
  const tlsa_record record{2, 1, 1, "a"};
  EXPECT_EQ(record, (tlsa_record{2, 1, 1, "a"}));
  for (const tlsa_record& other : {tlsa_record{3, 1, 1, "a"}, tlsa_record{2, 0, 1, "a"},
                                   tlsa_record{2, 1, 2, "a"}, tlsa_record{2, 1, 1, "b"}}) {
    EXPECT_NE(record, other);
  }
}

TEST(tlsa_record, that_is_none_is_refused_with_its_text) {
  for (const char* const text : {"", "3", "3 1 1", "3 1 1 ", "3 1 1 0", "3 1 1 0g", "3 1 1 00-11",
                                 "256 1 1 00", "3 1 1000 00", "-3 1 1 00", "+3 1 1 00",
                                 "3.0 1 1 00", "DANE-EE 1 1 00", "0x3 1 1 00", "3 1 1 ( 00 )"}) {
    const ssl_error e = thrown_by([&] { tlsa_record::parse(text); });
    EXPECT_EQ(e.code(), ssl_errc::bad_configuration) << text;
    EXPECT_EQ(e.operation(), "tlsa_records") << text;
    EXPECT_TRUE(mentions(e, '"' + std::string(text) + "\" is no TLSA record")) << e.what();
  }
  const ssl_error e = thrown_by([] { tlsa_record::from_rdata("\3\1"); });
  EXPECT_EQ(e.operation(), "tlsa_records");
  EXPECT_TRUE(mentions(e, "at least 3 bytes, and this has 2")) << e.what();
}

TEST(tlsa_record, that_cannot_be_used_has_a_fault) {
  const std::string sha256(32, 's');
  const auto fault = [](int usage, int selector, int type, const std::string& data) {
    return tlsa_record{static_cast<std::uint8_t>(usage), static_cast<std::uint8_t>(selector),
                       static_cast<std::uint8_t>(type), data}
        .fault();
  };
  EXPECT_EQ(fault(3, 1, 1, sha256), "");
  EXPECT_EQ(fault(4, 1, 1, sha256), "the usage 4 is none of 0, 1, 2 and 3");
  EXPECT_EQ(fault(3, 2, 1, sha256), "the selector 2 is none of 0 and 1");
  EXPECT_EQ(fault(3, 1, 3, sha256), "the matching type 3 is none of 0, 1 and 2");
  EXPECT_EQ(fault(3, 1, 1, sha256 + 's'), "a SHA-256 has 32 bytes, and this has 33");
  EXPECT_EQ(fault(3, 1, 2, sha256), "a SHA-512 has 64 bytes, and this has 32");
  EXPECT_EQ(fault(3, 1, 0, ""), "the data are no SubjectPublicKeyInfo in DER");
  EXPECT_EQ(fault(2, 0, 0, sha256), "the data are no certificate in DER");
}

// What SSL_dane_tlsa_add(3) makes of a record.
bool is_usable_to_openssl(const tlsa_record& record) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> ctx(SSL_CTX_new(TLS_client_method()),
                                                              SSL_CTX_free);
  require(SSL_CTX_dane_enable(ctx.get()) == 1, "SSL_CTX_dane_enable");
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(ctx.get()), SSL_free);
  require(SSL_dane_enable(ssl.get(), "localhost") == 1, "SSL_dane_enable");
  const int added = SSL_dane_tlsa_add(
      ssl.get(), record.usage, record.selector, record.matching_type,
      reinterpret_cast<const unsigned char*>(record.data.data()), record.data.size());
  ERR_clear_error();
  return added == 1;
}

TEST(tlsa_record, is_usable_to_openssl_if_it_has_no_fault) {
  int usable = 0;
  for (int usage : {0, 1, 2, 3, 4, 255}) {
    for (int selector : {0, 1, 2}) {
      for (int type : {0, 1, 2, 3}) {
        tlsa_record record = tlsa_for(leaf(), usage, selector, type);
        for (int change : {0, 1, 2, 3}) {
          if (change == 1) record.data.pop_back();
          if (change == 2) record.data += "ab";
          if (change == 3) record.data.clear();
          EXPECT_EQ(record.fault().empty(), is_usable_to_openssl(record)) << record.text();
          usable += record.fault().empty() ? 1 : 0;
        }
      }
    }
  }
  EXPECT_EQ(usable, 4 * 2 * 3);
  EXPECT_EQ(ERR_peek_error(), 0UL) << "fault() leaves OpenSSL's queue as it was";
}

struct wrong_list {
  std::vector<tlsa_record> records;
  const char* words;
};

TEST(tlsa_records, are_refused_if_none_is_usable_with_the_number_of_each) {
  const std::string digest(32, 'x');
  for (const wrong_list& each : {
           wrong_list{{}, "tlsa_records: wrong option: the list is empty"},
           wrong_list{{{3, 1, 1, "short"}}, "record 1: a SHA-256 has 32 bytes, and this has 5"},
           wrong_list{{{3, 1, 9, digest}, {7, 1, 1, digest}},
                      "no record is usable; record 1: the matching type 9 is none of 0, 1 and 2; "
                      "record 2: the usage 7 is none of 0, 1, 2 and 3"},
       }) {
    context_options o = client_options();
    o.tlsa_records = each.records;
    const ssl_error of_context = thrown_by([&] { ssl_context::client(o); });
    connection_options own;
    own.tlsa_records = each.records;
    const ssl_error of_connection = thrown_by([&] {
      descriptor_pair pair = socket_pair();
      ssl_client_stream s(pair.a.get(), ssl_context::client(client_options()), own);
    });
    for (const ssl_error& e : {of_context, of_connection}) {
      EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
      EXPECT_EQ(e.operation(), "tlsa_records");
      EXPECT_TRUE(mentions(e, each.words)) << e.what();
    }
  }
  context_options server = server_options();
  server.tlsa_records = {tlsa_for(leaf(), 3)};
  const ssl_error e = thrown_by([&] { ssl_context::server(server); });
  EXPECT_EQ(e.operation(), "tlsa_records");
  EXPECT_TRUE(mentions(e, "only a client")) << e.what();
}

TEST(tlsa_records, are_refused_with_options_that_leave_nothing_to_compare) {
  const auto refusal = [](void (*change)(context_options&)) {
    context_options o = client_options();
    o.tlsa_records = {tlsa_for(leaf(), 3)};
    change(o);
    return thrown_by([&] {
      descriptor_pair pair = socket_pair();
      ssl_client_stream s(pair.a.get(), ssl_context::client(o));
    });
  };
  const ssl_error none = refusal([](context_options& o) { o.verify = verify_mode::none; });
  EXPECT_EQ(none.operation(), "tlsa_records");
  EXPECT_TRUE(mentions(none, "if verify is none")) << none.what();
  const ssl_error nameless = refusal([](context_options& o) {
    o.server_name.reset();
    o.psk = pre_shared_key{"me", std::string(32, 'k')};
  });
  EXPECT_EQ(nameless.operation(), "tlsa_records");
  EXPECT_TRUE(mentions(nameless, "server_name is not set")) << nameless.what();
}

TEST(tlsa_records, are_refused_beside_raw_public_keys) {
  context_options o = client_options();
  o.tlsa_records = {tlsa_for(leaf(), 3)};
  o.accept_raw_public_keys = true;
  o.pinned_public_keys = {certificate::from_pem(leaf()).public_key_pin()};
  const ssl_error e = thrown_by([&] {
    descriptor_pair pair = socket_pair();
    ssl_client_stream s(pair.a.get(), ssl_context::client(o));
  });
  EXPECT_EQ(e.code(), ssl_errc::bad_configuration);
  // Before OpenSSL 3.2, that option is refused by itself.
  EXPECT_TRUE(e.operation() == "tlsa_records" || e.operation() == "accept_raw_public_keys")
      << e.what();
}

}  // namespace
}  // namespace test
}  // namespace iostls
