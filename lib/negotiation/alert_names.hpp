// SPDX-License-Identifier: Apache-2.0
// The names of alerts.
#pragma once

#include <string>

namespace iostls {
namespace detail {

// "unknown_ca"; the number of an alert that OpenSSL does not know.
std::string alert_name(int alert);

}  // namespace detail
}  // namespace iostls
