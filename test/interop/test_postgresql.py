# SPDX-License-Identifier: Apache-2.0
"""Our client, PostgreSQL as its server: a connection that a SSLRequest takes to TLS."""

import base64
import hashlib
import hmac
import os
import pathlib
import pwd
import shutil
import signal
import struct
import subprocess
import unittest

from interop_case import own
from process import LIMIT
from program_server import ServerCase, TrustCases, find_file, needs_file

POSTGRES = '/usr/lib/postgresql/*/bin/postgres'
SSL_REQUEST = struct.pack('!ii', 8, 80877103)
FOR_ALL = 'hostssl all all 127.0.0.1/32 trust'
BY_PASSWORD = 'hostssl all all 127.0.0.1/32 scram-sha-256'
BY_CERTIFICATE = 'hostssl all all 127.0.0.1/32 cert'

made = {}


def packet(kind, content):
    return kind + struct.pack('!i', len(content) + 4) + content


def sha256_hmac(key, text):
    return hmac.digest(key, text, 'sha256')


def scram_proof(password, salt, rounds, messages):
    """Client's proof and server's signature (RFC 5802, 3)."""
    salted = hashlib.pbkdf2_hmac('sha256', password.encode(), salt, rounds)
    client_key = sha256_hmac(salted, b'Client Key')
    signature = sha256_hmac(hashlib.sha256(client_key).digest(), messages)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    return proof, sha256_hmac(sha256_hmac(salted, b'Server Key'), messages)


def zero_ended(*texts):
    return b''.join(text.encode() + b'\0' for text in texts)


class PostgresqlCases(TrustCases):
    protocol = ''

    def user(self):
        """PostgreSQL refuses to be root."""
        return {'user': 'nobody', 'group': 'nogroup'} if os.getuid() == 0 else {}

    def give(self, path):
        if os.getuid() == 0:
            nobody = pwd.getpwnam('nobody')
            os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def credential_of_the_server(self, folder):
        """Its own, since it looks at the owner of the key."""
        for source, name in zip(self.pki.server, ('certificate', 'key')):
            shutil.copy(source, folder / name)
            (folder / name).chmod(0o600)
            self.give(folder / name)

    def empty_database(self):
        """Made once, since it takes a second or two."""
        if 'data' not in made:
            folder = self.open_folder()
            self.give(folder)
            initdb = pathlib.Path(find_file(POSTGRES)).parent / 'initdb'
            subprocess.run([initdb, '-D', folder / 'data', '-U', 'client', '-A', 'reject',
                            '--no-sync', '--no-locale', '-E', 'UTF8'], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=folder,
                           timeout=4 * LIMIT, **self.user())
            made['data'] = folder / 'data'
        return made['data']

    def postgresql(self, access):
        folder = self.open_folder()
        self.give(folder)
        self.credential_of_the_server(folder)
        programs = pathlib.Path(find_file(POSTGRES)).parent
        self.data = data = folder / 'data'
        subprocess.run(['cp', '-r', self.empty_database(), data], check=True, timeout=LIMIT,
                       **self.user())
        (data / 'pg_hba.conf').write_text(access)

        def begin(port):
            settings = {'port': port, 'listen_addresses': '127.0.0.1', 'fsync': 'off',
                        'unix_socket_directories': folder, 'ssl': 'on',
                        'ssl_cert_file': folder / 'certificate', 'ssl_key_file': folder / 'key',
                        'ssl_ca_file': folder / 'ca', 'ssl_max_protocol_version': self.protocol}
            shutil.copy(self.pki.ca, folder / 'ca')
            (folder / 'ca').chmod(0o644)
            options = [word for name, value in settings.items() for word in ('-c', f'{name}={value}')]
            self.server = self.daemon(programs / 'postgres', '-D', data, *options, cwd=folder,
                                      end=signal.SIGQUIT, **self.user())
            return self.server

        self.port = self.run_server(begin, ready='ready to accept connections')
        return self.port

    def dial(self, access=FOR_ALL, **options):
        channel = self.channel(**options).open(self.postgresql(access))
        channel.write(SSL_REQUEST)
        self.assertEqual(channel.read(1), b'S')
        return channel.secure()

    def read_packet(self, channel):
        kind = channel.read(1)
        size, = struct.unpack('!i', channel.read(4))
        return kind, channel.read(size - 4)

    def until(self, channel, wanted):
        """The packets up to one of a kind."""
        packets = []
        while not packets or packets[-1][0] != wanted:
            packets.append(self.read_packet(channel))
            self.assertNotEqual(packets[-1][0] if wanted != b'E' else b'', b'E', packets[-1])
        return packets

    def log_in(self, channel):
        parameters = zero_ended('user', 'client', 'database', 'postgres') + b'\0'
        channel.write(packet(b'', struct.pack('!i', 3 << 16) + parameters))

    def ask(self, channel, query):
        """The one value of the answer."""
        channel.write(packet(b'Q', zero_ended(query)))
        rows = [content for kind, content in self.until(channel, b'Z') if kind == b'D']
        return rows[0][6:]

    def leave(self, channel):
        channel.write(packet(b'X', b'')).flush()
        channel.do('digest', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def give_password(self, password):
        """Of the user "client", in a database that is there as long as the test."""
        channel = self.dial()
        self.log_in(channel)
        self.until(channel, b'Z')
        channel.write(packet(b'Q', zero_ended(f"alter role client password '{password}'")))
        self.until(channel, b'Z')
        (self.data / 'pg_hba.conf').write_text(BY_PASSWORD)
        channel.write(packet(b'Q', zero_ended('select pg_reload_conf()')))
        self.until(channel, b'Z')
        self.leave(channel)
        self.server.expect('reloading configuration files')

    def send_first(self, channel, header, nonce):
        """The server's first message."""
        self.log_in(channel)
        offer = self.until(channel, b'R')[-1][1]
        self.assertIn(b'SCRAM-SHA-256-PLUS\0', offer)
        first = f'{header}n=,r={nonce}'.encode()
        content = zero_ended('SCRAM-SHA-256-PLUS') + struct.pack('!i', len(first)) + first
        channel.write(packet(b'p', content))
        return self.until(channel, b'R')[-1][1][4:]

    def scram(self, channel, password, binding):
        """Logs in as RFC 5802 has it; the last packet of the exchange, and the signature to expect."""
        header, nonce = 'p=tls-server-end-point,,', base64.b64encode(os.urandom(18)).decode()
        first = self.send_first(channel, header, nonce).decode()
        fields = dict(field.split('=', 1) for field in first.split(','))
        self.assertTrue(fields['r'].startswith(nonce))
        bound = base64.b64encode(header.encode() + binding).decode()
        final = f'c={bound},r={fields["r"]}'
        proof, signature = scram_proof(password, base64.b64decode(fields['s']), int(fields['i']),
                                       f'n=,r={nonce},{first},{final}'.encode())
        channel.write(packet(b'p', f'{final},p={base64.b64encode(proof).decode()}'.encode()))
        return self.read_packet(channel), signature

    def dial_again(self):
        channel = self.channel().open(self.port)
        channel.write(SSL_REQUEST)
        self.assertEqual(channel.read(1), b'S')
        return channel.secure()

    def test_password_is_bound_to_the_connection(self):
        self.give_password('sesame')
        channel = self.dial_again()
        binding = channel.binding('tls-server-end-point')
        (kind, content), signature = self.scram(channel, 'sesame', binding)
        self.assertEqual(kind, b'R', content)
        self.assertEqual(content[4:], b'v=' + base64.b64encode(signature))
        self.until(channel, b'Z')
        self.assertEqual(self.ask(channel, 'select current_user'), b'client')
        self.leave(channel)

    def test_password_that_is_bound_to_another_connection_is_refused(self):
        self.give_password('sesame')
        channel = self.dial_again()
        binding = channel.binding('tls-server-end-point')
        (kind, content), _ = self.scram(channel, 'sesame', bytes([binding[0] ^ 1]) + binding[1:])
        self.assertEqual(kind, b'E')
        self.assertIn(b'channel binding check failed', content)
        channel.do('digest', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_query_is_answered_under_tls(self):
        channel = self.dial()
        self.assertEqual(channel.info()['protocol'], self.protocol)
        self.log_in(channel)
        self.until(channel, b'Z')
        version = self.ask(channel, 'select version from pg_stat_ssl where pid = pg_backend_pid()')
        self.assertEqual(version.decode(), self.protocol)
        self.leave(channel)

    def test_large_query_and_answer_are_whole(self):
        channel = self.dial()
        self.log_in(channel)
        self.until(channel, b'Z')
        text = ''.join(f'{n:08}' for n in range(500000))
        digest = hashlib.sha256(text.encode()).hexdigest()
        found = self.ask(channel, f"select encode(sha256('{text}'::bytea), 'hex')")
        self.assertEqual(found.decode(), digest)
        found = self.ask(channel, "select string_agg(lpad(n::text, 8, '0'), '' order by n) "
                                  "from generate_series(0, 499999) n")
        self.assertEqual(hashlib.sha256(found).hexdigest(), digest)
        self.leave(channel)

    def test_client_certificate_names_the_user(self):
        channel = self.dial(BY_CERTIFICATE, **own(self.pki.client))
        self.log_in(channel)
        self.until(channel, b'Z')
        self.assertEqual(self.ask(channel, 'select current_user'), b'client')
        self.leave(channel)

    def assert_refused(self, **options):
        channel = self.dial(BY_CERTIFICATE, **options)
        self.log_in(channel)
        self.assertIn(b'28000', self.until(channel, b'E')[-1][1])
        channel.do('digest', state='eof')
        self.assert_ended_well(channel.close(), 'eof')

    def test_client_without_certificate_is_refused_by_an_answer(self):
        self.assert_refused()

    def test_certificate_of_another_user_is_refused_by_an_answer(self):
        self.assert_refused(**own(self.pki.server))

    def test_client_of_an_unknown_authority_is_refused(self):
        channel = self.dial(BY_CERTIFICATE, **own(self.pki.stranger))
        report = channel.do('info', state=None)
        if report['done'] == 'good':
            self.log_in(channel)
            report = channel.do('read', 1, state='bad')
        self.assertEqual(report['error'], 'alert_received', report['what'])
        self.assertIn('unknown ca', report['what'])

    def test_server_that_is_killed_is_no_end(self):
        channel = self.dial()
        self.log_in(channel)
        self.until(channel, b'Z')
        channel.write(packet(b'Q', zero_ended('select pg_sleep(60)'))).flush()
        self.server.kill(itself=False)  # it has memory of the system to give back
        report = channel.do('digest', state='bad')
        self.assertIn(report['error'], ('truncated', 'system_error'), report['what'])


@needs_file(POSTGRES, 'postgresql')
class Tls12(PostgresqlCases, ServerCase):
    protocol = 'TLSv1.2'


@needs_file(POSTGRES, 'postgresql')
class Tls13(PostgresqlCases, ServerCase):
    protocol = 'TLSv1.3'


if __name__ == '__main__':
    unittest.main()
