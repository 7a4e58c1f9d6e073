// SPDX-License-Identifier: Apache-2.0
// Permissions are those of access control lists here: a new file has one that names its owner alone, and
// one that exists is looked at as a whole, since what a folder passes on to its files counts, too.
#include "system/secret_log.hpp"

#include <algorithm>
#include <climits>
#include <cstdint>
#include <memory>
#include <vector>

#include "system/error_number.hpp"
#include "system/windows/wide_text.hpp"
#include "system/windows/winsock.hpp"

#include <aclapi.h>
#include <sddl.h>

namespace iostls {
namespace detail {
namespace {

struct local_free {
  void operator()(void* memory) const noexcept { ::LocalFree(memory); }
};

HANDLE handle_of(std::intptr_t number) noexcept { return reinterpret_cast<HANDLE>(number); }

// The user that this program runs as, and the owner that its files get, which can be another: a group of
// administrators. Empty if the system does not answer.
std::vector<unsigned char> of_process(TOKEN_INFORMATION_CLASS what) {
  std::vector<unsigned char> bytes;
  HANDLE token = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return bytes;
  DWORD size = 0;
  ::GetTokenInformation(token, what, nullptr, 0, &size);
  bytes.resize(size);
  if (size != 0 && ::GetTokenInformation(token, what, bytes.data(), size, &size) == 0)
    bytes.clear();
  ::CloseHandle(token);
  return bytes;
}

PSID user_in(const std::vector<unsigned char>& bytes) noexcept {
  return bytes.empty() ? nullptr : reinterpret_cast<const TOKEN_USER*>(bytes.data())->User.Sid;
}

PSID owner_in(const std::vector<unsigned char>& bytes) noexcept {
  return bytes.empty() ? nullptr : reinterpret_cast<const TOKEN_OWNER*>(bytes.data())->Owner;
}

bool is(PSID a, PSID b) noexcept { return a != nullptr && b != nullptr && ::EqualSid(a, b) != 0; }

// The system and its administrators can read any file anyway.
bool may_have_access(PSID who, PSID user) noexcept {
  return is(who, user) || ::IsWellKnownSid(who, WinLocalSystemSid) != 0 ||
         ::IsWellKnownSid(who, WinBuiltinAdministratorsSid) != 0 ||
         ::IsWellKnownSid(who, WinCreatorOwnerRightsSid) != 0;
}

std::string name_of(PSID who) {
  wchar_t* text = nullptr;
  if (::ConvertSidToStringSidW(who, &text) == 0) return "another user";
  const std::unique_ptr<wchar_t, local_free> owned(text);
  return narrow(text);
}

// The first that the list gives access to and that should have none.
std::string stranger_in(PACL list, PSID user) {
  if (list == nullptr) return "everybody";
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    if (::GetAce(list, i, &entry) == 0) continue;
    auto* const allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    if (allowed->Header.AceType != ACCESS_ALLOWED_ACE_TYPE || allowed->Mask == 0) continue;
    if (!may_have_access(&allowed->SidStart, user)) return name_of(&allowed->SidStart);
  }
  return {};
}

// A new file gets a list that nothing is passed on to, with its owner alone.
std::intptr_t open_log(const std::wstring& path) {
  PSECURITY_DESCRIPTOR owners_alone = nullptr;
  ::ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;FA;;;OW)", SDDL_REVISION_1,
                                                         &owners_alone, nullptr);
  const std::unique_ptr<void, local_free> owned(owners_alone);
  SECURITY_ATTRIBUTES attributes{sizeof attributes, owners_alone, FALSE};
  const HANDLE file =
      ::CreateFileW(path.c_str(), FILE_APPEND_DATA | READ_CONTROL | SYNCHRONIZE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &attributes,
                    OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr);
  return reinterpret_cast<std::intptr_t>(file);
}

bool is_link(const std::wstring& path) noexcept {
  const DWORD attributes = ::GetFileAttributesW(path.c_str());
  return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

std::string privacy_fault(HANDLE file) {
  const DWORD type = ::GetFileType(file);
  if (type == FILE_TYPE_CHAR) return {};
  if (type != FILE_TYPE_DISK) return "is neither a regular file nor a device";
  const std::vector<unsigned char> token_user = of_process(TokenUser);
  const std::vector<unsigned char> token_owner = of_process(TokenOwner);
  PSID owner = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR all = nullptr;
  const DWORD result = ::GetSecurityInfo(file, SE_FILE_OBJECT,
                                         OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                         &owner, nullptr, &list, nullptr, &all);
  const std::unique_ptr<void, local_free> owned(all);
  if (result != ERROR_SUCCESS) return errno_text(errno_of_windows(result));
  const PSID user = user_in(token_user);
  if (!is(owner, user) && !is(owner, owner_in(token_owner))) {
    return "belongs to another user (" + name_of(owner) +
           "); secrets are written only to files of the user that the program runs as";
  }
  const std::string stranger = stranger_in(list, user);
  if (stranger.empty()) return {};
  return "gives access to " + stranger + "; icacls with /inheritance:r takes it from others";
}

}  // namespace

secret_log::secret_log(const std::string& path) : path_(path), file_(open_log(wide(path_))) {
  if (handle_of(file_) == INVALID_HANDLE_VALUE) open_fault_ = errno_of_windows(::GetLastError());
}

secret_log::~secret_log() {
  if (handle_of(file_) != INVALID_HANDLE_VALUE) ::CloseHandle(handle_of(file_));
}

std::string secret_log::fault() const {
  if (is_link(wide(path_))) {
    return "is a symbolic link, which is not followed; name the file itself";
  }
  return open_fault_ != 0 ? errno_text(open_fault_) : privacy_fault(handle_of(file_));
}

void secret_log::append(const char* data, std::size_t size) noexcept {
  while (size != 0) {
    DWORD count = 0;
    const auto most = static_cast<DWORD>(std::min<std::size_t>(size, INT_MAX));
    if (::WriteFile(handle_of(file_), data, most, &count, nullptr) == 0 || count == 0) return;
    data += count;
    size -= count;
  }
}

}  // namespace detail
}  // namespace iostls
