// SPDX-License-Identifier: Apache-2.0
// A call of each public member of the streams and of what is beneath them.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <vector>

#include "subject.hpp"

namespace iostls {
namespace test {

struct row {
  const char* member;  // as test/members/public_members.py prints it
  std::function<void(subject&)> call;
  enum kind_type {
    plain,
    // What moves or replaces the stream, so that it must not be done within it.
    replacing,
    // An operator or function of the standard's streams, which throws nothing unless exceptions() say so.
    standard
  } kind = plain;
};

// A transport whose peer has left, so that nobody waits for it.
std::unique_ptr<transport> deserted_transport();

std::vector<row> stream_rows();           // of ssl_stream, ssl_server_stream, ssl_client_stream
std::vector<row> buffer_rows();           // of ssl_streambuf and what it inherits
std::vector<row> standard_stream_rows();  // of std::istream and std::ostream

}  // namespace test
}  // namespace iostls
