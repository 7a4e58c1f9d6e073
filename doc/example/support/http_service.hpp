// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on one connection.
#pragma once

#include <functional>
#include <string>

#include <iostls/ssl_stream.hpp>

namespace example {

// Answers requests until the client leaves, misbehaves or is too slow, and closes the stream. "/" shows
// the connection, and "/metrics" what `metrics` returns, in the text format of Prometheus.
// `on_request` is called whenever a request has arrived. Throws iostls::ssl_error if the handshake
// fails; later failures end the connection, and the stream's error() has the reason.
void serve_http(iostls::ssl_server_stream& stream, const std::function<void()>& on_request,
                const std::function<std::string()>& metrics);

}  // namespace example
