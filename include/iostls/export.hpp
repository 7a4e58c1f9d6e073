// SPDX-License-Identifier: Apache-2.0
/// \file
/// The export macro of the shared library, and nothing else.
#pragma once

#if defined(__GNUC__)
#define IOSTLS_EXPORT __attribute__((visibility("default")))
#else
#define IOSTLS_EXPORT
#endif
