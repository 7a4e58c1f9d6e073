# SPDX-License-Identifier: Apache-2.0
"""Examples that are built for Windows talk to each other, and to Python's TLS: examples.py CHAT HTTPS_GET LIBRARIES

LIBRARIES is the folder of the DLL. The programs run by what Meson calls the wrapper, such as wine64, if there is one.
Prints TAP.
"""

import http.server
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import traceback

LIMIT = 100  # seconds, since the first program of a new prefix takes Wine a while


def command(program, *arguments):
    return os.environ.get('MESON_EXE_WRAPPER', '').split() + [program, *arguments]


def let_libraries_be_found(folder):
    if 'MESON_EXE_WRAPPER' in os.environ:
        os.environ['WINEPATH'] = 'Z:' + folder + ';' + os.environ.get('WINEPATH', '')
    else:
        os.environ['PATH'] = folder + os.pathsep + os.environ['PATH']


def certificate(folder):
    """For localhost, with its key in the same file."""
    key, certificate, both = (os.path.join(folder, name) for name in ('key.pem', 'cert.pem', 'both.pem'))
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
                    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1',
                    '-keyout', key, '-out', certificate], check=True, capture_output=True)
    with open(both, 'w', encoding='ascii') as out:
        for part in (certificate, key):
            with open(part, encoding='ascii') as text:
                out.write(text.read())
    return certificate, both


def started(program, *arguments):
    return subprocess.Popen(command(program, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, encoding='utf-8')


def limited(process):
    timer = threading.Timer(LIMIT, process.kill)
    timer.daemon = True
    timer.start()
    return process


def chat_talks(chat, trusted, own):
    """Each side sends a line, prints what the other sent, and ends."""
    with limited(started(chat, '--wait', '0', own)) as waiting:
        port = waiting.stdout.readline().split()[-1]
        with limited(started(chat, 'localhost', port, trusted)) as calling:
            for side, line in ((waiting, 'from the server'), (calling, 'from the client')):
                side.stdin.write(line + '\n')
                side.stdin.flush()
            heard = {side: [side.stdout.readline().strip() for _ in range(2)]
                     for side in (waiting, calling)}
            for side in (waiting, calling):
                side.stdin.close()
            ended = [side.stdout.read().strip() for side in (waiting, calling)]
            calling.wait()
            waiting.wait()
            assert heard[waiting][1] == '> from the client', heard
            assert heard[calling][1] == '> from the server', heard
            assert all(text == '* the other side has ended' for text in ended), ended
            assert (calling.returncode, waiting.returncode) == (0, 0)


def https_get_fetches(https_get, trusted, own):
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header('Content-Length', '6')
            self.end_headers()
            self.wfile.write(b'page\n\n')

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(('127.0.0.1', 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        port = str(server.server_address[1])
        got = subprocess.run(command(https_get, '--ca', trusted, 'localhost', port, '/'), timeout=LIMIT,
                             capture_output=True, check=False)
        # Standard output is text.
        assert (got.returncode, got.stdout.replace(b'\r\n', b'\n')) == (0, b'page\n\n'), got
        got = subprocess.run(command(https_get, 'localhost', port, '/'), timeout=LIMIT,
                             capture_output=True, check=False)
        assert got.returncode != 0 and b'certificate' in got.stderr, got
    finally:
        server.shutdown()


def main(chat, https_get, libraries):
    failures = 0
    let_libraries_be_found(libraries)
    cases = [('chat_talks_both_ways', lambda *files: chat_talks(chat, *files)),
             ('https_get_fetches_a_page_of_whom_it_trusts', lambda *files: https_get_fetches(https_get, *files))]
    print('1..%d' % len(cases))
    with tempfile.TemporaryDirectory() as folder:
        files = certificate(folder)
        for number, (name, run) in enumerate(cases, 1):
            try:
                run(*files)
                print('ok %d - %s' % (number, name), flush=True)
            except Exception:
                failures += 1
                print('not ok %d - %s' % (number, name), flush=True)
                for line in traceback.format_exc().splitlines():
                    print('#', line, flush=True)
    return failures != 0


sys.exit(main(*sys.argv[1:]))
