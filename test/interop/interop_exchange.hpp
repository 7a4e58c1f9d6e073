// SPDX-License-Identifier: Apache-2.0
// The mode "exchange" of both interop programs.
#pragma once

#include <iostls/iostls.hpp>

#include "interop_options.hpp"
#include "interop_report.hpp"

namespace interop {

// Sends a line "START" and `times` times the file, while another thread reads as much as the file
// is in all, and prints what came.
void exchange(iostls::ssl_stream& stream, const reporter& say, const arguments& a);

}  // namespace interop
