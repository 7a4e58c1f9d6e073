# SPDX-License-Identifier: Apache-2.0
"""A reader who follows README.md under "Your own server, with CMake" has a TLS server in less than
ten commands. The commands and files are read out of README.md.

newcomer.py                       on this machine, with a prefix that goes away, nothing installed
newcomer.py --root FOLDER         as root, in a Debian root that debootstrap(8) has made
newcomer.py --debootstrap MIRROR  the same, in one that is made for this and removed"""

import argparse
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import compiling
from compiling import expect
from subproject import SOURCE, copy_project

sys.path.insert(0, str(SOURCE / 'test' / 'interop'))
from process import Process  # pylint: disable=wrong-import-position

HEADING = '## Your own server, with CMake\n'
PATIENCE = 900  # seconds for one command, which may install a compiler


def section():
    text = (SOURCE / 'README.md').read_text(encoding='utf-8')
    begin = text.index(HEADING) + len(HEADING)
    return text[begin:text.index('\n## ', begin)]


def files(text):
    """The blocks that follow a file's name: (name, content) pairs."""
    return re.findall(r'`([^`\n]+/[^`\n]+)`\n\n```[a-z]+\n(.*?)^```$', text,
                      re.MULTILINE | re.DOTALL)


def commands(text):
    """The lines of the shell's blocks."""
    blocks = re.findall(r'^```sh\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as listener:
        return str(listener.getsockname()[1])


def shim(folder, name, text):
    path = folder / name
    path.write_text('#!/bin/sh\n' + text, encoding='utf-8')
    path.chmod(0o755)


class Here:
    """This machine: apt-get does nothing, and Meson's prefix is a folder."""

    def __init__(self, folder):
        self.project = folder / 'iostls'
        shims = folder / 'shims'
        shims.mkdir()
        shim(shims, 'apt-get', 'exit 0\n')
        shim(shims, 'meson', 'case $1 in setup) set -- "$@" "--prefix=%s" ;; esac\nexec "%s" "$@"\n'
             % (folder / 'prefix', shutil.which('meson')))
        self.environment = dict(os.environ, CMAKE_PREFIX_PATH=str(folder / 'prefix'),
                                PATH='%s:%s' % (shims, os.environ['PATH']), LC_ALL='C.UTF-8')
        self.environment.pop('LD_LIBRARY_PATH', None)

    def shell(self, command):
        """What runs a command in the folder of README.md."""
        words = ['env', '-i'] + ['%s=%s' % pair for pair in self.environment.items()]
        return words + ['sh', '-c', 'cd "$0" && ' + command, str(self.project)]


class Chroot:
    """Another root, in which everything is done as on a machine of its own."""

    def __init__(self, root):
        self.root = root
        self.project = root / 'root' / 'iostls'
        # As an installed system has it; debootstrap leaves it out.
        (root / 'etc' / 'hosts').write_text('127.0.0.1 localhost\n', encoding='ascii')

    def shell(self, command):
        return ['chroot', str(self.root), 'env', '-i', 'HOME=/root', 'LC_ALL=C.UTF-8',
                'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
                'DEBIAN_FRONTEND=noninteractive',
                'sh', '-c', 'cd /root/iostls && ' + command]


def wait_for(port, server):
    """Until the server listens."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(('localhost', port), 5).close()
            return
        except OSError:
            expect('[runs]' in server.transcript(), server.transcript())
            time.sleep(0.05)
    raise AssertionError('the server does not listen\n' + server.transcript())


def run(place, command):
    process = Process(*place.shell(command))
    try:
        process.end_input()
        expect(process.wait(PATIENCE) == 0, process.transcript())
    finally:
        process.stop()


def follow(place, chosen, port):
    """Follows README.md. The last command but one runs on, the last one talks to it."""
    for command in chosen[:-2]:
        run(place, command)
    serve, call = (command.replace('8443', port) for command in chosen[-2:])
    expect(serve.endswith('&'), serve)
    server = Process(*place.shell('exec ' + serve.rstrip('& ')))
    try:
        wait_for(port, server)
        client = Process(*place.shell('exec ' + call))
        try:
            client.send('hello\n')
            client.expect('^you said: hello\r?$')
        except AssertionError as error:
            raise AssertionError('%s\n%s' % (error, client.transcript())) from None
        finally:
            client.stop()
    finally:
        server.stop()


def has_a_server_in_less_than_ten_commands(place):
    if isinstance(place, Here):
        for program in 'meson', 'cmake', 'make', 'openssl':
            if not shutil.which(program):
                return program + ' is not installed'
    text = section()
    port = free_port()
    shutil.rmtree(str(place.project), ignore_errors=True)
    copy_project(SOURCE, place.project)
    expect(len(files(text)) == 2, files(text))
    for name, content in files(text):
        path = place.project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content.replace('8443', port), encoding='utf-8')
    chosen = commands(text)
    expect(2 < len(chosen) < 10, chosen)
    follow(place, chosen, port)
    return ''


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('--root', type=pathlib.Path)
    parser.add_argument('--debootstrap', metavar='MIRROR')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if options.debootstrap:
            options.root = folder / 'root'
            subprocess.run(['debootstrap', '--variant=minbase', 'bookworm', str(options.root),
                            options.debootstrap], check=True, timeout=1800)
        place = Chroot(options.root) if options.root else Here(folder)
        compiling.report([('a newcomer has a server in less than ten commands',
                           lambda: has_a_server_in_less_than_ten_commands(place))])


if __name__ == '__main__':
    main()
