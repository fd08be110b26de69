import { describe, expect, it } from 'vitest';
import { createEndpointResolver, ForeignEndpointError } from '../../../lambdas/brokers/endpoints.ts';

describe('the endpoint that a broker client uses', () => {
  it.each([
    ['kis', 'live', 'https://openapi.koreainvestment.com:9443'],
    ['kis', 'paper', 'https://openapivts.koreainvestment.com:29443'],
    ['kiwoom', 'live', 'https://api.kiwoom.com'],
    ['kiwoom', 'paper', 'https://mockapi.kiwoom.com'],
  ] as const)('for %s (%s) is %s if the override is empty', (broker, market, url) => {
    expect(createEndpointResolver({ BROKER_URL_KIWOOM_LIVE: '' })(broker, market)).toBe(url);
  });

  it.each<[url: string, origin: string]>([
    ['http://localhost:8081', 'http://localhost:8081'],
    ['http://127.0.0.1:8081/', 'http://127.0.0.1:8081'],
    ['http://127.255.255.254:8081', 'http://127.255.255.254:8081'],
    ['http://0x7f000001:8081', 'http://127.0.0.1:8081'],
    ['http://[::1]:8081', 'http://[::1]:8081'],
    ['https://localhost:8443', 'https://localhost:8443'],
    ['http://localhost:8081/oauth2?x=1#y', 'http://localhost:8081'],
  ])('can be overridden with the loopback URL %s', (url, origin) => {
    expect(createEndpointResolver({ BROKER_URL_KIS_LIVE: url })('kis', 'live')).toBe(origin);
  });
});

describe('an endpoint override that is no loopback URL', () => {
  it.each<[title: string, url: string]>([
    ['a different host', 'https://example.com'],
    ['localhost as a user name', 'http://localhost@example.com'],
    ['a user name before loopback', 'http://user@127.0.0.1'],
    ['a password before loopback', 'http://:FAKE@127.0.0.1'],
    ['a name that starts with localhost', 'http://localhost.example.com'],
    ['a name that ends with localhost', 'http://notlocalhost'],
    ['localhost with a trailing dot', 'http://localhost.'],
    ['a name that starts with a loopback address', 'http://127.0.0.1.example.com'],
    ['loopback followed by a line break', 'http://127.0.0.1\n.example.com'],
    ['the unspecified address', 'http://0.0.0.0:8081'],
    ['an address after 127.0.0.0/8', 'http://128.0.0.1'],
    ['loopback as an IPv4-mapped address', 'http://[::ffff:127.0.0.1]'],
    ['a different IPv6 address', 'http://[::2]'],
    ['an FTP URL', 'ftp://127.0.0.1'],
    ['a scheme that ends in http', 'xhttp://127.0.0.1'],
    ['a URL without a scheme', '127.0.0.1:8081'],
    ['a blank override', ' '],
  ])('is rejected if the override is %s', (_title, url) => {
    for (const name of ['KIS_LIVE', 'KIS_PAPER', 'KIWOOM_LIVE', 'KIWOOM_PAPER'].map(
      (each) => `BROKER_URL_${each}`,
    )) {
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
