// SPDX-License-Identifier: Apache-2.0
#include "status_page.hpp"

#include <array>
#include <chrono>
#include <ctime>

namespace example {
namespace {

const char* const style = R"css(
:root{color-scheme:light dark;--page:#f3f5f8;--card:#fff;--text:#1b2430;--soft:#5d6b7c;--line:#e4e9ef;
--good:#0a7d55;--tint:#e6f6ef}
@media(prefers-color-scheme:dark){:root{--page:#11161d;--card:#1a212b;--text:#e6ebf2;--soft:#93a1b3;
--line:#2a3441;--good:#4fd3a0;--tint:#17352b}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:2rem 1rem;background:var(--page);
color:var(--text);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{width:100%;max-width:42rem;background:var(--card);border:1px solid var(--line);border-radius:16px;
padding:2.25rem 2.5rem;box-shadow:0 12px 40px rgba(16,24,40,.08)}
h1{margin:0 0 .25rem;font-size:1.6rem;line-height:1.25;letter-spacing:-.015em}
h2{margin:2rem 0 .25rem;font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft)}
p{margin:0;color:var(--soft)}
.badge{display:inline-block;margin-bottom:1rem;padding:.2rem .75rem;border-radius:99px;font-size:.875rem;
font-weight:600;color:var(--good);background:var(--tint)}
dl{margin:0;display:grid;grid-template-columns:11.5rem 1fr}
dt,dd{margin:0;padding:.6rem 0;border-top:1px solid var(--line)}
dt{padding-right:1rem;color:var(--soft)}
dd{font:500 .9rem/1.7 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
h2+dl dt:first-of-type,h2+dl dd:first-of-type{border-top:0}
.none{font-family:inherit;color:var(--soft)}
footer{margin-top:2rem;font-size:.85rem;color:var(--soft)}
@media(max-width:32rem){main{padding:1.5rem}dl{display:block}dt{padding:.6rem 0 0}dd{padding:0 0 .6rem;border:0}}
)css";

// Everything that a peer can influence goes through here: the maker of a certificate chooses the
// names in it.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string page(const std::string& title, const std::string& content) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>" +
         escaped(title) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<main>\n" +
         content + "<footer>Served by iostls: TLS sockets as std::iostreams.</footer>\n" +
         "</main>\n</body>\n</html>\n";
}

std::string row(const std::string& name, const std::string& value, const std::string& if_empty) {
  return "<dt>" + name + "</dt>" +
         (value.empty() ? "<dd class=\"none\">" + if_empty : "<dd>" + escaped(value)) + "</dd>\n";
}

std::string date_text(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string client_section(const iostls::connection_info& info, const iostls::certificate& client) {
  if (!client) return row("Certificate", "", "none was presented");
  return row("Subject", client.subject(), "empty") + row("Issuer", client.issuer(), "empty") +
         row("Names", joined(client.subject_alt_names()), "none") +
         row("Valid until", date_text(client.not_after()), "") +
         row("SHA-256", client.fingerprint_sha256(), "") +
         row("Verified", info.verified ? "yes" : info.verify_result_string, "no");
}

}  // namespace

std::string status_page(const iostls::connection_info& info, const iostls::certificate& client) {
  return page(
      "iostls: " + info.protocol,
      "<span class=\"badge\">Encrypted</span>\n<h1>This page came over " + escaped(info.protocol) +
          "</h1>\n<p>Below is what your client and this server have agreed on.</p>\n" +
          "<h2>Connection</h2>\n<dl>\n" + row("Protocol", info.protocol, "") +
          row("Cipher", info.cipher, "") + row("Key exchange", info.group, "unknown") +
          row("Server name (SNI)", info.server_name, "your client named none") +
          row("Application (ALPN)", info.alpn, "none agreed on") +
          row("Session", info.resumed ? "resumed" : "new", "") +
          "</dl>\n<h2>Your certificate</h2>\n<dl>\n" + client_section(info, client) + "</dl>\n");
}

std::string error_page(const std::string& status) {
  return page(status, "<h1>" + escaped(status) + "</h1>\n<p>This server has one page: " +
                          "<a href=\"/\">what was negotiated</a>.</p>\n");
}

}  // namespace example
