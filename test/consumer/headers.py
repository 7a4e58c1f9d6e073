# SPDX-License-Identifier: Apache-2.0
"""Every public header compiles alone, and twice, without warnings; none but native.hpp needs
OpenSSL."""

import functools
import os
import pathlib
import sys

import compiling
from compiling import compile_text, expect

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror']


def knows(options, std):
    return compile_text(options, '', '-fsyntax-only', '-std=' + std).returncode == 0


def compiles_alone_and_twice(options, std, header):
    include = '#include <iostls/%s>\n' % header
    flags = ['-fsyntax-only', '-std=' + std] + WARNINGS
    result = compile_text(options, include + include, *flags)
    expect(result.returncode == 0, result.stdout)


def names_openssl(options, header):
    result = compile_text(options, '#include <iostls/%s>\n' % header, '-std=c++14', '-M')
    expect(result.returncode == 0, result.stdout)
    return '/openssl/' in result.stdout


def needs_openssl_only_if_native(options, header):
    expect(names_openssl(options, header) == (header == 'native.hpp'),
           'includes OpenSSL' if header != 'native.hpp' else 'does not include OpenSSL')


def cases(options):
    found = {path.name for folder in options.include
             for path in pathlib.Path(folder, 'iostls').glob('*.hpp')}
    headers = sorted(found)
    expect({'iostls.hpp', 'native.hpp', 'version.hpp'} <= found, 'headers not found')
    for std in options.std:
        if not knows(options, std):
            yield std, lambda: 'the compiler does not know it'
            continue
        for header in headers:
            yield (std + ' ' + header,
                   functools.partial(compiles_alone_and_twice, options, std, header))
    for header in headers:
        yield 'OpenSSL in ' + header, functools.partial(needs_openssl_only_if_native, options, header)


if __name__ == '__main__':
    arguments = compiling.parser(sys.modules[__name__].__doc__).parse_args()
    compiling.report(cases(arguments), threads=os.cpu_count())
