// SPDX-License-Identifier: Apache-2.0
#include "utc_time.hpp"

#include <array>

#include <openssl/err.h>

namespace iostls {
namespace detail {

bool read_time(const ASN1_TIME* time, std::time_t& result) noexcept {
  std::tm parts{};
  ERR_set_mark();
  const bool is_time = time != nullptr && ASN1_TIME_to_tm(time, &parts) == 1;
  ERR_pop_to_mark();
  if (is_time) result = timegm(&parts);
  return is_time;
}

std::string utc_text(std::time_t time) {
  std::tm parts{};
  std::array<char, 64> text{};
  if (gmtime_r(&time, &parts) == nullptr) return std::to_string(time);
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

}  // namespace detail
}  // namespace iostls
