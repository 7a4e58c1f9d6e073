# SPDX-License-Identifier: Apache-2.0
"""One installed library serves programs of C++14 to C++23, of g++ and of clang++, with and without
RTTI, and its headers give them no warning:
languages.py --meson MESON --build FOLDER --prefix PREFIX -- COMPILER..."""

import functools
import os
import shutil
import sys

import compiling
import installation
from compiling import expect
from installation import SOURCE, run

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror']
COMPILERS = (['g++'], ['clang++'], ['clang++', '-stdlib=libc++'])
VERSIONS = (('c++14',), ('c++17',), ('c++20',), ('c++23', 'c++2b'))
PROBE = '''#include <string>
#ifdef _LIBCPP_VERSION
libc++
#else
libstdc++
#endif
'''


def preprocessed(compiler, text, *flags):
    """The last line of a text, or none if the compiler does not take it."""
    result = compiling.run(list(compiler) + ['-E', '-P', '-x', 'c++', '-'] + list(flags), input=text)
    return result.stdout.split()[-1] if result.returncode == 0 else None


@functools.lru_cache(maxsize=None)
def standard_library(*compiler):
    return preprocessed(compiler, PROBE)


def spelling(compiler, names):
    """How the compiler names a version of the language, or none."""
    known = [name for name in names if preprocessed(compiler, 'yes', '-std=' + name)]
    return known[0] if known else None


def builds_and_runs(compiler, names, flags, installed):
    if not shutil.which(compiler[0]):
        return compiler[0] + ' is not installed'
    library = standard_library(*installed.options.compiler)
    if standard_library(*compiler) != library:
        return 'this iostls is built on ' + library
    std = spelling(compiler, names)
    if not std:
        return 'the compiler does not know it'
    program = installed.root / '-'.join(compiler + [std] + flags)
    run(compiler + ['-std=' + std] + flags + WARNINGS + [SOURCE, '-o', program, '-pthread'] +
        installed.pkg_config('--cflags', '--libs'))
    installed.expect_to_run(program, installed.library_path())
    return ''


def cases():
    for compiler in COMPILERS:
        for names in VERSIONS:
            for flags in [], ['-fno-rtti']:
                yield (' '.join(compiler + [names[0]] + flags),
                       functools.partial(builds_and_runs, compiler, names, flags))


if __name__ == '__main__':
    expect(SOURCE.exists(), 'the program is missing')
    installation.report(installation.parser(sys.modules[__name__].__doc__).parse_args(), cases(),
                        threads=os.cpu_count())
