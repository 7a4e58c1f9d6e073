// SPDX-License-Identifier: Apache-2.0
// Blocks that are larger than an int can tell.
#include <climits>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <iostls/iostls.hpp>

#include "dialogue.hpp"
#include "pem.hpp"

namespace iostls {
namespace {

using namespace test;

// Of a MiB, which are more than an int can tell.
constexpr std::size_t pieces = (std::size_t{1} << 11) + 2;

// Memory whose pieces are all the same: much of it to a reader or writer, and little in fact.
class repeated_memory {
 public:
  static constexpr std::size_t piece = std::size_t{1} << 20;

  explicit repeated_memory(std::size_t pieces) : size_(pieces * piece) {
    const descriptor file(::memfd_create("repeated", MFD_CLOEXEC));
    require(file.get() >= 0 && ::ftruncate(file.get(), piece) == 0, "memfd_create");
    void* const all = ::mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(all != MAP_FAILED, "mmap");
    memory_ = static_cast<char*>(all);
    for (std::size_t at = 0; at != size_; at += piece) {
      require(::mmap(memory_ + at, piece, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                     file.get(), 0) != MAP_FAILED,
              "mmap of a piece");
    }
  }
  repeated_memory(const repeated_memory&) = delete;
  repeated_memory& operator=(const repeated_memory&) = delete;
  ~repeated_memory() { ::munmap(memory_, size_); }

  char* data() noexcept { return memory_; }

 private:
  std::size_t size_;
  char* memory_ = nullptr;
};

// A server that writes so much by one call, and goes on with its stream.
template <class Next>
void write_block(descriptor fd, std::int64_t size, Next next) {
  repeated_memory from(pieces);
  std::memset(from.data(), 'w', repeated_memory::piece);
  ssl_server_stream s(fd.release(), ssl_context::server(server_options()));
  EXPECT_TRUE(s.write(from.data(), static_cast<std::streamsize>(size))) << s.error().message();
  next(s);
}

TEST(huge_blocks, are_written_and_read_by_one_call_each) {
  if (sizeof(std::streamsize) < 8) GTEST_SKIP() << "no block is as large with 32 bits";
  constexpr std::int64_t size = std::int64_t{INT_MAX} + 2 + 1000;
  descriptor_pair pair = tcp_pair();
  task writing([&] {
    write_block(std::move(pair.a), size, [](ssl_server_stream& s) {
      EXPECT_TRUE(s << "end\n" << std::flush);
      s.get();
    });
  });
  repeated_memory to(pieces);
  ssl_client_stream s(pair.b.release(), ssl_context::client(client_options()));
  s.read(to.data(), static_cast<std::streamsize>(size));
  EXPECT_EQ(s.gcount(), size);
  EXPECT_EQ(to.data()[0], 'w');
  std::string rest;
  EXPECT_TRUE(std::getline(s, rest));
  EXPECT_EQ(rest, "end");
  s.close();
}

// A copy of them would need as much memory again.
TEST(huge_blocks, that_were_cut_stay_where_they_were_to_be_read_to) {
  if (sizeof(std::streamsize) < 8) GTEST_SKIP() << "no block is as large with 32 bits";
  constexpr std::int64_t sent = std::int64_t{INT_MAX} + 1 + 1000;
  descriptor_pair pair = tcp_pair();
  task writing([&] {
    write_block(std::move(pair.a), sent, [](ssl_server_stream& s) {
      EXPECT_TRUE(s.flush()) << s.error().message();
      s.rdbuf()->cancel();
    });
  });
  repeated_memory to(pieces);
  ssl_client_stream s(pair.b.release(), ssl_context::client(client_options()));
  s.read(to.data(), static_cast<std::streamsize>(sent + 1));
  writing.join();
  EXPECT_EQ(s.gcount(), 0);
  EXPECT_EQ(s.rdstate(), std::ios::badbit);
  ASSERT_NE(s.last_error(), nullptr);
  const std::string words = s.last_error()->what();
  EXPECT_NE(words.find("first " + std::to_string(sent) + " characters"), std::string::npos)
      << words;
  EXPECT_EQ(to.data()[0], 'w');
  s.clear();
  EXPECT_EQ(s.get(), std::char_traits<char>::eof());
  EXPECT_TRUE(s.bad());
}

}  // namespace
}  // namespace iostls
