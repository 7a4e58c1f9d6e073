// SPDX-License-Identifier: Apache-2.0
// What most tests include, compiled once for all of them. Each test nevertheless includes what it uses:
// -Db_pch=false builds them without this header.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <gtest/gtest.h>
#include <iostls/iostls.hpp>
