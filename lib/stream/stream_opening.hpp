// SPDX-License-Identifier: Apache-2.0
// What the two kinds of streams have in common about being opened.
#pragma once

#include <iostls/ssl_context.hpp>

namespace iostls {
namespace detail {

// The same context; throws ssl_error (bad_configuration) if it is one of the other role.
const ssl_context& of_role(bool server, const ssl_context& context);

}  // namespace detail
}  // namespace iostls
