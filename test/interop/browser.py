# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium, spoken to by WebDriver (https://www.w3.org/TR/webdriver2/), with a home of its
own whose certificate store trusts what a test wants it to trust."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from process import LIMIT, Process

FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
         '--disable-sync', '--no-proxy-server', '--window-size=1280,900']


class Refused(Exception):
    """The browser reports that it cannot do that, such as to open a page that it does not trust."""


def missing():
    """Why there is no browser, or nothing."""
    for program in 'chromium', 'chromedriver', 'certutil':
        if not shutil.which(program):
            return program + ' is not installed'
    return ''


def make_home(folder, trusted):
    """A home folder whose certificate store holds an authority, if one is given."""
    store = folder / '.pki' / 'nssdb'
    store.mkdir(parents=True)

    def certutil(*arguments):
        subprocess.run(['certutil', '-d', f'sql:{store}', *map(str, arguments)], check=True,
                       timeout=60, stdin=subprocess.DEVNULL)

    certutil('-N', '--empty-password')
    if trusted:
        certutil('-A', '-n', 'test', '-t', 'C,,', '-i', trusted)
    return folder


class Browser:
    def __init__(self, case, folder, trusted=None):
        home = make_home(folder, trusted)
        self._environment = dict(os.environ, HOME=str(home), TMPDIR=str(home))
        for name in [name for name in os.environ if name.startswith('XDG_')]:
            del self._environment[name]
        words = ['env', '-i'] + [f'{name}={value}' for name, value in self._environment.items()]
        self._driver = Process(*words, 'chromedriver', '--port=0')
        case.addCleanup(self._driver.stop)
        port = int(self._driver.expect(r'started successfully on port (\d+)')[1])
        self._base = f'http://127.0.0.1:{port}/session'
        profile = tempfile.mkdtemp(dir=home)
        made = self._post('', {'capabilities': {'alwaysMatch': {
            'browserName': 'chrome',
            'acceptInsecureCerts': False,
            'goog:loggingPrefs': {'performance': 'ALL', 'browser': 'ALL'},
            'goog:chromeOptions': {'args': FLAGS + [f'--user-data-dir={profile}'],
                                   'binary': shutil.which('chromium')}}}})
        self._base += '/' + made['sessionId']
        case.addCleanup(self._request, 'DELETE', '')
        self._post('/timeouts', {'script': LIMIT * 1000, 'pageLoad': LIMIT * 1000})

    def _request(self, method, path, body=None):
        request = urllib.request.Request(
            self._base + path, method=method, headers={'Content-Type': 'application/json'},
            data=None if body is None else json.dumps(body).encode())
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=4 * LIMIT) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise Refused(json.load(error)['value']['message']) from None

    def _post(self, path, body):
        return self._request('POST', path, body)

    def open(self, url):
        self._post('/url', {'url': url})

    def run(self, script):
        """The value of a script that may await."""
        return self._post('/execute/async', {
            'args': [], 'script': 'const done = arguments[arguments.length - 1];'
                                  f'(async () => {{ {script} }})().then(done, done);'})

    def command(self, name, **parameters):
        """One of Chromium's own (https://chromedevtools.github.io/devtools-protocol/)."""
        return self._post('/goog/cdp/execute', {'cmd': name, 'params': parameters})

    def _events(self):
        """What has happened since the last call: (name, parameters) pairs."""
        entries = self._post('/se/log', {'type': 'performance'})
        messages = [json.loads(entry['message'])['message'] for entry in entries]
        return [(message['method'], message['params']) for message in messages]

    def complaints(self):
        """What the console has had as warnings and errors since the last call."""
        return [entry['message'] for entry in self._post('/se/log', {'type': 'browser'})
                if entry['level'] in ('WARNING', 'SEVERE')]

    def fetched(self):
        """The addresses that were asked for since the last call."""
        return [event['request']['url'] for name, event in self._events()
                if name == 'Network.requestWillBeSent']

    def responses(self):
        """What has come by the network since the last call, as Network.responseReceived reports it."""
        found = [event['response'] for name, event in self._events()
                 if name == 'Network.responseReceived']
        return [response for response in found if response['url'].startswith('https:')]

    def refusal(self, url):
        """Why the browser does not open a page; empty if it does. Some versions say so, others show
        a warning in place of the page."""
        try:
            self.open(url)
        except Refused as reason:
            return str(reason)
        events = self._events()
        asked = {event['requestId'] for name, event in events
                 if name == 'Network.requestWillBeSent' and event['request']['url'] == url}
        return ' '.join(event['errorText'] for name, event in events
                        if name == 'Network.loadingFailed' and event['requestId'] in asked)

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._request('GET', '/screenshot')))
