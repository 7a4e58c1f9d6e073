// SPDX-License-Identifier: Apache-2.0
// A stream in each state that a program can bring it into, for every member to be called.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <vector>

#include <iostls/iostls.hpp>

#include "fixture.hpp"
#include "immediate_peer.hpp"

namespace iostls {
namespace test {

// What a member is called of. Whatever has to live as long is kept in it.
class subject {
 public:
  explicit subject(role r) : role_(r) {}

  role its_role() const noexcept { return role_; }
  ssl_stream& stream() noexcept { return own_ ? *own_ : *talk_->stream; }
  ssl_streambuf& buffer() noexcept { return *stream().rdbuf(); }
  ssl_client_stream& client() { return dynamic_cast<ssl_client_stream&>(stream()); }
  ssl_server_stream& server() { return dynamic_cast<ssl_server_stream&>(stream()); }
  immediate_peer& peer() noexcept { return talk_->peer; }
  const ssl_context& context() const;
  bool is_being_called_back() const noexcept { return called_back_; }

  // A stream that is not open.
  void be_new();
  // One of a connection whose handshake has not begun; and one whose is done.
  void be_open();
  void be_in_conversation();
  void be_moved_from();
  void be_refused_a_connection();
  // Calls the function in the middle of the handshake.
  void be_called_back(const std::function<void()>& f);

 private:
  const role role_;
  std::shared_ptr<immediate_peer> called_peer_;
  std::unique_ptr<ssl_stream> own_, moved_to_;
  std::unique_ptr<duologue> talk_;
  bool called_back_ = false;
};

// Calls `f` with a stream in that state.
struct state {
  const char* name;
  std::function<void(subject&, const std::function<void()>& f)> enter;
  bool has_peer = true;  // only a client comes into the others
};

void PrintTo(const state& s, std::ostream* out);

std::vector<state> states();

// Nobody waits, since the time is over where there is nothing to be had.
void limit_times(connection_options& o);

// A port of 127.0.0.1 where nobody listens.
const std::string& silent_port();

}  // namespace test
}  // namespace iostls
