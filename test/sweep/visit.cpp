// SPDX-License-Identifier: Apache-2.0
#include "visit.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include <openssl/err.h>

#include <iostls/ssl_stream.hpp>

#include "failing_memory.hpp"
#include "turns.hpp"

namespace iostls {
namespace test {
namespace {

constexpr char question[] = "What is the time?\n";
constexpr char answer[] = "It is late.\n";

connection_options limited(connection_options own) {
  own.handshake_timeout = std::chrono::seconds(50);
  own.read_timeout = own.write_timeout = std::chrono::seconds(10);
  own.close_timeout = std::chrono::seconds(2);
  return own;
}

// One end's program. All that the library does is done within `use`.
class visitor {
 public:
  visitor(bool exposed, visit_end& report) : exposed_(exposed), report_(report) {}

  template <class Stream>
  bool open(std::unique_ptr<transport> transport, const ssl_context& context,
            const connection_options& own) {
    use([&] { stream_ = std::make_unique<Stream>(std::move(transport), context, own); });
    return stream_ != nullptr;
  }

  bool complete_handshake() {
    report_.handshake_done = use([this] { report_.info = stream_->info(); });
    return report_.handshake_done;
  }

  template <std::size_t size>
  bool say(const char (&line)[size]) {
    return use([&] { stream_->write(line, size - 1).flush(); });
  }

  bool hear() {
    char line[64] = "";
    const bool well = use([&] { stream_->getline(line, sizeof line); });
    report_.received.append(line).append(well ? "\n" : "");
    report_.saw_end = stream_->eof();
    return well;
  }

  bool sees_the_end() {
    char c = 0;
    const bool well = use([&] { stream_->get(c); }, std::ios::eofbit | std::ios::failbit);
    if (!well || !stream_->eof()) return false;
    stream_->clear();
    return true;
  }

  bool take_session(ssl_session& session) {
    return use([&] { session = stream_->session(); });
  }

  void leave(bool well) {
    stream_->clear();
    report_.ended_well = use([this] { stream_->close(); }) && well;
    use([this] { stream_.reset(); });
    ERR_clear_error();
  }

 private:
  // True if the operation throws nothing and leaves the stream good, or with these bits.
  template <class Operation>
  bool use(Operation operation, std::ios::iostate allowed = std::ios::goodbit) {
    bool threw = true;
    try {
      std::optional<memory_exposure> during;
      if (exposed_) during.emplace();
      operation();
      threw = false;
    } catch (const ssl_error& e) {
      note(e.code());
    } catch (const std::bad_alloc&) {
      note(std::make_error_code(std::errc::not_enough_memory));
    } catch (const std::exception& e) {
      report_.escaped += std::string(e.what()) + "; ";
    }
    if (stream_ && stream_->fail() && stream_->error()) note(stream_->error());
    return !threw && (!stream_ || (stream_->rdstate() & ~allowed) == 0);
  }

  void note(const std::error_code& e) {
    if (!report_.first_error) report_.first_error = e;
  }

  const bool exposed_;
  visit_end& report_;
  std::unique_ptr<ssl_stream> stream_;
};

std::string broken_promise(const visit_end& end, const std::string& expected) {
  if (!end.escaped.empty()) return "threw " + end.escaped;
  if (expected.compare(0, end.received.size(), end.received) != 0) return "heard what was not said";
  if (end.ended_well && end.received != expected) return "ended well and had not heard all";
  if (!end.ended_well && !end.saw_end && !end.first_error) return "failed without an error";
  return {};
}

template <class Judge>
std::string of_both(const visit_report& r, Judge judge) {
  const std::string at_server = judge(r.server, question);
  if (!at_server.empty()) return "server: " + at_server;
  const std::string at_client = judge(r.client, answer);
  return at_client.empty() ? at_client : "client: " + at_client;
}

}  // namespace

visit_report visit(const visit_plan& plan, bool exposed) {
  visit_report r;
  turns wire({});
  const connection_options server_own = limited(plan.server_own);
  const connection_options client_own = limited(plan.client_own);
  visitor server(exposed, r.server), client(exposed, r.client);
  wire.run(
      [&] {
        if (!client.open<ssl_client_stream>(wire.make_transport(0), plan.client, client_own))
          return;
        client.leave(client.complete_handshake() && client.say(question) && client.hear() &&
                     client.take_session(r.session));
      },
      [&] {
        if (!server.open<ssl_server_stream>(wire.make_transport(1), plan.server, server_own))
          return;
        server.leave(server.complete_handshake() && server.hear() && server.say(answer) &&
                     server.sees_the_end());
      });
  r.hung = wire.hung();
  return r;
}

std::string broken_promise(const visit_report& r) {
  if (r.hung) return "both ends wait for ever";
  return of_both(r, [](const visit_end& end, const std::string& expected) {
    return broken_promise(end, expected);
  });
}

std::string shortfall(const visit_report& r) {
  const std::string broken = broken_promise(r);
  if (!broken.empty()) return broken;
  return of_both(r, [](const visit_end& end, const std::string&) {
    if (!end.handshake_done) return "no handshake: " + end.first_error.message();
    return end.ended_well ? std::string() : "no good end: " + end.first_error.message();
  });
}

}  // namespace test
}  // namespace iostls
