// SPDX-License-Identifier: Apache-2.0
// Which sanitizer the program is built with: IOSTLS_TEST_ASAN and IOSTLS_TEST_TSAN are 1 or 0. GCC defines a macro
// for each; Clang 14 has only __has_feature.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define IOSTLS_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IOSTLS_TEST_ASAN 1
#endif
#endif
#ifndef IOSTLS_TEST_ASAN
#define IOSTLS_TEST_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define IOSTLS_TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IOSTLS_TEST_TSAN 1
#endif
#endif
#ifndef IOSTLS_TEST_TSAN
#define IOSTLS_TEST_TSAN 0
#endif
