import { describe, expect, it } from 'vitest';
import {
  BROKERS_BY_ID,
  createEndpointResolver,
  ForeignEndpointError,
} from '../../../lambdas/brokers/endpoints.ts';

describe('the endpoint that a broker client uses', () => {
  it('is an HTTPS URL by default', () => {
    for (const { baseUrls } of Object.values(BROKERS_BY_ID))
      for (const host of Object.values(baseUrls)) expect(host).toMatch(/^https:\/\//);
  });

  it('is the default URL of the broker if the override is empty', () => {
    const endpoints = createEndpointResolver({ BROKER_URL_KIWOOM_LIVE: '' });
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
  ])('can be overridden with the loopback URL %s', (url, origin) => {
    expect(createEndpointResolver({ BROKER_URL_KIS_LIVE: url })('kis', 'live')).toBe(origin);
  });
});

describe('an endpoint override that is no loopback URL', () => {
  it.each<[title: string, url: string]>([
    ['a different host', 'https://example.com'],
    ['the broker’s own host', 'https://openapi.koreainvestment.com:9443'],
    ['the other broker’s host', 'https://api.kiwoom.com'],
    ['localhost as a user name', 'http://localhost@example.com'],
    ['loopback as user name and password', 'http://127.0.0.1:80@example.com'],
    ['a user name before loopback', 'http://user@127.0.0.1'],
    ['a user name and a password before loopback', 'http://user:FAKE@127.0.0.1'],
    ['a password before loopback', 'http://:FAKE@127.0.0.1'],
    ['a name that starts with localhost', 'http://localhost.example.com'],
    ['a name that ends with localhost', 'http://notlocalhost'],
    ['a subdomain of localhost', 'http://evil.localhost'],
    ['localhost with a trailing dot', 'http://localhost.'],
    ['a name that starts with a loopback address', 'http://127.0.0.1.example.com'],
    ['a loopback address with a further label', 'http://127.0.0.1.evil'],
    ['loopback followed by a line break', 'http://127.0.0.1\n.example.com'],
    ['loopback after a backslash', 'http://example.com\\@127.0.0.1'],
    ['loopback in the fragment', 'http://example.com#@127.0.0.1'],
    ['loopback in the query', 'http://example.com?@127.0.0.1'],
    ['loopback in the path', 'http://example.com/127.0.0.1'],
    ['the unspecified address', 'http://0.0.0.0:8081'],
    ['an address after 127.0.0.0/8', 'http://128.0.0.1'],
    ['a private address', 'http://10.0.0.1'],
    ['the instance metadata service', 'http://169.254.169.254'],
    ['loopback as an IPv4-mapped address', 'http://[::ffff:127.0.0.1]'],
    ['a different IPv6 address', 'http://[::2]'],
    ['a Unicode look-alike of localhost', 'http://ⅼocalhost.example.com'],
    ['an FTP URL', 'ftp://127.0.0.1'],
    ['a file URL', 'file:///etc/passwd'],
    ['a file URL on localhost', 'file://localhost/etc/passwd'],
    ['a script URL', 'javascript:127.0.0.1'],
    ['a WebSocket URL', 'ws://127.0.0.1'],
    ['a scheme that ends in http', 'xhttp://127.0.0.1'],
    ['a URL without a scheme', '127.0.0.1:8081'],
    ['localhost as a scheme', 'localhost:8081'],
    ['a URL without a host', 'http://'],
    ['a blank override', ' '],
    ['a text that is no URL', 'the simulator'],
  ])('is rejected if it is %s', (_title, url) => {
    for (const name of ['BROKER_URL_KIS_LIVE', 'BROKER_URL_KIWOOM_PAPER']) {
      const start = () => createEndpointResolver({ [name]: url });
      expect(start).toThrow(ForeignEndpointError);
      expect(start).toThrow(`${name} must be an http(s) URL on loopback`);
    }
  });

  it('is not repeated in the error message, because it may contain a password', () => {
    const start = () =>
      createEndpointResolver({ BROKER_URL_KIS_LIVE: 'http://user:FAKE-password@example.com' });
    expect(start).toThrow(expect.objectContaining({ code: 'ForeignEndpoint' }));
    expect(start).not.toThrow(/FAKE-password|example/);
  });
});
