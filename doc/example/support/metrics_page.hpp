// SPDX-License-Identifier: Apache-2.0
// What a context has counted, for Prometheus and what reads its format.
#pragma once

#include <string>

#include <iostls/context_counters.hpp>

namespace example {

// In the text format of Prometheus, version 0.0.4.
std::string metrics_page(const iostls::context_counters& counters);

}  // namespace example
