// SPDX-License-Identifier: Apache-2.0
#include "openssl/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/escape.hpp"
#include "base/immortal.hpp"
#include "base/lazy_instance.hpp"
#include "openssl/error_queue.hpp"

namespace iostls {
namespace {

const char* kind_text(ssl_errc kind) {
  switch (kind) {
    case ssl_errc::closed:
      return "the stream is closed";
    case ssl_errc::truncated:
      return "the peer ended the connection without close_notify";
    case ssl_errc::timed_out:
      return "timed out";
    case ssl_errc::canceled:
      return "canceled";
    case ssl_errc::handshake_failed:
      return "the handshake failed";
    case ssl_errc::certificate_rejected:
      return "the peer's certificate was rejected";
    case ssl_errc::alert_received:
      return "the peer sent a fatal alert";
    case ssl_errc::protocol_error:
      return "protocol error";
    case ssl_errc::bad_configuration:
      return "wrong option";
    case ssl_errc::bad_credentials:
      return "unusable credentials";
    case ssl_errc::system_error:
      return "system error";
    case ssl_errc::woken:
      return "woken";
    case ssl_errc::ech_rejected:
      return "the server has rejected Encrypted Client Hello";
  }
  return "unknown error";
}

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "iostls"; }

  std::string message(int value) const override { return kind_text(static_cast<ssl_errc>(value)); }

  std::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<ssl_errc>(value)) {
      case ssl_errc::closed:
        return std::errc::not_connected;
      case ssl_errc::truncated:
        return std::errc::connection_aborted;
      case ssl_errc::timed_out:
        return std::errc::timed_out;
      case ssl_errc::canceled:
        return std::errc::operation_canceled;
      case ssl_errc::protocol_error:
        return std::errc::protocol_error;
      case ssl_errc::bad_configuration:
        return std::errc::invalid_argument;
      default:
        return std::error_condition(value, *this);
    }
  }
};

// Removes the PIN of a device from the text. A URI may have one in its query (RFC 7512), and some
// providers accept it in the path, too.
std::string without_pins(std::string_view text) {
  constexpr std::string_view mark = "pin-value=";
  std::string result;
  for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
    result.append(text.substr(0, at)).append(mark).append("...");
    text.remove_prefix(at + mark.size());
    text.remove_prefix(std::min(text.find_first_of(";&?\""), text.size()));
  }
  return result.append(text);
}

// "reason (library)", or the code in hexadecimal if OpenSSL has no text for it.
std::string queue_entry_text(unsigned long code, const char* data) {
  std::string text;
  if (const char* reason = ERR_reason_error_string(code)) {
    text = reason;
  } else {
    std::array<char, 120> raw{};
    ERR_error_string_n(code, raw.data(), raw.size());
    text = raw.data();
  }
  if (data != nullptr && *data != '\0') text.append(" (").append(without_pins(data)).append(")");
  return text;
}

// Whether the reason may be in OpenSSL's queue. Failures of the system, deadlines and canceled
// operations have none there; what is in the queue then belongs to something else.
bool may_be_of_openssl(const std::error_code& code) noexcept {
  return code.category() == ssl_category() && code != ssl_errc::closed &&
         code != ssl_errc::timed_out && code != ssl_errc::canceled;
}

void drain_queue(ssl_error::details& d) {
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    d.codes.push_back(code);
    d.strings.push_back(queue_entry_text(code, (flags & ERR_TXT_STRING) != 0 ? data : nullptr));
  }
}

// A certificate that was never sent was not rejected.
std::string words_of(const std::error_code& code, const ssl_error::details& d) {
  const bool is_missing = code == ssl_errc::certificate_rejected &&
                          d.verify_result_string.empty() && !d.message.empty();
  return is_missing ? "the peer has not proved who it is" : code.message();
}

std::string compose(const std::error_code& code, const ssl_error::details& d) {
  std::string text = "iostls: ";
  if (!d.operation.empty()) text += d.operation + ": ";
  text += words_of(code, d);
  if (!d.message.empty()) text += ": " + detail::one_line(d.message);
  if (!d.verify_result_string.empty()) {
    text +=
        ": " + d.verify_result_string + " (verify result " + std::to_string(d.verify_result) + ")";
  }
  if (!d.advice.empty()) text += "; " + detail::one_line(d.advice);
  for (std::size_t i = 0; i != d.codes.size(); ++i) {
    std::array<char, 24> number{};
    std::snprintf(number.data(), number.size(), "%08lX", d.codes[i]);
    text += (i == 0 ? " [" : "; ") + detail::one_line(d.strings[i]) + ", " + number.data();
  }
  if (!d.codes.empty()) text += "]";
  return text;
}

}  // namespace

const std::error_category& ssl_category() noexcept { return detail::immortal<category>(); }

bool is_kind(const std::error_code& code, ssl_errc kind) noexcept {
  if (code.category() == ssl_category()) return code.value() == static_cast<int>(kind);
  return kind == ssl_errc::system_error && code.value() != 0;
}

struct [[gnu::visibility("hidden")]] ssl_error::content {
  details d;
  std::string what;
};

ssl_error::ssl_error(std::error_code code, details d)
    : std::ios_base::failure(std::string(), code) {
  auto c = std::make_shared<content>();
  c->what = compose(code, d);
  c->d = std::move(d);
  content_ = std::move(c);
}

ssl_error::ssl_error(const ssl_error&) noexcept = default;
ssl_error& ssl_error::operator=(const ssl_error&) noexcept = default;
ssl_error::~ssl_error() = default;

const std::string& ssl_error::operation() const noexcept { return content_->d.operation; }
const std::vector<unsigned long>& ssl_error::codes() const noexcept { return content_->d.codes; }
const std::vector<std::string>& ssl_error::strings() const noexcept { return content_->d.strings; }
long ssl_error::verify_result() const noexcept { return content_->d.verify_result; }
const std::string& ssl_error::verify_result_string() const noexcept {
  return content_->d.verify_result_string;
}
const std::string& ssl_error::ech_retry_configs() const noexcept {
  return content_->d.ech_retry_configs;
}
const char* ssl_error::what() const noexcept { return content_->what.c_str(); }

namespace detail {

const ssl_error& out_of_memory() {
  static lazy_instance<const ssl_error> instance;
  return instance.get(
      [] { return std::make_unique<const ssl_error>(system_code(ENOMEM), ssl_error::details{}); });
}

ssl_error as_ssl_error(const std::exception& handled) {
  if (const auto* const own = dynamic_cast<const ssl_error*>(&handled)) return *own;
  if (dynamic_cast<const std::bad_alloc*>(&handled) != nullptr) return out_of_memory();
  throw;
}

void throw_as_ssl_error(const std::exception& handled) {
  if (dynamic_cast<const ssl_error*>(&handled) != nullptr) throw;
  throw as_ssl_error(handled);
}

ssl_error make_error(std::error_code code, std::string_view operation, std::string_view message,
                     long verify_result, std::string_view advice,
                     std::string_view ech_retry_configs) try {
  ssl_error::details d;
  d.operation = operation;
  d.message = without_pins(message);
  d.advice = advice;
  d.ech_retry_configs = ech_retry_configs;
  may_be_of_openssl(code) ? drain_queue(d) : clear_error_queue();
  d.verify_result = verify_result;
  if (verify_result != X509_V_OK) {
    d.verify_result_string = X509_verify_cert_error_string(verify_result);
  }
  return ssl_error(code, std::move(d));
} catch (const std::bad_alloc&) {
  clear_error_queue();
  return out_of_memory();
}

void throw_option_error(ssl_errc kind, const std::string& option, const std::string& message) {
  throw make_error(kind, option, message);
}

}  // namespace detail
}  // namespace iostls
