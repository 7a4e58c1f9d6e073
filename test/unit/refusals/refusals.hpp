// SPDX-License-Identifier: Apache-2.0
// The catalogue of refusals: what a user is told, situation by situation.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <iostls/ssl_error.hpp>

namespace iostls {
namespace test {

// In the order of the file. Each adds a heading, and what is under it.
class catalogue {
 public:
  void heading(const std::string& name) { lines_.push_back("\n== " + name + "\n"); }

  // `text` is what(); what differs from run to run, or from one OpenSSL to another, is replaced here.
  void add(const std::string& situation, const std::string& text);

  // Of what `f` throws.
  template <class F>
  void add_thrown(const std::string& situation, F f) {
    try {
      f();
    } catch (const ssl_error& e) {
      return add(situation, e.what());
    }
    add(situation, "nothing was refused");
  }

  std::string text() const;

 private:
  std::vector<std::string> lines_;
};

void add_refusals_of_servers(catalogue& to);
void add_refusals_of_clients(catalogue& to);
void add_refusals_of_other_peers(catalogue& to);
void add_refusals_of_options(catalogue& to);
void add_refusals_of_files(catalogue& to);
void add_refusals_of_sockets(catalogue& to);
void add_refusals_of_connections(catalogue& to);

}  // namespace test
}  // namespace iostls
