// SPDX-License-Identifier: Apache-2.0
/// \file
/// The export macro of the shared library, and a check that it fits the program.
#pragma once

#include <iostls/version.hpp>

// A program for Windows that Microsoft's compiler makes, and that links the library statically, defines
// IOSTLS_STATIC.
#if defined(_WIN32)
#if defined(IOSTLS_BUILDING)
#define IOSTLS_EXPORT __declspec(dllexport)
#elif defined(_MSC_VER) && !defined(IOSTLS_STATIC)
#define IOSTLS_EXPORT __declspec(dllimport)
#else
#define IOSTLS_EXPORT
#endif
#elif defined(__GNUC__)
#define IOSTLS_EXPORT __attribute__((visibility("default")))
#else
#define IOSTLS_EXPORT
#endif
