# SPDX-License-Identifier: Apache-2.0
"""The programs of doc/example are built with an installation, by the three ways that their index names:
installed_examples.py [--all] --meson MESON --build FOLDER --prefix PREFIX -- COMPILER...
Some of them, or all with --all."""

import re
import shlex
import shutil
import sys

import compiling
import installation
from compiling import expect
from installation import run

FOLDER = installation.SOURCE.parents[2] / 'doc' / 'example'
SOME = ['https_get', 'line_server']


def copy(installed, name):
    """The examples alone, as the package of documents has them."""
    folder = installed.root / name
    shutil.copytree(str(FOLDER), str(folder))
    return folder


def environment(installed):
    return dict(installed.pkg_config_environment(), CXX=' '.join(installed.options.compiler), CXXFLAGS='-O0')


def expect_to_run(installed, program):
    expect('usage: https_get' in run([program, '--help'], environment=installed.library_path()), program)


def are_built_by_meson(installed):
    folder = copy(installed, 'by meson')
    run([installed.options.meson, 'setup', folder / 'build', folder / 'installed'],
        environment=environment(installed))
    run(['ninja', '-C', folder / 'build'] + ([] if installed.options.all else SOME))
    expect_to_run(installed, folder / 'build' / 'https_get')


def are_built_by_cmake(installed):
    if not shutil.which('cmake'):
        return 'cmake is not installed'
    folder = copy(installed, 'by cmake')
    run(['cmake', '-S', folder, '-B', folder / 'build', '-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF',
         '-DCMAKE_PREFIX_PATH=%s' % installed.prefix], environment=environment(installed))
    chosen = [] if installed.options.all else ['--target'] + SOME
    run(['cmake', '--build', folder / 'build', '--parallel', '2'] + chosen)
    expect_to_run(installed, folder / 'build' / 'https_get')
    return ''


def are_built_by_the_commands_of_the_index(installed):
    """With the compiler of this build in the place of c++."""
    folder = copy(installed, 'by hand')
    blocks = re.findall(r'```sh\nc\+\+ (.*?)\n```', (FOLDER / 'README.md').read_text(encoding='utf-8'), re.DOTALL)
    expect(len(blocks) > 15, blocks)
    for command in blocks:
        if installed.options.all or ' https_get.cpp ' in ' ' + command:
            compiler = ' '.join(shlex.quote(word) for word in installed.options.compiler)
            run(['sh', '-ec', compiler + ' ' + command], cwd=str(folder), environment=environment(installed))
    expect_to_run(installed, folder / 'https_get')


def main():
    parser = installation.parser(__doc__)
    parser.add_argument('--all', action='store_true')
    installation.report(parser.parse_args(), [are_built_by_meson, are_built_by_cmake,
                                              are_built_by_the_commands_of_the_index])


if __name__ == '__main__':
    sys.exit(main())
