// SPDX-License-Identifier: Apache-2.0
// Opening: the common part of client and server streams.
#pragma once

#include <iostls/ssl_context.hpp>

namespace iostls {
namespace detail {

// Returns the context; throws ssl_error (bad_configuration) if it is for the other role.
const ssl_context& of_role(bool server, const ssl_context& context);

}  // namespace detail
}  // namespace iostls
