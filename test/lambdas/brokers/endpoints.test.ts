import { describe, expect, it } from 'vitest';
import { BROKER, ForeignEndpoint, resolveEndpoints } from '../../../lambdas/brokers/endpoints.ts';

describe('Each broker is reached', () => {
  it('at its own host, if nothing else is said', () => {
    const endpoints = resolveEndpoints({});
    expect(endpoints('kis', 'live')).toBe('https://openapi.koreainvestment.com:9443');
    expect(endpoints('kis', 'paper')).toBe('https://openapivts.koreainvestment.com:29443');
    expect(endpoints('kiwoom', 'live')).toBe('https://api.kiwoom.com');
    expect(endpoints('kiwoom', 'paper')).toBe('https://mockapi.kiwoom.com');
  });

  it('at its own host over TLS, always', () => {
    for (const { hosts } of Object.values(BROKER))
      for (const host of Object.values(hosts)) expect(host).toMatch(/^https:\/\//);
  });

  it('on this machine, for the one market that the environment names', () => {
    const endpoints = resolveEndpoints({ BROKER_URL_KIS_PAPER: 'http://127.0.0.1:8081' });
    expect(endpoints('kis', 'paper')).toBe('http://127.0.0.1:8081');
    expect(endpoints('kis', 'live')).toBe('https://openapi.koreainvestment.com:9443');
    expect(endpoints('kiwoom', 'paper')).toBe('https://mockapi.kiwoom.com');
  });

  it('an empty variable is none', () => {
    const endpoints = resolveEndpoints({ BROKER_URL_KIWOOM_LIVE: '' });
    expect(endpoints('kiwoom', 'live')).toBe('https://api.kiwoom.com');
  });

  it.each<[url: string, origin: string]>([
    ['http://localhost:8081', 'http://localhost:8081'],
    ['HTTP://LOCALHOST:8081', 'http://localhost:8081'],
    ['http://127.0.0.1:8081/', 'http://127.0.0.1:8081'],
    ['http://127.0.0.1', 'http://127.0.0.1'],
    ['http://127.255.255.254:8081', 'http://127.255.255.254:8081'],
    ['http://127.1:8081', 'http://127.0.0.1:8081'],
    ['http://0x7f000001:8081', 'http://127.0.0.1:8081'],
    ['http://[::1]:8081', 'http://[::1]:8081'],
    ['http://[0:0:0:0:0:0:0:1]:8081', 'http://[::1]:8081'],
    ['https://localhost:8443', 'https://localhost:8443'],
    ['http://localhost:8081/oauth2?x=1#y', 'http://localhost:8081'],
  ])('%s is this machine', (url, origin) => {
    expect(resolveEndpoints({ BROKER_URL_KIS_LIVE: url })('kis', 'live')).toBe(origin);
  });
});

describe('An app key never leaves for a stranger', () => {
  it.each<[sentence: string, url: string]>([
    ['another host', 'https://example.com'],
    ['the broker’s own host', 'https://openapi.koreainvestment.com:9443'],
    ['the other broker’s host', 'https://api.kiwoom.com'],
    ['localhost as a user', 'http://localhost@example.com'],
    ['loopback as a user and password', 'http://127.0.0.1:80@example.com'],
    ['a user before loopback', 'http://user@127.0.0.1'],
    ['a user and a password before loopback', 'http://user:FAKE@127.0.0.1'],
    ['a password alone before loopback', 'http://:FAKE@127.0.0.1'],
    ['a name that begins like localhost', 'http://localhost.example.com'],
    ['a name that ends like localhost', 'http://notlocalhost'],
    ['a name below localhost', 'http://evil.localhost'],
    ['localhost with a dot after it', 'http://localhost.'],
    ['a name that begins like loopback', 'http://127.0.0.1.example.com'],
    ['loopback with a dot too much', 'http://127.0.0.1.evil'],
    ['loopback in a line of its own', 'http://127.0.0.1\n.example.com'],
    ['loopback behind a backslash', 'http://example.com\\@127.0.0.1'],
    ['loopback in the fragment', 'http://example.com#@127.0.0.1'],
    ['loopback in the query', 'http://example.com?@127.0.0.1'],
    ['loopback in the path', 'http://example.com/127.0.0.1'],
    ['every address of this machine', 'http://0.0.0.0:8081'],
    ['the next network', 'http://128.0.0.1'],
    ['a private address', 'http://10.0.0.1'],
    ['where AWS keeps the role’s keys', 'http://169.254.169.254'],
    ['loopback as a mapped address', 'http://[::ffff:127.0.0.1]'],
    ['another IPv6 address', 'http://[::2]'],
    ['a letter that looks like an l', 'http://ⅼocalhost.example.com'],
    ['FTP', 'ftp://127.0.0.1'],
    ['a file', 'file:///etc/passwd'],
    ['a file on localhost', 'file://localhost/etc/passwd'],
    ['a script', 'javascript:127.0.0.1'],
    ['a web socket', 'ws://127.0.0.1'],
    ['no scheme', '127.0.0.1:8081'],
    ['localhost as a scheme', 'localhost:8081'],
    ['no host', 'http://'],
    ['a blank', ' '],
    ['words', 'the simulator'],
  ])('%s is refused at start', (_sentence, url) => {
    for (const name of ['BROKER_URL_KIS_LIVE', 'BROKER_URL_KIWOOM_PAPER']) {
      const start = () => resolveEndpoints({ [name]: url });
      expect(start).toThrow(ForeignEndpoint);
      expect(start).toThrow(`${name} must be an http(s) URL on loopback`);
    }
  });

  it('what was refused is not repeated: it may hold a password', () => {
    const start = () => resolveEndpoints({ BROKER_URL_KIS_LIVE: 'http://user:FAKE-password@example.com' });
    expect(start).toThrow(expect.objectContaining({ code: 'ForeignEndpoint' }));
    expect(start).not.toThrow(/FAKE-password|example/);
  });
});
