# SPDX-License-Identifier: Apache-2.0
"""iostls as a subproject of somebody else's Meson project, which is C++14 and only states
dependency('iostls'): unpacked beforehand, or by doc/packaging/iostls.wrap out of an archive:
subproject.py --meson MESON -- COMPILER..."""

import json
import pathlib
import shutil
import sys
import tempfile

import compiling
from compiling import expect

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
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
    (folder / 'subprojects').mkdir(parents=True)
    (folder / 'meson.build').write_text(PROJECT, encoding='utf-8')
    shutil.copy(HERE / 'echo.cpp', folder)


def unpack(folder):
    copy_project(SOURCE, folder / 'subprojects' / 'iostls')


def provide_archive(folder):
    shutil.copy(SOURCE / 'doc' / 'packaging' / 'iostls.wrap', folder / 'subprojects')
    packages = folder / 'subprojects' / 'packagefiles'
    copy_project(SOURCE, folder / 'release' / 'iostls')
    packages.mkdir()
    shutil.make_archive(str(packages / 'iostls'), 'gztar', str(folder / 'release'))
    shutil.rmtree(str(folder / 'release'))


def configures(options, folder, add):
    make_user(folder)
    add(folder)
    # An iostls that is installed here is not meant.
    run([options.meson, 'setup', '--force-fallback-for=iostls', '-Dunity=subprojects', folder / 'build', folder],
        environment={'CXX': ' '.join(options.compiler)})


def builds_the_library_only(options, folder):
    targets = json.loads(run([options.meson, 'introspect', '--targets', folder / 'build']))
    names = {target['name'] for target in targets}
    expect(names == {'echo', 'iostls'}, names)


def builds_and_runs(options, folder):
    run([options.meson, 'compile', '-C', folder / 'build'])
    run([options.meson, 'test', '-C', folder / 'build', '--no-rebuild', 'echo'])


def cases(options, folder):
    unpacked, wrapped = folder / 'unpacked', folder / 'wrapped'
    yield 'configures', lambda: configures(options, unpacked, unpack)
    for case in builds_the_library_only, builds_and_runs:
        yield case.__name__, lambda case=case: case(options, unpacked)
    yield 'configures out of an archive', lambda: configures(options, wrapped, provide_archive)
    yield 'is the same out of an archive', lambda: builds_the_library_only(options, wrapped)


def main():
    parser = compiling.parser(__doc__)
    parser.add_argument('--meson', required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiling.report(cases(options, pathlib.Path(folder)))


if __name__ == '__main__':
    sys.exit(main())
