// SPDX-License-Identifier: Apache-2.0
#include "transfer_meter.hpp"

#include <array>
#include <cstddef>
#include <iomanip>
#include <sstream>

namespace example {
namespace {

std::string rate_text(std::uint64_t bytes, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(bytes) / seconds : 0;
  return size_text(static_cast<std::uint64_t>(rate)) + "/s";
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  std::ostringstream text;
  if (whole >= 3600) text << whole / 3600 << ':' << std::setfill('0') << std::setw(2);
  text << whole / 60 % 60 << ':' << std::setfill('0') << std::setw(2) << whole % 60;
  return text.str();
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  static const std::array<const char*, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  std::ostringstream text;
  text << std::fixed << std::setprecision(unit == 0 ? 0 : 1) << size << ' ' << units[unit];
  return text.str();
}

transfer_meter::transfer_meter(std::ostream& out, bool show, std::uint64_t total)
    : out_(out), show_(show), total_(total) {}

void transfer_meter::sent(std::uint64_t bytes) {
  const std::lock_guard<std::mutex> guard(mutex_);
  sent_ += bytes;
  update();
}

void transfer_meter::received(std::uint64_t bytes) {
  const std::lock_guard<std::mutex> guard(mutex_);
  received_ += bytes;
  update();
}

void transfer_meter::update() {
  const clock::time_point now = clock::now();
  if (!show_ || now < next_) return;
  next_ = now + std::chrono::milliseconds(200);
  // The terminal's own codes: back to the first column, and clear what is right of the text.
  out_ << '\r' << line(std::chrono::duration<double>(now - begin_).count()) << "\x1b[K"
       << std::flush;
}

std::string transfer_meter::line(double seconds) const {
  std::string text;
  if (sent_ != 0) text += size_text(sent_) + " sent";
  if (total_ != 0) {
    text += " of " + size_text(total_) + ", " + std::to_string(sent_ * 100 / total_) + "%";
  }
  if (received_ != 0) text += (text.empty() ? "" : ", ") + size_text(received_) + " received";
  text += ", " + rate_text(sent_ + received_, seconds);
  if (total_ > sent_ && sent_ != 0) {
    const double left = static_cast<double>(total_ - sent_) / static_cast<double>(sent_);
    text += ", " + time_text(left * seconds) + " left";
  }
  return text;
}

void transfer_meter::finish() {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (!show_) return;
  const double seconds = std::chrono::duration<double>(clock::now() - begin_).count();
  std::ostringstream text;
  text << "sent " << sent_ << " bytes, received " << received_ << " bytes in " << std::fixed
       << std::setprecision(1) << seconds << " s (" << rate_text(sent_ + received_, seconds) << ")";
  out_ << '\r' << text.str() << "\x1b[K\n" << std::flush;
}

}  // namespace example
