// SPDX-License-Identifier: Apache-2.0
// Lets a test see what happens later, without waiting: the calendar's clock of the whole process, OpenSSL
// included. Deadlines and sleeping go by another clock, which stays as it is.
#pragma once

#include <chrono>

namespace iostls {
namespace test {

// It is that much later for as long as the object lives.
class later {
 public:
  explicit later(std::chrono::seconds by) noexcept;
  later(const later&) = delete;
  later& operator=(const later&) = delete;
  ~later();

 private:
  const long by_;
};

}  // namespace test
}  // namespace iostls
