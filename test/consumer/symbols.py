# SPDX-License-Identifier: Apache-2.0
"""The shared library exports nothing but names of iostls: symbols.py LIBRARY"""

import re
import sys

import compiling
from compiling import expect

# What the compiler makes beside a class's own functions.
KINDS = (r'(?:typeinfo for |typeinfo name for |vtable for |VTT for |virtual thunk to '
         r'|non-virtual thunk to )')
OWN = re.compile(r'^(?:%s?iostls::|construction vtable for .*-in-iostls::)' % KINDS)
INTERNAL = re.compile(r'^%s?iostls::detail::' % KINDS)


def exported(library):
    """The demangled names; a template's would begin with its return type."""
    result = compiling.run(['nm', '-DC', '--defined-only', library])
    expect(result.returncode == 0, result.stdout)
    return [line.split(' ', 2)[2] for line in result.stdout.splitlines()]


def nothing_foreign(names):
    foreign = [name for name in names if not OWN.match(name)]
    expect(not foreign, '\n'.join(foreign))


def nothing_internal(names):
    internal = [name for name in names if INTERNAL.match(name)]
    expect(not internal, '\n'.join(internal))


def all_that_is_public(names):
    for name in ('iostls::ssl_server_stream::ssl_server_stream(', 'iostls::ssl_stream::close(',
                 'typeinfo for iostls::ssl_error', 'iostls::transport::~transport('):
        expect(any(n.startswith(name) for n in names), name + ' is not exported')


if __name__ == '__main__':
    found = exported(sys.argv[1])
    compiling.report([
        ('exports no foreign name', lambda: nothing_foreign(found)),
        ('exports no internal name', lambda: nothing_internal(found)),
        ('exports what is public', lambda: all_that_is_public(found)),
    ])
