// SPDX-License-Identifier: Apache-2.0
#include "conversation.hpp"

#include <map>
#include <ostream>

#include <openssl/err.h>

#include "fixture.hpp"
#include "long_names.hpp"

namespace iostls {
namespace test {
namespace {

constexpr int line_count = 3;
constexpr std::size_t block_size = 4096;

std::string numbered(char letter, std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += letter + std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

// One end's program. Everything that the library does is done within `use`.
class speaker {
 public:
  speaker(const manner& m, const meddler& around, end_report& report)
      : manner_(m), around_(around), report_(report) {}

  void run(const std::function<std::unique_ptr<ssl_stream>()>& make, bool asks) {
    use("constructor", [&] { stream_ = make(); });
    report_.opened = stream_ != nullptr;
    if (!stream_) return;
    if (manner_.throwing) stream_->exceptions(std::ios::badbit | std::ios::failbit);
    asks ? ask() : answer();
    settle();
    use("close", [&] { stream_->close(); });
    report_.closed_well = stream_->good();
    report_.error = stream_->error();
    if (stream_->last_error() != nullptr) report_.reason = stream_->last_error()->what();
    if (!report_.closed_well && !report_.error) contradict("failed to close without an error()");
    if (stream_->is_open()) contradict("open after close()");
    if (report_.closed_well && report_.lost_output)
      contradict("close() succeeded after lost output");
    use("destructor", [&] { stream_.reset(); });
    ERR_clear_error();
  }

 private:
  // True if the stream is good afterwards.
  template <class Operation>
  bool use(const char* what, Operation operation) {
    bool threw = false;
    if (around_.begin) around_.begin();
    try {
      operation();
    } catch (const std::exception& e) {
      if (around_.end) around_.end();
      threw = true;
      note_exception(what, e);
    }
    if (!threw && around_.end) around_.end();
    if (threw && stream_ && stream_->good())
      contradict(std::string(what) + " threw and left the stream good");
    if (stream_ && !stream_->good() && !report_.first_error) report_.first_error = stream_->error();
    return !threw && stream_ && stream_->good();
  }

  void note_exception(const std::string& what, const std::exception& e) {
    if (stream_ && !manner_.throwing) report_.escaped += what + " threw " + e.what() + "; ";
    if (!stream_ && report_.error) return;
    const auto* const failure = dynamic_cast<const ssl_error*>(&e);
    if (!stream_)
      report_.error =
          failure != nullptr ? failure->code() : std::make_error_code(std::errc::not_enough_memory);
  }

  void contradict(const std::string& what) { report_.contradiction += what + "; "; }

  bool say(const std::string& text, bool flush = false) {
    report_.offered += text;
    const bool taken = use(
        "write", [&] { stream_->write(text.data(), static_cast<std::streamsize>(text.size())); });
    if (!taken) report_.lost_output = true;
    return taken && (!flush || send());
  }

  // What one flush does not get rid of is not lost, unless the next one fails, too.
  bool send() {
    const auto once = [this] { return use("flush", [this] { stream_->flush(); }); };
    if (once()) return true;
    stream_->clear();
    report_.lost_output = !once();
    return false;
  }

  bool hear_line() {
    char line[64] = "";
    const bool well = use("getline", [&] { stream_->getline(line, sizeof line); });
    report_.received.append(line).append(well ? "\n" : "");
    if (!well) note_end();
    return well;
  }

  bool hear_to_the_end() {
    std::string block(block_size, '\0');
    for (bool well = true; well;) {
      well = use("read", [&] { stream_->read(&block[0], block_size); });
      report_.received.append(block, 0, static_cast<std::size_t>(stream_->gcount()));
    }
    return note_end();
  }

  bool note_end() {
    report_.clean_end = stream_->eof() && !stream_->bad();
    if (!report_.clean_end && !stream_->error()) contradict("an end without reason");
    if (report_.clean_end) stream_->clear();
    return report_.clean_end;
  }

  void complete_handshake() {
    certificate peer;
    const auto before = stream_->exceptions();
    stream_->exceptions(std::ios::goodbit);
    bool told = false;
    if (around_.begin) around_.begin();
    try {
      stream_->do_handshake();
      peer = stream_->peer_certificate();
    } catch (const ssl_error&) {
      told = true;
    } catch (const std::exception& e) {
      report_.escaped += std::string("do_handshake() threw ") + e.what();
    }
    if (around_.end) around_.end();
    report_.handshake_done = stream_->good();
    report_.first_error = stream_->error();
    if (told == stream_->good()) contradict("do_handshake() and its state bits differ");
    if (report_.handshake_done && !peer) contradict("a peer without a certificate");
    try {
      stream_->exceptions(before);
    } catch (const std::ios_base::failure&) {
      return;  // of the state that is
    }
  }

  void ask() {
    complete_handshake();
    for (int i = 0; i != line_count && stream_->good(); ++i) {
      if (!say("line " + std::to_string(i) + "\n") || !hear_line()) return;
    }
    if (!stream_->good() || !say(numbered('a', manner_.bulk))) return;
    if (use("shutdown_write", [&] { stream_->shutdown_write(); })) hear_to_the_end();
  }

  void answer() {
    complete_handshake();
    for (int i = 0; i != line_count && stream_->good(); ++i) {
      if (!hear_line() || !say("answer " + std::to_string(i) + "\n", true)) return;
    }
    if (stream_->good() && hear_to_the_end()) say(numbered('b', manner_.bulk));
  }

  void settle() {
    if (stream_->good()) return;
    if (!stream_->error()) contradict("state bits without an error()");
    stream_->clear();
  }

  const manner& manner_;
  const meddler& around_;
  end_report& report_;
  std::unique_ptr<ssl_stream> stream_;
};

connection_options limits() {
  connection_options options;
  options.handshake_timeout = std::chrono::seconds(50);
  options.read_timeout = std::chrono::seconds(10);
  options.write_timeout = std::chrono::seconds(10);
  options.close_timeout = std::chrono::seconds(2);
  return options;
}

}  // namespace

std::string to_identifier(const manner& m) {
  return to_string(m.version) + (m.client_asks ? "_client_asks" : "_server_asks") +
         (m.throwing ? "_throwing" : "");
}

void PrintTo(const manner& m, std::ostream* out) { *out << to_identifier(m); }

mutual_pair mutual_options(tls_version version) {
  mutual_pair options{server_options(version), client_options(version)};
  options.server.ca_certificates = pem_text(test_authority().certificate());
  options.server.verify = verify_mode::required;
  for (context_options* const end : {&options.server, &options.client}) {
    end->certificate = pem_text(long_named().certificate);
    end->key = pem_text(long_named().key);
  }
  options.client.server_name = long_name;
  return options;
}

const context_pair& shared_contexts(tls_version version) {
  static std::map<tls_version, context_pair> made;
  const auto found = made.find(version);
  if (found != made.end()) return found->second;
  const mutual_pair options = mutual_options(version);
  const context_pair contexts{ssl_context::server(options.server),
                              ssl_context::client(options.client)};
  return made.emplace(version, contexts).first->second;
}

conversation_report converse(const manner& m, const context_pair& contexts, const wire_plan& plan,
                             const meddler& around) {
  conversation_report result;
  turns wire(plan);
  const connection_options options = limits();
  const auto program = [&](int end) {
    const bool client = (end == 0) == m.client_asks;
    auto transport = wire.make_transport(end);
    speaker s(m, around, result.ends[end]);
    s.run(
        [&]() -> std::unique_ptr<ssl_stream> {
          if (client) {
            return std::make_unique<ssl_client_stream>(std::move(transport), contexts.client,
                                                       options);
          }
          return std::make_unique<ssl_server_stream>(std::move(transport), contexts.server,
                                                     options);
        },
        end == 0);
  };
  wire.run([&] { program(0); }, [&] { program(1); });
  for (int i = 0; i != 2; ++i) result.wires[i] = wire.record(i);
  result.hung = wire.hung();
  result.struck = wire.struck();
  result.struck_output = wire.struck_output();
  return result;
}

namespace {

bool is_prefix(const std::string& part, const std::string& whole) {
  return whole.compare(0, part.size(), part) == 0;
}

// What one end promises, by what the two of them say.
std::string broken_promise(const end_report& self, const end_report& peer,
                           const wire_record& wire) {
  if (!self.escaped.empty()) return "an exception escaped: " + self.escaped;
  if (!self.contradiction.empty()) return self.contradiction;
  if (!is_prefix(self.received, peer.offered)) return "other bytes were received than sent";
  if (self.clean_end && self.received != peer.offered) return "a clean end before all had arrived";
  if (self.clean_end && peer.lost_output) return "a clean end although output was lost";
  if (wire.made != 1 || wire.destroyed != 1) return "the transport was not released";
  if (self.opened && wire.closed != 1) return "the transport was not closed once";
  return {};
}

std::string shortfall(const end_report& self, const end_report& peer) {
  if (!self.handshake_done) return "no handshake: " + self.error.message();
  if (self.received != peer.offered) return "not all was received: " + self.error.message();
  if (self.lost_output) return "output was refused: " + self.error.message();
  if (!self.clean_end) return "no clean end: " + self.error.message();
  return self.closed_well ? std::string() : "close() failed: " + self.error.message();
}

template <class Judge>
std::string of_both(Judge judge) {
  for (int i = 0; i != 2; ++i) {
    const std::string found = judge(i);
    if (!found.empty()) return (i == 0 ? "the end that asks: " : "the end that answers: ") + found;
  }
  return {};
}

}  // namespace

std::string broken_promise(const conversation_report& r) {
  if (r.hung) return "both ends wait for ever";
  return of_both([&](int i) { return broken_promise(r.ends[i], r.ends[1 - i], r.wires[i]); });
}

std::string shortfall(const conversation_report& r) {
  const std::string broken = broken_promise(r);
  if (!broken.empty()) return broken;
  return of_both([&](int i) { return shortfall(r.ends[i], r.ends[1 - i]); });
}

}  // namespace test
}  // namespace iostls
