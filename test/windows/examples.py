# SPDX-License-Identifier: Apache-2.0
"""Examples that are built for Windows talk to each other, and to Python's TLS: examples.py LIBRARIES PROGRAM...

LIBRARIES is the folder of the DLL. The programs run by what Meson calls the wrapper, such as wine64, if there is one.
Prints TAP.
"""

import contextlib
import http.client
import http.server
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback

LIMIT = 100  # seconds, since the first program of a new prefix takes Wine a while
ON_WINDOWS = os.name == 'nt'
ALL_BYTES = bytes(range(256)) * 1000 + b'\r\n\n\r\x1a\n'


class Programs:
    """What is tested, by name, and the files of one certificate for localhost."""

    def __init__(self, paths, folder):
        self.paths = {os.path.splitext(os.path.basename(path))[0]: path for path in paths}
        self.folder = folder
        self.trusted, self.own = certificate(folder)

    def command(self, name, *arguments):
        return os.environ.get('MESON_EXE_WRAPPER', '').split() + [self.paths[name], *map(str, arguments)]

    @contextlib.contextmanager
    def started(self, name, *arguments, stdin=subprocess.PIPE, stderr=subprocess.STDOUT):
        flags = subprocess.CREATE_NEW_PROCESS_GROUP if ON_WINDOWS else 0
        with subprocess.Popen(self.command(name, *arguments), stdin=stdin, stdout=subprocess.PIPE, stderr=stderr,
                              creationflags=flags) as process:
            timer = threading.Timer(LIMIT, process.kill)
            timer.start()
            try:
                yield process
                process.wait()
            finally:
                process.kill()
                timer.cancel()

    def run(self, name, *arguments):
        return subprocess.run(self.command(name, *arguments), timeout=LIMIT, capture_output=True, check=False)

    def client(self, port, trusted=None):
        context = ssl.create_default_context(cafile=trusted or self.trusted)
        return context.wrap_socket(socket.create_connection(('localhost', port), LIMIT), server_hostname='localhost')


def certificate(folder):
    """For localhost, with its key in the same file."""
    key, public, both = (os.path.join(folder, name) for name in ('key.pem', 'cert.pem', 'both.pem'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
                    '-keyout', key, '-out', public], check=True, capture_output=True)
    with open(both, 'w', encoding='ascii') as out:
        for part in (public, key):
            with open(part, encoding='ascii') as text:
                out.write(text.read())
    return public, both


def let_libraries_be_found(folder):
    if 'MESON_EXE_WRAPPER' in os.environ:
        os.environ['WINEPATH'] = 'Z:' + folder + ';' + os.environ.get('WINEPATH', '')
    else:
        os.environ['PATH'] = folder + os.pathsep + os.environ['PATH']


def line_of(output):
    return output.readline().decode().strip()


def last_word(output, beginning):
    """Of the line that begins so; the lines before it go to a list."""
    before = []
    for line in iter(lambda: output.readline().decode(), ''):
        if line.startswith(beginning):
            return line.split()[-1], before
        before.append(line.strip())
    raise AssertionError(before)


def interrupt(process):
    """As Ctrl-C does, and on Windows Ctrl-Break."""
    process.send_signal(signal.CTRL_BREAK_EVENT if ON_WINDOWS else signal.SIGINT)


def ended_in_order(process):
    rest = process.stdout.read()
    assert process.wait(LIMIT) == 0, (process.returncode, rest)


def chat_talks_both_ways(programs):
    """Each side sends a line, prints what the other sent, and ends."""
    with programs.started('chat', '--wait', 0, programs.own) as waiting:
        port = line_of(waiting.stdout).split()[-1]
        with programs.started('chat', 'localhost', port, programs.trusted) as calling:
            for side, line in ((waiting, b'from the server\n'), (calling, b'from the client\n')):
                side.stdin.write(line)
                side.stdin.flush()
            heard = {side: [line_of(side.stdout) for _ in range(2)] for side in (waiting, calling)}
            for side in (waiting, calling):
                side.stdin.close()
            ended = [side.stdout.read().strip() for side in (waiting, calling)]
            calling.wait()
            waiting.wait()
            assert heard[waiting][1] == '> from the client', heard
            assert heard[calling][1] == '> from the server', heard
            assert all(text == b'* the other side has ended' for text in ended), ended
            assert (calling.returncode, waiting.returncode) == (0, 0)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', str(len(ALL_BYTES)))
        self.end_headers()
        self.wfile.write(ALL_BYTES)

    def log_message(self, *_):
        pass


def https_get_fetches_bytes_of_whom_it_trusts(programs):
    server = http.server.HTTPServer(('127.0.0.1', 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(programs.own)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        port = server.server_address[1]
        got = programs.run('https_get', '--ca', programs.trusted, 'localhost', port, '/')
        assert got.returncode == 0 and got.stdout == ALL_BYTES, (got.returncode, len(got.stdout), got.stderr)
        got = programs.run('https_get', 'localhost', port, '/')
        assert got.returncode != 0 and b'certificate' in got.stderr, got
    finally:
        server.shutdown()


def echo_server_sends_lines_back_until_ctrl_c(programs):
    with programs.started('echo_server') as server:
        port, printed = last_word(server.stdout, 'listening on port')
        trusted = os.path.join(programs.folder, 'echo.pem')
        with open(trusted, 'w', encoding='ascii') as out:
            out.write('\n'.join(printed))
        with programs.client(port, trusted) as first:
            first.sendall(b'one\ntwo\n')
            lines = first.makefile('rb')
            assert [lines.readline(), lines.readline()] == [b'one\n', b'two\n']
            first.unwrap()
        with programs.client(port, trusted) as idle:
            idle.sendall(b'three\n')
            assert idle.recv(6) == b'three\n'
            interrupt(server)
            ended_in_order(server)


def https_server_shows_its_pages_until_ctrl_c(programs):
    with programs.started('https_server', '--host', 'localhost', '--certificate', programs.own) as server:
        port = int(line_of(server.stdout).rstrip('/').rpartition(':')[2])
        client = http.client.HTTPSConnection('localhost', port, timeout=LIMIT,
                                             context=ssl.create_default_context(cafile=programs.trusted))
        for path, expected in (('/', b'TLSv1.3'), ('/metrics', b'tls_handshakes_total')):  # on one connection
            client.request('GET', path)
            answer = client.getresponse()
            body = answer.read()
            assert answer.status == 200 and expected in body, (answer.status, body)
        got = programs.run('https_get', '--ca', programs.trusted, 'localhost', port, '/')
        assert got.returncode == 0 and b'TLSv1.3' in got.stdout, got
        interrupt(server)
        ended_in_order(server)
        client.close()


@contextlib.contextmanager
def two_cats(programs, first_input, second_input):
    with programs.started('tls_cat', '-v', '--listen', '--certificate', programs.own, 'localhost', 0,
                          stdin=first_input, stderr=subprocess.PIPE) as listening:
        port, _ = last_word(listening.stderr, 'listening on port')
        with programs.started('tls_cat', '--ca', programs.trusted, 'localhost', port,
                              stdin=second_input, stderr=subprocess.PIPE) as calling:
            yield listening, calling


def tls_cat_carries_bytes_both_ways(programs):
    """One from a file, the other from a pipe."""
    path = os.path.join(programs.folder, 'bytes')
    with open(path, 'wb') as out:
        out.write(ALL_BYTES)
    with open(path, 'rb') as source, two_cats(programs, source, subprocess.PIPE) as (listening, calling):
        heard = []
        reader = threading.Thread(target=lambda: heard.append(listening.stdout.read()))
        reader.start()
        calling.stdin.write(ALL_BYTES)
        calling.stdin.close()
        got = calling.stdout.read()
        reader.join()
        assert heard == [ALL_BYTES], [len(text) for text in heard]
        assert got == ALL_BYTES, len(got)
        assert (listening.wait(), calling.wait()) == (0, 0)


def tls_cat_ends_with_the_other_side_though_its_input_stays_open(programs):
    with two_cats(programs, subprocess.PIPE, subprocess.PIPE) as (listening, calling):
        listening.stdin.write(b'bye\n')
        listening.stdin.close()
        assert (calling.stdout.read(), calling.wait()) == (b'bye\n', 0), calling.returncode
        assert listening.wait() == 0


CASES = {
    'chat': [chat_talks_both_ways],
    'https_get': [https_get_fetches_bytes_of_whom_it_trusts],
    'echo_server': [echo_server_sends_lines_back_until_ctrl_c],
    'https_server': [https_server_shows_its_pages_until_ctrl_c],
    'tls_cat': [tls_cat_carries_bytes_both_ways, tls_cat_ends_with_the_other_side_though_its_input_stays_open],
}


WANTS_PIPES = tls_cat_ends_with_the_other_side_though_its_input_stays_open


def outcome(programs, name, case):
    """Lines of TAP after the number."""
    if case is WANTS_PIPES and not ON_WINDOWS:
        return ' - %s # SKIP Wine cannot tell what is in a pipe of its host' % case.__name__, []
    if name not in programs.paths:
        return ' - %s # SKIP %s was not built' % (case.__name__, name), []
    try:
        case(programs)
        return ' - ' + case.__name__, []
    except Exception:
        return ' - ' + case.__name__, traceback.format_exc().splitlines()


def main(libraries, *paths):
    failures = 0
    let_libraries_be_found(libraries)
    cases = [(name, case) for name, some in CASES.items() for case in some]
    print('1..%d' % len(cases))
    with tempfile.TemporaryDirectory() as folder:
        programs = Programs(paths, folder)
        for number, (name, case) in enumerate(cases, 1):
            text, failure = outcome(programs, name, case)
            failures += bool(failure)
            print('%sok %d%s' % ('not ' if failure else '', number, text))
            print(''.join('# %s\n' % line for line in failure), end='', flush=True)
    return failures != 0


sys.exit(main(*sys.argv[1:]))
