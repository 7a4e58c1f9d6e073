// SPDX-License-Identifier: Apache-2.0
// An end that is a std::iostream, or one stream for each way.
#pragma once

#include <iostream>
#include <stdexcept>
#include <string>

#include "peer.hpp"

namespace bench {

class stream_end : public end {
 public:
  void handshake() override {}
  void write(const char* data, std::size_t size) override {
    if (!out()->write(data, static_cast<std::streamsize>(size))) fail("write");
  }
  void flush() override {
    if (!out()->flush()) fail("flush");
  }
  std::size_t read(char* data, std::size_t size) override {
    in()->read(data, static_cast<std::streamsize>(size));
    if (in()->bad()) fail("read");
    return static_cast<std::size_t>(in()->gcount());
  }
  void send_line(const std::string& line) override {
    if (!(*out() << line << std::endl)) fail("write");
  }
  void read_line(std::string& line) override {
    if (!getline(*in(), line)) fail("read");
  }

 protected:
  [[noreturn]] static void fail(const char* operation) {
    throw std::runtime_error(std::string(operation) + " has failed");
  }
};

}  // namespace bench
