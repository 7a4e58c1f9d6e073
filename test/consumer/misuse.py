# SPDX-License-Identifier: Apache-2.0
"""Options that belong into a context cannot be given beside one: that does not compile.

All statements go through the compiler in one text, a line each. Those that are wrong must be told so
on their own line, with the right reason; no other line may have an error, which shows that it is not
for something else that the wrong ones are refused.
"""

import collections
import functools
import re
import sys

import compiling
from compiling import compile_text, expect

CONTEXT_ONLY = {
    'certificate': '"server.pem"',
    'key': '"server.key"',
    'certificate_password': '"secret"',
    'more_credentials': 'std::vector<credential_source>()',
    'psk': 'pre_shared_key()',
    'keylog_file': '"keys.log"',
    'openssl_commands': 'std::vector<std::pair<std::string, std::string>>()',
    'ca_file': '"ca.pem"',
    'ca_directory': '"/etc/ssl/certs"',
    'crl_file': '"crl.pem"',
    'crl_check': 'crl_check_mode::chain',
    'session_tickets': 'false',
    'num_tickets': '1',
    'ticket_keys': '{"ticket.key"}',
    'session_cache': '100',
}
PRELUDE = '''#include <iostls/iostls.hpp>
using namespace iostls;
'''
FUNCTION = ('void f%d(int fd, const ssl_context& context, std::unique_ptr<transport> carrier, '
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
                            'ssl_%s_stream s(std::move(carrier), context, %s);' % (end, third), error)
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


def cases(options):
    chosen = list(statements())
    first_line = PRELUDE.count('\n') + 1
    for std in options.std:
        errors = errors_by_line(compiled(options, std, chosen).stdout)
        for line, statement in enumerate(chosen, first_line):
            verdict = ' refused: ' if statement.error else ' compiles: '
            yield (std + verdict + statement.name,
                   functools.partial(check, statement, errors.get(line)))
        yield std + ' all that is right', functools.partial(right_ones_compile, options, std, chosen)


if __name__ == '__main__':
    compiling.report(cases(compiling.parser(sys.modules[__name__].__doc__).parse_args()))
