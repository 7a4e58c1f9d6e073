# SPDX-License-Identifier: Apache-2.0
"""What `meson install` installs is enough to compile, link and run a program, with pkg-config and
C++14: installed.py --meson MESON --build FOLDER --prefix PREFIX -- COMPILER..."""

import pathlib
import shutil
import sys

import installation
from compiling import expect
from installation import SOURCE, needed_libraries, run

WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror']


def build(installed, program, flags):
    run(installed.options.compiler + ['-std=c++14'] + WARNINGS +
        [SOURCE, '-o', program, '-pthread'] + flags)


def has_all_headers(installed):
    public = {path.name for path in
              (pathlib.Path(__file__).parents[2] / 'include' / 'iostls').glob('*.hpp')}
    there = {path.name for path in (installed.prefix / 'include' / 'iostls').iterdir()}
    expect(there == public | {'version.hpp'}, sorted(there ^ public))


def pkg_config_names_openssl_only_for_static(installed):
    expect('-lssl' not in installed.pkg_config('--libs'), 'programs would link with libssl')
    expect('-lssl' in installed.pkg_config('--libs', '--static'), 'libssl is missing')


def links_shared(installed):
    if not installed.file('libiostls.so'):
        return 'the shared library is not built'
    program = installed.root / 'shared'
    build(installed, program, installed.pkg_config('--cflags', '--libs'))
    installed.expect_to_run(program, installed.library_path())
    expect(any('libiostls.so' in name for name in needed_libraries(program)),
           'not linked with the shared library')
    return ''


def links_static(installed):
    if not installed.file('libiostls.a'):
        return 'the static library is not built'
    program = installed.root / 'static'
    flags = installed.pkg_config('--static', '--cflags', '--libs')
    expect('-liostls' in flags, flags)
    # Beside a shared library, the linker takes the static one only if told so.
    build(installed, program, ['-l:libiostls.a' if f == '-liostls' else f for f in flags])
    installed.expect_to_run(program)
    expect(not any('libiostls.so' in name for name in needed_libraries(program)),
           'linked with the shared library')
    return ''


def serves_a_makefile(installed):
    if not shutil.which('make'):
        return 'make is not installed'
    if not installed.file('libiostls.so'):
        return 'the shared library is not built'
    folder = installed.root / 'make'
    folder.mkdir()
    shutil.copy(SOURCE.parent / 'make' / 'Makefile', folder)
    shutil.copy(SOURCE, folder)
    environment = dict(installed.pkg_config_environment(), CXXFLAGS=' '.join(WARNINGS),
                       CXX=' '.join(installed.options.compiler))
    run(['make', '-C', folder], environment=environment)
    installed.expect_to_run(folder / 'echo', installed.library_path())
    return ''


if __name__ == '__main__':
    installation.report(
        installation.parser(sys.modules[__name__].__doc__).parse_args(),
        [has_all_headers, pkg_config_names_openssl_only_for_static, links_shared, links_static,
         serves_a_makefile])
