// SPDX-License-Identifier: Apache-2.0
/// \file
/// The export macro of the shared library, and a check that it fits the program.
#pragma once

#include <iostls/version.hpp>

#if defined(__GNUC__)
#define IOSTLS_EXPORT __attribute__((visibility("default")))
#else
#define IOSTLS_EXPORT
#endif
