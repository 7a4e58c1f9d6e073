// SPDX-License-Identifier: Apache-2.0
// The pages that https_server shows.
#pragma once

#include <string>

#include <iostls/certificate.hpp>
#include <iostls/connection_info.hpp>

namespace example {

// What client and server have negotiated, and who the client is.
std::string status_page(const iostls::connection_info& info, const iostls::certificate& client);

// "404 Not Found", as a page.
std::string error_page(const std::string& status);

}  // namespace example
