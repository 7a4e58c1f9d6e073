// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <functional>
#include <locale>
#include <string>
#include <utility>

#include <iostls/native.hpp>

#include "descriptor.hpp"
#include "stream_rows.hpp"

namespace iostls {
namespace test {

using std::chrono::milliseconds;

std::vector<row> buffer_rows() {
  const auto with = [](std::function<void(ssl_streambuf&)> f) {
    return [f = std::move(f)](subject& s) { f(s.buffer()); };
  };
  std::vector<row> all{
      {"ssl_streambuf::do_handshake()", with([](ssl_streambuf& b) { b.do_handshake(); })},
      {"ssl_streambuf::peer_certificate()", with([](ssl_streambuf& b) { b.peer_certificate(); })},
      {"ssl_streambuf::info()", with([](ssl_streambuf& b) { b.info(); })},
      {"ssl_streambuf::session()", with([](ssl_streambuf& b) { b.session(); })},
      {"ssl_streambuf::export_keying_material(const std::string&, const std::string&, std::size_t)",
       with([](ssl_streambuf& b) { b.export_keying_material("EXPORTER-Test", "context", 32); })},
      {"ssl_streambuf::export_keying_material(const std::string&, std::size_t)",
       with([](ssl_streambuf& b) { b.export_keying_material("EXPORTER-Test", 32); })},
      {"ssl_streambuf::channel_binding(const std::string&)",
       with([](ssl_streambuf& b) { b.channel_binding("tls-exporter"); })},
      {"ssl_streambuf::update_keys(key_update_request)",
       with([](ssl_streambuf& b) { b.update_keys(key_update_request::requested); })},
      {"ssl_streambuf::counters() const", with([](ssl_streambuf& b) { b.counters(); })},
      {"ssl_streambuf::close()", with([](ssl_streambuf& b) { b.close(); })},
      {"ssl_streambuf::shutdown_write()", with([](ssl_streambuf& b) { b.shutdown_write(); })},
      {"ssl_streambuf::unwrap()", with([](ssl_streambuf& b) { descriptor(b.unwrap().fd); })},
      {"ssl_streambuf::closed_how() const", with([](ssl_streambuf& b) { b.closed_how(); })},
      {"ssl_streambuf::cancel()", with([](ssl_streambuf& b) { b.cancel(); })},
      {"ssl_streambuf::wake()", with([](ssl_streambuf& b) { b.wake(); })},
      {"ssl_streambuf::is_open() const", with([](ssl_streambuf& b) { b.is_open(); })},
      {"ssl_streambuf::fd() const", with([](ssl_streambuf& b) { b.fd(); })},
      {"ssl_streambuf::error() const", with([](ssl_streambuf& b) { b.error(); })},
      {"ssl_streambuf::last_error() const", with([](ssl_streambuf& b) { b.last_error(); })},
      {"ssl_streambuf::peer_address() const", with([](ssl_streambuf& b) { b.peer_address(); })},
      {"ssl_streambuf::local_address() const", with([](ssl_streambuf& b) { b.local_address(); })},
      {"ssl_streambuf::expires_at(time_point)", with([](ssl_streambuf& b) { b.expires_at({}); })},
      {"ssl_streambuf::expiry() const", with([](ssl_streambuf& b) { b.expiry(); })},
      {"ssl_streambuf::flush_on_read(bool)", with([](ssl_streambuf& b) {
         b.flush_on_read(false);
         b.sgetc();
         b.flush_on_read(true);
       })},
      {"ssl_streambuf::read_timeout(std::chrono::milliseconds)",
       with([](ssl_streambuf& b) { b.read_timeout(milliseconds(60000)); })},
      {"ssl_streambuf::write_timeout(std::chrono::milliseconds)",
       with([](ssl_streambuf& b) { b.write_timeout(milliseconds(60000)); })},
      {"ssl_streambuf::wait_readable(std::chrono::milliseconds)",
       with([](ssl_streambuf& b) { b.wait_readable(milliseconds(1)); })},
      {"swap(ssl_streambuf&, ssl_streambuf&)", with([](ssl_streambuf& b) {
         ssl_streambuf other;
         swap(b, other);
       }),
       row::replacing},
      {"native_handle(ssl_streambuf&)", with([](ssl_streambuf& b) { native_handle(b); })},
      {"ssl_streambuf::ssl_streambuf()",
       [](subject&) {
         ssl_streambuf none;
         none.sgetc();
       }},
      {"ssl_streambuf::ssl_streambuf(int, const ssl_context&, const connection_options&)",
       [](subject& s) { ssl_streambuf refused(-1, s.context()); }},
      {"ssl_streambuf::ssl_streambuf(std::unique_ptr<transport>, const ssl_context&, const "
       "connection_options&)",
       [](subject& s) {
         ssl_streambuf made(deserted_transport(), s.context());
         ssl_streambuf refused(nullptr, s.context());
       }},
      {"ssl_streambuf::ssl_streambuf(ssl_streambuf&&)", with([](ssl_streambuf& b) {
         ssl_streambuf other(std::move(b));
         b.sgetc();
       }),
       row::replacing},
      {"ssl_streambuf::operator=(ssl_streambuf&&)", with([](ssl_streambuf& b) {
         b = ssl_streambuf();
         b.sputc('x');
       }),
       row::replacing},
      {"ssl_streambuf::swap(ssl_streambuf&)", with([](ssl_streambuf& b) {
         ssl_streambuf other;
         b.swap(other);
         b.swap(b);
         other.swap(b);
       }),
       row::replacing},
      {"ssl_streambuf::~ssl_streambuf()",
       with([](ssl_streambuf& b) { ssl_streambuf(std::move(b)); }), row::replacing}};
  const std::vector<row> inherited{
      {"std::streambuf::sgetc()", with([](ssl_streambuf& b) { b.sgetc(); })},
      {"std::streambuf::sbumpc()", with([](ssl_streambuf& b) { b.sbumpc(); })},
      {"std::streambuf::snextc()", with([](ssl_streambuf& b) { b.snextc(); })},
      {"std::streambuf::sgetn(char*, std::streamsize)", with([](ssl_streambuf& b) {
         char few[3];
         b.sgetn(few, sizeof few);
         std::string many(100000, ' ');
         b.sgetn(&many[0], 100000);
         b.sgetn(nullptr, 0);
         b.sgetn(nullptr, -1);
       })},
      {"std::streambuf::in_avail()", with([](ssl_streambuf& b) { b.in_avail(); })},
      {"std::streambuf::sputbackc(char)", with([](ssl_streambuf& b) { b.sputbackc('x'); })},
      {"std::streambuf::sungetc()", with([](ssl_streambuf& b) { b.sungetc(); })},
      {"std::streambuf::sputc(char)", with([](ssl_streambuf& b) { b.sputc('x'); })},
      {"std::streambuf::sputn(const char*, std::streamsize)", with([](ssl_streambuf& b) {
         b.sputn("few", 3);
         const std::string many(100000, 'x');
         b.sputn(many.data(), 100000);
         b.sputn(nullptr, 0);
         b.sputn(nullptr, -1);
       })},
      {"std::streambuf::pubsync()", with([](ssl_streambuf& b) { b.pubsync(); })},
      {"std::streambuf::pubsetbuf(char*, std::streamsize)", with([](ssl_streambuf& b) {
         b.pubsetbuf(nullptr, 0);
         b.pubsetbuf(nullptr, -1);
         b.sputc('x');
       })},
      {"std::streambuf::pubseekoff(off_type, seekdir)",
       with([](ssl_streambuf& b) { b.pubseekoff(1, std::ios::beg); })},
      {"std::streambuf::pubseekpos(pos_type)", with([](ssl_streambuf& b) { b.pubseekpos(0); })},
      {"std::streambuf::pubimbue(const std::locale&)",
       with([](ssl_streambuf& b) { b.pubimbue(std::locale::classic()); })}};
  all.insert(all.end(), inherited.begin(), inherited.end());
  return all;
}

}  // namespace test
}  // namespace iostls
