// SPDX-License-Identifier: Apache-2.0
#include "transport/tcp_connect.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include <iostls/tcp.hpp>

#include "openssl/error.hpp"
#include "system/descriptor_wait.hpp"
#include "system/owned_descriptor.hpp"
#include "system/socket_settings.hpp"
#include "system/sockets.hpp"
#include "system/tcp_sockets.hpp"
#include "transport/name_lookup.hpp"
#include "transport/socket_options.hpp"

namespace iostls {
namespace detail {
namespace {

using std::chrono::steady_clock;
using time_point = steady_clock::time_point;
using addresses = std::vector<endpoint>;

// How long to wait for one address before trying the next one as well (RFC 8305, 5).
constexpr std::chrono::milliseconds head_start(250);

// Alternates between the protocols, beginning with that of the first address, so that a protocol
// that does not work costs no more than one head start (RFC 8305, 4).
addresses interleaved(const addresses& list) {
  addresses preferred;
  addresses other;
  addresses merged;
  for (const endpoint& e : list) {
    const bool is_like_first = e.address.is_ipv6() == list.front().address.is_ipv6();
    (is_like_first ? preferred : other).push_back(e);
  }
  for (std::size_t i = 0; i != std::max(preferred.size(), other.size()); ++i) {
    if (i < preferred.size()) merged.push_back(preferred[i]);
    if (i < other.size()) merged.push_back(other[i]);
  }
  return merged;
}

// Errors of this machine rather than of the host that is called.
bool is_want_of_route(const std::error_code& code) {
  return code == std::errc::network_unreachable || code == std::errc::host_unreachable ||
         code == std::errc::address_not_available ||
         code == std::errc::address_family_not_supported;
}

// Attempts to connect to several addresses. Each attempt starts a while after the one before it, or
// as soon as that has failed. The first one that connects wins; the others are closed with this
// object.
class connection_race {
 public:
  connection_race(addresses all, time_point deadline, int wake, const socket_options& options)
      : all_(std::move(all)), deadline_(deadline), wake_(wake), options_(options) {}

  // Whether an attempt has won.
  bool run() {
    while (winner_.get() < 0 && !stopped_) {
      if (may_start()) {
        start_next();
      } else if (attempts_.empty()) {
        break;
      } else {
        wait();
      }
    }
    return winner_.get() >= 0;
  }

  int take_winner() noexcept { return winner_.release(); }

  // Why no attempt has won.
  std::error_code reason() const;
  // The host, its addresses, and why each of them failed: once if it is the same for all.
  std::string description(const std::string& asked) const;

 private:
  struct attempt {
    const endpoint* place;
    owned_descriptor fd;
  };
  struct failure {
    const endpoint* place;
    std::error_code why;
  };

  bool may_start() const {
    return next_ != all_.size() && (attempts_.empty() || steady_clock::now() >= next_start_);
  }

  void start_next();
  void wait();
  void settle(const std::vector<bool>& ended);

  void win(owned_descriptor fd, const endpoint* place) {
    if (!set_blocking(fd.get(), true)) return fail(place, system_code(errno));
    winner_ = std::move(fd);
  }

  std::vector<failure> all_failures() const {
    std::vector<failure> all = failures_;
    for (const attempt& a : attempts_) all.push_back({a.place, stopped_});
    return all;
  }

  void fail(const endpoint* place, std::error_code why) {
    failures_.push_back({place, why});
    next_start_ = steady_clock::now();
  }

  const addresses all_;
  const time_point deadline_;
  const int wake_;
  const socket_options& options_;
  std::size_t next_ = 0;
  time_point next_start_;
  std::vector<attempt> attempts_;
  std::vector<failure> failures_;
  std::error_code stopped_;
  owned_descriptor winner_;
};

void connection_race::start_next() {
  const endpoint* const next = &all_[next_++];
  next_start_ = steady_clock::now() + head_start;
  owned_descriptor fd(open_socket(*next));
  if (fd.get() < 0 || !set_blocking(fd.get(), false)) return fail(next, system_code(errno));
  set_socket_options(fd.get(), options_);
  if (options_.local_address.has_value()) {
    const auto bound = bind_to(fd.get(), options_.local_address.value(), next->address);
    if (bound) return fail(next, bound);
  }
  const std::error_code begun = begin_connecting(fd.get(), next->address);
  if (!begun) return win(std::move(fd), next);
  if (begun != std::errc::operation_in_progress) return fail(next, begun);
  attempts_.push_back({next, std::move(fd)});
}

void connection_race::wait() {
  std::vector<int> fds;
  std::vector<bool> ended;
  for (const attempt& a : attempts_) fds.push_back(a.fd.get());
  const time_point until = next_ != all_.size() ? std::min(deadline_, next_start_) : deadline_;
  const std::error_code failed = wait_for_connections(fds, ended, until, wake_);
  if (!failed) return settle(ended);
  if (failed == ssl_errc::timed_out && until < deadline_) return;
  stopped_ = failed == std::errc::operation_canceled ? ssl_errc::canceled : failed;
}

void connection_race::settle(const std::vector<bool>& ended) {
  std::vector<attempt> still;
  for (std::size_t i = 0; i != attempts_.size(); ++i) {
    attempt& a = attempts_[i];
    if (!ended[i] || winner_.get() >= 0) {
      still.push_back(std::move(a));
    } else if (const std::error_code why = outcome_of(a.fd.get())) {
      fail(a.place, why);
    } else {
      win(std::move(a.fd), a.place);
    }
  }
  attempts_ = std::move(still);
}

std::error_code connection_race::reason() const {
  if (stopped_) return stopped_;
  const auto told = std::find_if(failures_.begin(), failures_.end(),
                                 [](const failure& f) { return !is_want_of_route(f.why); });
  if (told != failures_.end()) return told->why;
  return failures_.empty() ? system_code(EADDRNOTAVAIL) : failures_.front().why;
}

std::string connection_race::description(const std::string& asked) const {
  constexpr std::size_t most = 8;
  const std::vector<failure> told = all_failures();
  const std::error_code why = reason();
  const bool is_same =
      std::all_of(told.begin(), told.end(), [&](const failure& f) { return f.why == why; });
  std::string text = asked + (is_same ? " (" : ": ");
  for (std::size_t i = 0; i != std::min(told.size(), most); ++i) {
    if (i != 0) text += is_same ? ", " : "; ";
    text += told[i].place->address.text();
    if (!is_same) text += ": " + told[i].why.message();
  }
  if (told.size() > most) text += "; and " + std::to_string(told.size() - most) + " more";
  const std::size_t untried = all_.size() - next_;
  if (untried != 0) text += "; " + std::to_string(untried) + " not tried";
  return text + (is_same ? ")" : "");
}

// If the host was given as an address, it is not repeated.
std::string failure_text(const std::string& asked, const addresses& found,
                         const connection_race& race) {
  const bool is_address = found.size() == 1 && found.front().address.text() == asked;
  return is_address ? asked : race.description(asked);
}

}  // namespace

int connect_tcp(const std::string& host, const std::string& service, time_point deadline, int wake,
                const socket_options& options) {
  check_socket_options(options);
  const addresses found = look_up(host, service, deadline, wake);
  connection_race race(interleaved(found), deadline, wake, options);
  if (!race.run()) {
    throw make_error(race.reason(), "connect",
                     failure_text(host_and_port(host, service), found, race));
  }
  const int fd = race.take_winner();
  if (options.no_delay.value_or(true)) send_at_once(fd);  // small writes are gathered by the stream
  return fd;
}

}  // namespace detail

int connect_tcp(const std::string& host, const std::string& service,
                std::chrono::steady_clock::time_point deadline) {
  return detail::connect_tcp(host, service, deadline, -1);
}

int connect_tcp(const std::string& host, const std::string& service, const socket_options& options,
                std::chrono::steady_clock::time_point deadline) {
  return detail::connect_tcp(host, service, deadline, -1, options);
}

}  // namespace iostls
