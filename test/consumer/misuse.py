# SPDX-License-Identifier: Apache-2.0
"""Options that belong into a context cannot be given beside one: that does not compile. Nor does a
program whose standard library is laid out otherwise than the one that iostls was built for.

All statements go through the compiler in one text, a line each. Those that are wrong must be told so
on their own line, with the right reason; no other line may have an error, which shows that it is not
for something else that the wrong ones are refused.
"""

import collections
import functools
import pathlib
import re
import sys

import compiling
from compiling import compile_text, expect

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from options_header import members  # noqa: E402

CONTEXT_ONLY = {
    'certificate': '"server.pem"',
    'key': '"server.key"',
    'certificate_password': '"secret"',
    'ocsp_response': '"ocsp.der"',
    'more_credentials': 'std::vector<credential_source>()',
    'present_raw_public_key': 'true',
    'certificate_compression': 'std::vector<std::string>{"zlib"}',
    'psk': 'pre_shared_key()',
    'keylog_file': '"keys.log"',
    'openssl_commands': 'std::vector<std::pair<std::string, std::string>>()',
    'ca_file': '"ca.pem"',
    'ca_directory': '"/etc/ssl/certs"',
    'ca_certificates': 'pem_text()',
    'system_trust': 'true',
    'crl_file': '"crl.pem"',
    'crl_check': 'crl_check_mode::chain',
    'partial_chains': 'true',
    'peer_purposes': '{"any"}',
    'verify_callback': '[](const verify_event& e) { return e.accepted; }',
    'session_tickets': 'false',
    'num_tickets': '1',
    'session_lifetime': 'std::chrono::seconds(60)',
    'ticket_keys': '{"ticket.key"}',
    'session_cache': '100',
    'on_client_hello': '[](const client_hello&) { return client_hello_answer(); }',
    'on_handshake': '[](const handshake_event&) {}',
}
PRELUDE = '''#include <iostls/iostls.hpp>
using namespace iostls;
'''
FUNCTION = ('void f%d(int fd, const ssl_context& context, std::unique_ptr<transport> transport, '
            'context_options all, connection_options own) { %s static_cast<void>(fd); }\n')
DELETED = 'deleted'

Statement = collections.namedtuple('Statement', 'name code error')


def statements_of_option(option, value):
    set_it = 'all.%s = %s; ' % (option, value)
    for end in 'server', 'client':
        stream = 'ssl_%s_stream s(fd, ' % end
        yield Statement('%s beside a context, %s' % (option, end),
                        set_it + stream + 'context, all);', DELETED)
        yield Statement('%s without a context, %s' % (option, end), set_it + stream + 'all);', None)
    yield Statement('%s of one connection' % option, 'own.%s = %s;' % (option, value),
                    r"no member named .%s\b" % option)


def statements():
    for option, value in CONTEXT_ONLY.items():
        yield from statements_of_option(option, value)
    for third, error in ('all', DELETED), ('own', None):
        for end in 'server', 'client':
            yield Statement('%s stream on a transport, %s' % (end, third),
                            'ssl_%s_stream s(std::move(transport), context, %s);' % (end, third), error)
            yield Statement('%s stream on a descriptor, %s' % (end, third),
                            'ssl_%s_stream s(fd, context, %s);' % (end, third), error)
        yield Statement('client that dials, ' + third,
                        'ssl_client_stream s("host", "443", context, %s);' % third, error)
        yield Statement('client that connects, ' + third,
                        'ssl_client_stream s; s.connect("host", "443", context, %s);' % third, error)
    yield Statement('server made of braces',
                    'ssl_server_stream s{fd, context, context_options{}};', DELETED)


def errors_by_line(output):
    """The compiler's errors: number of line -> texts."""
    errors = collections.defaultdict(str)
    for line, text in re.findall(r'^<stdin>:(\d+):\d+: (?:fatal )?error: (.*)$', output,
                                 re.MULTILINE):
        errors[int(line)] += text + '\n'
    return errors


def compiled(options, std, chosen):
    text = PRELUDE + ''.join(FUNCTION % (n, s.code) for n, s in enumerate(chosen))
    unlimited = '-ferror-limit=0' if is_clang(options) else '-fmax-errors=0'
    return compile_text(options, text, '-fsyntax-only', '-std=' + std, unlimited)


@functools.lru_cache(maxsize=None)
def macros(*compiler):
    return compiling.run(list(compiler) + ['-dM', '-E', '-x', 'c++', '-'], input='').stdout


def has(options, macro):
    """Whether the library, which this compiler with these flags has built, has the macro, and not as 0."""
    text = compiling.run(options.compiler + ['-dM', '-E', '-x', 'c++', '-'],
                         input='#include <cstddef>\n').stdout
    return re.search(r'^#define %s( (?!0$).*)?$' % macro, text, re.MULTILINE) is not None


def other_builds(options):
    """Flags that make another standard library of it: (flag, what the error must say)."""
    if not has(options, '_LIBCPP_VERSION'):
        debug = 'U' if has(options, '_GLIBCXX_DEBUG') else 'D'
        yield '-%s_GLIBCXX_DEBUG' % debug, '_GLIBCXX_DEBUG'
        abi = 0 if has(options, '_GLIBCXX_USE_CXX11_ABI') else 1
        yield '-D_GLIBCXX_USE_CXX11_ABI=%d' % abi, '_GLIBCXX_USE_CXX11_ABI'
        if is_clang(options):
            yield '-stdlib=libc++', r'libc\+\+'
    elif is_clang(options):
        yield '-stdlib=libstdc++', r'libc\+\+'


def refuses_other_build(options, header, flag, words):
    command = options.compiler + ['-std=c++14', flag]
    if compiling.run(command + ['-fsyntax-only', '-x', 'c++', '-'],
                     input='#include <string>\n').returncode != 0:
        return 'there is no such standard library'
    result = compile_text(options, '#include <iostls/%s>\n' % header, '-fsyntax-only', '-std=c++14', flag)
    expect(result.returncode != 0, 'it compiles')
    expect(re.search('error: .*iostls was built.*' + words + '|error: .*' + words + '.*iostls was built',
                     result.stdout), result.stdout)
    return ''


def is_clang(options):
    return '__clang__' in macros(*options.compiler)


def check(statement, error):
    if statement.error is None:
        expect(error is None, error)
    else:
        expect(error is not None, 'it compiles')
        expect(re.search(statement.error, error), error)


def right_ones_compile(options, std, chosen):
    result = compiled(options, std, [s for s in chosen if s.error is None])
    expect(result.returncode == 0, result.stdout)


def all_are_known():
    wanted = set(members('context_options'))
    expect(set(CONTEXT_ONLY) == wanted, 'CONTEXT_ONLY differs by %s' % (wanted ^ set(CONTEXT_ONLY)))


def cases(options):
    yield 'each option of contexts is here', all_are_known
    chosen = list(statements())
    first_line = PRELUDE.count('\n') + 1
    for std in options.std:
        errors = errors_by_line(compiled(options, std, chosen).stdout)
        for line, statement in enumerate(chosen, first_line):
            verdict = ' refused: ' if statement.error else ' compiles: '
            yield (std + verdict + statement.name,
                   functools.partial(check, statement, errors.get(line)))
        yield std + ' all that is right', functools.partial(right_ones_compile, options, std, chosen)
    for flag, words in other_builds(options):
        for header in 'iostls.hpp', 'certificate.hpp', 'options.hpp', 'tcp.hpp':
            yield ('%s with %s refused' % (header, flag),
                   functools.partial(refuses_other_build, options, header, flag, words))


if __name__ == '__main__':
    compiling.report(cases(compiling.parser(sys.modules[__name__].__doc__).parse_args()))
