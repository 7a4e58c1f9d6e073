// SPDX-License-Identifier: Apache-2.0
#include "base/utc_time.hpp"

#include <array>
#include <ctime>

#include <openssl/crypto.h>
#include <openssl/err.h>

namespace iostls {
namespace detail {
namespace {

constexpr int seconds_of_a_day = 24 * 60 * 60;

std::tm epoch() noexcept {
  std::tm parts{};
  parts.tm_year = 70;
  parts.tm_mday = 1;
  return parts;
}

}  // namespace

bool read_time(const ASN1_TIME* time, utc_seconds& result) noexcept {
  const std::tm begin = epoch();
  std::tm parts{};
  int days = 0;
  int seconds = 0;
  ERR_set_mark();
  const bool is_time = time != nullptr && ASN1_TIME_to_tm(time, &parts) == 1 &&
                       OPENSSL_gmtime_diff(&days, &seconds, &begin, &parts) == 1;
  ERR_pop_to_mark();
  if (is_time) result = utc_seconds{days} * seconds_of_a_day + seconds;
  return is_time;
}

std::string utc_text(utc_seconds time) {
  std::tm parts = epoch();
  std::array<char, 64> text{};
  const auto days = static_cast<int>(time / seconds_of_a_day);
  if (OPENSSL_gmtime_adj(&parts, days, static_cast<long>(time % seconds_of_a_day)) != 1) {
    return std::to_string(time);
  }
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text.data();
}

}  // namespace detail
}  // namespace iostls
