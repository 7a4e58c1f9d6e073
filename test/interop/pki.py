# SPDX-License-Identifier: Apache-2.0
"""Certificates, made by the openssl command line when a test asks for them, in a folder that goes
away with the process."""

import atexit
import datetime
import functools
import pathlib
import shutil
import subprocess
import tempfile
import typing

CONFIGURATION = '''
[req]
distinguished_name = name
prompt = no
[name]
commonName = unused
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
rand_serial = yes
unique_subject = no
default_md = sha256
default_crl_days = 2
policy = policy
crl_extensions = crl
[policy]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid:always
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
'''

LEAF = '''
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,{key_usage}
extendedKeyUsage = {extended_key_usage}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
{names}
'''

BOTH_ROLES = 'serverAuth,clientAuth'
LOCAL_NAMES = 'DNS:localhost,IP:127.0.0.1'


class Credential(typing.NamedTuple):
    certificate: pathlib.Path
    key: pathlib.Path


def openssl(*arguments):
    """Runs it; returns what it prints."""
    done = subprocess.run(['openssl', *map(str, arguments)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f'openssl {arguments}: {done.stdout.decode(errors="replace")}')
    return done.stdout.decode(errors='replace')


def new_key(path, kind='EC'):
    how = {'EC': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
           'RSA': ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048']}[kind]
    openssl('genpkey', '-algorithm', *how, '-out', path)


def days_from_now(days):
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return when.strftime('%Y%m%d%H%M%SZ')


class Authority:
    """A certificate authority in a folder of its own: a root, or one that a parent vouches for."""

    def __init__(self, folder, name, parent=None):
        folder.mkdir()
        self.folder = folder
        self.configuration = folder / 'openssl.cnf'
        self.configuration.write_text(CONFIGURATION.format(folder=folder))
        (folder / 'index.txt').touch()
        self.certificate = folder / 'ca.pem'
        new_key(folder / 'ca.key')
        if parent:
            request = folder / 'ca.csr'
            self._request(folder / 'ca.key', name, request)
            parent.sign(request, self.certificate, parent.configuration, 'intermediate')
        else:
            openssl('req', '-config', self.configuration, '-new', '-x509',
                    '-key', folder / 'ca.key', '-subj', f'/CN={name}', '-days', '5',
                    '-extensions', 'root', '-out', self.certificate)

    def _request(self, key, common_name, out):
        openssl('req', '-config', self.configuration, '-new', '-key', key,
                '-subj', f'/CN={common_name}', '-out', out)

    def sign(self, request, out, extensions, section, valid=(-1, 2)):
        """Signs a request; `valid` is the certificate's period, in days from now."""
        openssl('ca', '-batch', '-notext', '-config', self.configuration, '-in', request,
                '-out', out, '-extfile', extensions, '-extensions', section,
                '-startdate', days_from_now(valid[0]), '-enddate', days_from_now(valid[1]))

    def issue(self, name, common_name=None, names=LOCAL_NAMES, usage=BOTH_ROLES, key='EC',
              valid=(-1, 2)):
        """Makes a key and a leaf for it."""
        made = Credential(self.folder / f'{name}.pem', self.folder / f'{name}.key')
        request = self.folder / f'{name}.csr'
        extensions = self.folder / f'{name}.cnf'
        extensions.write_text(LEAF.format(
            key_usage='digitalSignature,keyEncipherment' if key == 'RSA' else 'digitalSignature',
            extended_key_usage=usage, names=f'subjectAltName = {names}' if names else ''))
        new_key(made.key, key)
        self._request(made.key, common_name or name, request)
        self.sign(request, made.certificate, extensions, 'leaf', valid)
        return made

    def revoke(self, credential):
        openssl('ca', '-config', self.configuration, '-revoke', credential.certificate)

    def ocsp_response(self, name, credential, signer=None, known=True):
        """What is to be stapled to the credential; `signer`, if not the authority itself, is another
        credential. `known`: whether the responder looks into the right database."""
        request, path = self.folder / f'{name}.ocsp_request', self.folder / f'{name}.ocsp'
        database = self.folder / ('index.txt' if known else 'empty.txt')
        database.touch()
        certificate, key = signer or (self.certificate, self.folder / 'ca.key')
        openssl('ocsp', '-issuer', self.certificate, '-cert', credential.certificate,
                '-no_nonce', '-reqout', request)
        openssl('ocsp', '-index', database, '-CA', self.certificate, '-rsigner', certificate,
                '-rkey', key, '-ndays', '1', '-reqin', request, '-respout', path, '-noverify')
        return path

    def crl(self, name, last_update=-1, next_update=2):
        """The list of what was revoked so far, valid for a period in days from now."""
        path = self.folder / f'{name}.crl'
        openssl('ca', '-config', self.configuration, '-gencrl', '-out', path,
                '-crl_lastupdate', days_from_now(last_update),
                '-crl_nextupdate', days_from_now(next_update))
        return path


class Pki:
    """What the tests need, each made when first asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority(folder / 'authority', 'Interop CA')
        self.ca = self.authority.certificate

    @functools.cached_property
    def other_authority(self):
        return Authority(self.folder / 'other', 'Other CA')

    @functools.cached_property
    def other_ca(self):
        return self.other_authority.certificate

    @functools.cached_property
    def server(self):
        return self.authority.issue('server')

    @functools.cached_property
    def rsa_server(self):
        return self.authority.issue('rsa_server', key='RSA')

    @functools.cached_property
    def chained_server(self):
        """Vouched for by an intermediate authority, whose certificate is part of the chain."""
        intermediate = Authority(self.folder / 'intermediate', 'Intermediate CA', self.authority)
        leaf = intermediate.issue('chained_server')
        chain = self.folder / 'chained_server.pem'
        chain.write_text(leaf.certificate.read_text() + intermediate.certificate.read_text())
        return Credential(chain, leaf.key)

    @functools.cached_property
    def client(self):
        return self.authority.issue('client', names=None, usage='clientAuth')

    @functools.cached_property
    def stranger(self):
        """Of an authority that nobody trusts."""
        return self.other_authority.issue('stranger')

    @functools.cached_property
    def stranger_with_root(self):
        """The same, with the authority's own certificate in the chain that is sent."""
        chain = self.folder / 'stranger_with_root.pem'
        chain.write_text(self.stranger.certificate.read_text() + self.other_ca.read_text())
        return Credential(chain, self.stranger.key)

    @functools.cached_property
    def self_signed(self):
        made = Credential(self.folder / 'self_signed.pem', self.folder / 'self_signed.key')
        new_key(made.key)
        openssl('req', '-config', self.authority.configuration, '-new', '-x509', '-key', made.key,
                '-subj', '/CN=self_signed', '-days', '2', '-out', made.certificate,
                '-addext', f'subjectAltName={LOCAL_NAMES}')
        return made

    @functools.cached_property
    def expired(self):
        return self.authority.issue('expired', valid=(-3, -1))

    @functools.cached_property
    def not_yet_valid(self):
        return self.authority.issue('not_yet_valid', valid=(1, 3))

    @functools.cached_property
    def wrong_name(self):
        return self.authority.issue('wrong_name', names='DNS:elsewhere.example,IP:127.0.0.2')

    @functools.cached_property
    def name_in_subject_only(self):
        return self.authority.issue('name_in_subject_only', common_name='localhost', names=None)

    @functools.cached_property
    def client_only(self):
        return self.authority.issue('client_only', usage='clientAuth')

    @functools.cached_property
    def server_only(self):
        return self.authority.issue('server_only', usage='serverAuth')

    @functools.cached_property
    def revoked(self):
        made = self.authority.issue('revoked')
        self.authority.revoke(made)
        return made

    @functools.cached_property
    def ocsp_responder(self):
        return self.authority.issue('ocsp_responder', names=None, usage='OCSPSigning')

    @functools.cached_property
    def crl(self):
        """Names `revoked`."""
        self.revoked  # pylint: disable=pointless-statement
        return self.authority.crl('current')

    @functools.cached_property
    def expired_crl(self):
        return self.authority.crl('expired', -3, -1)

    @functools.cached_property
    def other_crl(self):
        return self.other_authority.crl('other')


@functools.lru_cache(maxsize=None)
def pki():
    folder = pathlib.Path(tempfile.mkdtemp(prefix='iostls_interop_'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Pki(folder)
