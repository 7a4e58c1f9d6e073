# SPDX-License-Identifier: Apache-2.0
"""The Debian packages that doc/packaging/deb/build makes are enough to build and to run a program.

debian.py                       built without optimization and tests, unpacked into folders of this machine
debian.py --built FOLDER        what deb/build has left in a folder
debian.py --whole               built as they are for users, twice: the same bytes come out
debian.py --root FOLDER         built, installed, used and removed, as root, in a Debian root that
                                debootstrap(8) has made
debian.py --debootstrap MIRROR  the same, in one that is made for this and removed"""

import argparse
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import compiling
from compiling import expect
from installation import SOURCE, needed_libraries, run
from subproject import copy_project

PROJECT = pathlib.Path(__file__).resolve().parents[2]
BUILD = PROJECT / 'doc' / 'packaging' / 'deb' / 'build'
NEEDED = ('dh', 'dpkg-buildpackage', 'dpkg-checkbuilddeps', 'doxygen', 'lintian', 'pkg-config')
QUICKLY = {'DEB_BUILD_OPTIONS': 'nocheck noopt noautodbgsym parallel=%d' % (os.cpu_count() or 1),
           'DEB_CXXFLAGS_APPEND': '-g0'}

PATIENCE = 3600  # seconds for one command that may install a compiler, and build with it


def debs(folder):
    """Name -> path."""
    return {path.name.split('_')[0]: path for path in sorted(folder.glob('*.deb')) if 'dbgsym' not in path.name}


class Packages:
    """Built when first asked for, in a folder."""

    def __init__(self, folder, built, environment):
        self.folder = folder
        self.built = built
        self.environment = environment
        self.failure = ''

    def all(self):
        if not self.built:
            expect(not self.failure, self.failure)
            try:
                self.build(self.folder / 'packages')
            except Exception:
                self.failure = 'building has failed before'
                raise
            self.built = self.folder / 'packages'
        return debs(self.built)

    def build(self, target):
        output = run(['sh', BUILD, '--no-setup', target], environment=self.environment, timeout=PATIENCE)
        for path in debs(target).values():
            expect(str(path) in output, output)
        return debs(target)

    def library(self):
        return next(name for name in self.all() if name[len('libiostls'):][:1].isdigit())

    def unpack(self, folder, *names):
        target = self.folder / folder
        for name in names:
            run(['dpkg-deb', '-x', self.all()[name], target])
        return target

    def field(self, name, field):
        return run(['dpkg-deb', '-f', self.all()[name], field]).strip()

    def files(self, name):
        lines = run(['dpkg-deb', '-c', self.all()[name]]).splitlines()
        return {line.split()[5] for line in lines if not line.startswith('d')}


def library_folder(root):
    return next(root.glob('usr/lib/**/libiostls.so.*')).parent


def are_three(packages):
    expect(set(packages.all()) == {packages.library(), 'libiostls-dev', 'libiostls-doc'},
           sorted(packages.all()))
    series = packages.library()[len('libiostls'):]
    expect(packages.field(packages.library(), 'Version').startswith(series + '.'), series)


def name_what_they_need(packages):
    needed = packages.field(packages.library(), 'Depends')
    for name in 'libc6', 'libssl3', 'libstdc++6':
        expect(name in needed, needed)
    expect(packages.library() + ' (= ' in packages.field('libiostls-dev', 'Depends'),
           'libiostls-dev goes with any library')


def give_pkg_config_what_it_wants(packages):
    """A .pc file that names another one needs the package which has that."""
    root = packages.unpack('development', packages.library(), 'libiostls-dev')
    required = run(['pkg-config', '--print-requires', '--print-requires-private', 'iostls'],
                   environment={'PKG_CONFIG_PATH': str(library_folder(root) / 'pkgconfig')})
    expect({line.split()[0] for line in required.splitlines()} == {'openssl'}, required)
    expect('libssl-dev' in packages.field('libiostls-dev', 'Depends'), 'libssl-dev is not depended on')


def list_symbols(packages):
    root = packages.unpack('control', packages.library())
    run(['dpkg-deb', '-e', packages.all()[packages.library()], root / 'DEBIAN'])
    symbols = (root / 'DEBIAN' / 'symbols').read_text(encoding='utf-8')
    for line in symbols.splitlines()[1:]:
        expect(line.split()[-1].count('.') == 2, 'a version of Debian, and none of the library: ' + line)


def have_documents_without_dangling_links(packages):
    root = packages.unpack('documents', 'libiostls-doc')
    folder = root / 'usr' / 'share' / 'doc' / 'libiostls-doc'
    run([sys.executable, PROJECT / 'test' / 'docs' / 'site_links.py', folder / 'site'])
    for path in root.rglob('*'):
        expect(path.exists(), '%s leads nowhere' % path)
    expect((folder / 'examples' / 'CMakeLists.txt').exists(), 'there are no examples')


def satisfy_lintian(packages):
    version = packages.field('libiostls-doc', 'Version')
    changes = next(packages.all()['libiostls-doc'].parent.glob('iostls_%s_*.changes' % version))
    run(['lintian', '--allow-root', '--fail-on', 'error,warning', changes])


def share_no_file(packages):
    seen = set()
    for name in packages.all():
        expect(not seen & packages.files(name), seen & packages.files(name))
        seen |= packages.files(name)
    for name in packages.all():
        expect('./usr/share/doc/%s/copyright' % name in seen, 'no licence in ' + name)


def depend_on_the_sources_alone(packages):
    again = packages.build(packages.folder / 'again')
    for name, path in again.items():
        expect(path.read_bytes() == packages.all()[name].read_bytes(), path.name + ' differs')


def serve_to_build_and_to_run(packages):
    root = packages.unpack('development', packages.library(), 'libiostls-dev')
    environment = {'PKG_CONFIG_PATH': str(library_folder(root) / 'pkgconfig'),
                   'PKG_CONFIG_SYSROOT_DIR': str(root)}
    flags = run(['pkg-config', '--cflags', '--libs', 'iostls'], environment=environment).split()
    program = packages.folder / 'echo'
    run(['c++', '-std=c++14', SOURCE, '-o', program, '-pthread'] + flags)
    # A machine that only runs programs has the library alone.
    alone = packages.unpack('use', packages.library())
    version = packages.field(packages.library(), 'Version').split('-')[0]
    output = run([program], environment={'LD_LIBRARY_PATH': str(library_folder(alone))})
    expect(output == version + ': you said: hello\n', output)


def serve_cmake(packages):
    if not shutil.which('cmake'):
        return 'cmake is not installed'
    root = packages.unpack('development', packages.library(), 'libiostls-dev')
    project = packages.folder / 'project'
    shutil.copytree(str(SOURCE.parent / 'cmake'), str(project))
    shutil.copy(str(SOURCE), str(project))
    run(['cmake', '-S', project, '-B', project / 'build', '-DTARGET=iostls::iostls',
         '-DCMAKE_PREFIX_PATH=%s' % (root / 'usr')])
    run(['cmake', '--build', project / 'build'])
    run([project / 'build' / 'echo'])
    expect(any('libiostls.so' in name for name in needed_libraries(project / 'build' / 'echo')),
           'not linked with the shared library')
    return ''


def install_in(root):
    """Everything happens there: apt-get fetches what building needs, and what the packages depend on."""
    inside = root / 'root' / 'iostls'
    shutil.rmtree(str(inside), ignore_errors=True)
    copy_project(PROJECT, inside)

    def shell(command):
        return run(['chroot', root, 'env', '-i', 'HOME=/root', 'LC_ALL=C.UTF-8',
                    'DEBIAN_FRONTEND=noninteractive',
                    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
                    'sh', '-ec', 'cd /root/iostls; ' + command], timeout=PATIENCE)

    shell('apt-get update; sh doc/packaging/deb/build /root/iostls-packages')
    shell('apt-get install -y --no-install-recommends /root/iostls-packages/libiostls*.deb cmake g++ make pkgconf')
    try:
        output = shell('mkdir -p /tmp/autopkgtest; AUTOPKGTEST_TMP=/tmp/autopkgtest '
                       'sh doc/packaging/debian/tests/build-programs; dpkg --verify libiostls-dev libiostls-doc')
        expect(output.count(': you said: hello') == 4, output)
        expect('/usr/local/' not in shell('ldd /tmp/autopkgtest/echo'), 'another installation is in the way')
    finally:
        shell('apt-get purge -y "libiostls*"')
        shutil.rmtree(str(inside))
    left = [path for path in (root / 'usr').rglob('*iostls*') if 'local' not in path.parts]
    expect(not left, left)


def cases(packages, options):
    if options.root:
        yield 'build, install, serve and go in ' + str(options.root), lambda: install_in(options.root)
        return
    missing = [program for program in NEEDED if not shutil.which(program)]
    for case in (are_three, name_what_they_need, give_pkg_config_what_it_wants, list_symbols, share_no_file,
                 have_documents_without_dangling_links, serve_to_build_and_to_run, serve_cmake,
                 satisfy_lintian) + ((depend_on_the_sources_alone,) if options.whole else ()):
        yield (case.__name__, (lambda: missing[0] + ' is not installed') if missing else
               functools.partial(case, packages))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--built', type=pathlib.Path)
    parser.add_argument('--whole', action='store_true')
    parser.add_argument('--root', type=pathlib.Path)
    parser.add_argument('--debootstrap', metavar='MIRROR')
    options = parser.parse_args()
    # Debian's packages are made by Debian's compiler, and so is what is linked with them.
    for name in ('CC', 'CXX', 'CXXFLAGS', 'PKG_CONFIG_PATH'):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if options.debootstrap:
            options.root = folder / 'root'
            subprocess.run(['debootstrap', '--variant=minbase', 'bookworm', str(options.root),
                            options.debootstrap], check=True, timeout=1800)
        compiling.report(cases(Packages(folder, options.built, {} if options.whole else QUICKLY), options))


if __name__ == '__main__':
    sys.exit(main())
