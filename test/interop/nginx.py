# SPDX-License-Identifier: Apache-2.0
"""nginx with a configuration of its own, in the foreground, as an ordinary child process."""

import socket

from interop_case import find_program

CONFIGURATION = '''
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr notice;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols {protocol};
    {more}
    root {root};
    location = /client {{ return 200 "$ssl_client_verify $ssl_client_s_dn\\n"; }}
  }}
}}
'''



def free_port():
    """A port that nobody listened on a moment ago."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def start(case, root, protocol, more=''):
    """Serves the folder `root`; returns the port.

    nginx cannot be told to listen on any port that is free. So it is given one that was free, and
    another one if somebody else was faster."""
    folder = case.folder()
    configuration = folder / 'nginx.conf'
    for _ in range(5):
        port = free_port()
        configuration.write_text(CONFIGURATION.format(
            folder=folder, port=port, root=root, protocol=protocol, more=more,
            certificate=case.pki.server.certificate, key=case.pki.server.key))
        process = case.start(find_program('nginx'), '-e', 'stderr', '-p', folder, '-c', configuration)
        # It prints the former when it listens already.
        if process.expect('getrlimit|Address already in use').group() == b'getrlimit':
            return port
        process.stop()
    raise AssertionError('no port for nginx')
