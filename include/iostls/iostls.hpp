// SPDX-License-Identifier: Apache-2.0
/// \file
/// TLS sockets as std::iostreams: includes all headers of iostls except native.hpp.
#pragma once

#include <iostls/certificate.hpp>
#include <iostls/client_hello.hpp>
#include <iostls/close_result.hpp>
#include <iostls/connection_counters.hpp>
#include <iostls/connection_info.hpp>
#include <iostls/context_counters.hpp>
#include <iostls/credential_source.hpp>
#include <iostls/getline.hpp>
#include <iostls/handshake_event.hpp>
#include <iostls/key_update_request.hpp>
#include <iostls/local_socket.hpp>
#include <iostls/ocsp.hpp>
#include <iostls/options.hpp>
#include <iostls/policy.hpp>
#include <iostls/proxy_header.hpp>
#include <iostls/psk.hpp>
#include <iostls/self_signed.hpp>
#include <iostls/setting.hpp>
#include <iostls/socket_options.hpp>
#include <iostls/ssl_context.hpp>
#include <iostls/ssl_duplex.hpp>
#include <iostls/ssl_error.hpp>
#include <iostls/ssl_session.hpp>
#include <iostls/ssl_stream.hpp>
#include <iostls/ssl_streambuf.hpp>
#include <iostls/tcp.hpp>
#include <iostls/ticket_key.hpp>
#include <iostls/tls_alert.hpp>
#include <iostls/transport.hpp>
#include <iostls/tunnel.hpp>
#include <iostls/unwrapped_connection.hpp>
#include <iostls/verify_event.hpp>
#include <iostls/version.hpp>
