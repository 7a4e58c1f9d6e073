# SPDX-License-Identifier: Apache-2.0
"""iostls as a subproject of somebody else's Meson project, which is C++14 and only says
dependency('iostls'): subproject.py --meson MESON -- COMPILER..."""

import json
import pathlib
import shutil
import sys
import tempfile

import compiling
from compiling import expect

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = '''project('echo', 'cpp', default_options: ['cpp_std=c++14', 'warning_level=3', 'werror=true'])
dependencies = [dependency('iostls'), dependency('threads')]
test('echo', executable('echo', 'echo.cpp', dependencies: dependencies))
'''
PARTS = ('include', 'lib', 'doc', 'test')


def run(command, **options):
    result = compiling.run([str(word) for word in command], **options)
    expect(result.returncode == 0, '%s\n%s' % (command, result.stdout))
    return result.stdout


def copy_project(source, target):
    """The project as a user would unpack it, without what a developer's build left in it."""
    shutil.copytree(source, target, ignore=lambda folder, names: [
        name for name in names if name == '__pycache__' or pathlib.Path(folder) == source and
        name not in PARTS and not pathlib.Path(folder, name).is_file()])


def make_user(folder):
    (folder / 'meson.build').write_text(PROJECT, encoding='utf-8')
    shutil.copy(HERE / 'echo.cpp', folder)
    copy_project(HERE.parents[1], folder / 'subprojects' / 'iostls')


def configures(options, folder):
    make_user(folder)
    # An iostls that is installed here is not meant.
    run([options.meson, 'setup', '--force-fallback-for=iostls', folder / 'build', folder],
        environment={'CXX': ' '.join(options.compiler)})


def builds_the_library_only(options, folder):
    targets = json.loads(run([options.meson, 'introspect', '--targets', folder / 'build']))
    names = {target['name'] for target in targets}
    expect(names == {'echo', 'iostls'}, names)


def builds_and_runs(options, folder):
    run([options.meson, 'compile', '-C', folder / 'build'])
    run([options.meson, 'test', '-C', folder / 'build', '--no-rebuild', 'echo'])


def cases(options, folder):
    for case in configures, builds_the_library_only, builds_and_runs:
        yield case.__name__, lambda case=case: case(options, folder)


def main():
    parser = compiling.parser(__doc__)
    parser.add_argument('--meson', required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiling.report(cases(options, pathlib.Path(folder)))


if __name__ == '__main__':
    sys.exit(main())
