// SPDX-License-Identifier: Apache-2.0
#include "metrics_page.hpp"

#include <array>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <utility>

namespace example {
namespace {

using iostls::ssl_errc;

// How a handshake can fail.
const std::array<std::pair<ssl_errc, const char*>, 8> kinds = {
    {{ssl_errc::handshake_failed, "handshake_failed"},
     {ssl_errc::certificate_rejected, "certificate_rejected"},
     {ssl_errc::alert_received, "alert_received"},
     {ssl_errc::protocol_error, "protocol_error"},
     {ssl_errc::timed_out, "timed_out"},
     {ssl_errc::canceled, "canceled"},
     {ssl_errc::closed, "closed"},
     {ssl_errc::system_error, "system_error"}}};

void begin(std::ostream& out, const char* name, const char* help) {
  out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << " counter\n";
}

void add_alerts(std::ostream& out, const iostls::context_counters& counters) {
  begin(out, "tls_alerts_total", "TLS alerts, but for close_notify.");
  for (int number = 0; number != 256; ++number) {
    const auto alert = static_cast<iostls::tls_alert>(number);
    const std::array<std::pair<const char*, std::uint64_t>, 2> counts = {
        {{"received", counters.alerts_received(alert)}, {"sent", counters.alerts_sent(alert)}}};
    for (const auto& count : counts) {
      if (count.second == 0) continue;
      out << "tls_alerts_total{direction=\"" << count.first << "\",alert=\"" << alert << "\"} "
          << count.second << '\n';
    }
  }
}

}  // namespace

std::string metrics_page(const iostls::context_counters& counters) {
  std::ostringstream out;
  begin(out, "tls_handshakes_total", "TLS handshakes that have succeeded.");
  out << "tls_handshakes_total{resumed=\"false\"} " << counters.full_handshakes << '\n'
      << "tls_handshakes_total{resumed=\"true\"} " << counters.resumed_handshakes << '\n';
  begin(out, "tls_handshake_failures_total", "TLS handshakes that have failed, by kind.");
  for (const auto& kind : kinds) {
    out << "tls_handshake_failures_total{kind=\"" << kind.second << "\"} "
        << counters.failed_handshakes(kind.first) << '\n';
  }
  begin(out, "tls_bytes_total", "Bytes on the network, with what TLS adds.");
  out << "tls_bytes_total{direction=\"received\"} " << counters.bytes_received << '\n'
      << "tls_bytes_total{direction=\"sent\"} " << counters.bytes_sent << '\n';
  add_alerts(out, counters);
  return out.str();
}

}  // namespace example
