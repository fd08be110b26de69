import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrub } from '../../../lambdas/brokers/scrub.ts';
import { KIS_KEY, KIWOOM_KEY } from './samples.ts';

const { appkey, secret } = KIS_KEY;

describe('the text of a broker reply for logs and errors', () => {
  it.each<[title: string, text: string, secrets: string[], clean: string]>([
    ['ordinary words', '유효하지 않은 AppKey입니다.', [appkey, secret], '유효하지 않은 AppKey입니다.'],
    ['an app key', `no such key ${appkey}!`, [appkey], 'no such key ***!'],
    ['a short secret', 'key abc', ['abc'], 'key ***'],
    ['an unknown run of 24 characters', `token ${'x'.repeat(24)} refused`, [], 'token *** refused'],
    ['a run of 23 characters', `${'x'.repeat(23)} refused`, [], `${'x'.repeat(23)} refused`],
    ['half of a secret', secret.slice(0, 90), [secret], '***'],
    ['a secret that starts with the key', 'abc-def!', ['abc', 'abc-def'], '***!'],
    ['a percent-encoded secret', 'k=abcd%2Fefgh%2Bijkl%2Fmnop%3D', ['abcd/efgh+ijkl/mnop='], '***'],
    [
      'a secret with escaped slashes',
      'abcd\\/efgh\\/ijkl\\/mnop\\/qrst',
      ['abcd/efgh/ijkl/mnop/qrst'],
      '***',
    ],
    ['an empty secret', 'fine', [''], 'fine'],
    ['control characters', 'first\r\nsecond\u0000third', [], 'first second third'],
    ['surrounding white space', '\n 인증 ', [], '인증'],
  ])('is one printable line without a secret for a reply with %s', (_title, text, secrets, clean) => {
    expect(scrub(text, secrets)).toBe(clean);
  });

  it('contains no secret, regardless of the position of the secret in the reply', () => {
    const secrets = fc.array(fc.stringMatching(/^[A-Za-z0-9+/=-]{6,60}$/), { minLength: 1, maxLength: 3 });
    const words = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(secrets, words, (secrets, words) => {
        const text = words.map((word, index) => word + (secrets[index % secrets.length] ?? '')).join('');
        const clean = scrub(text, secrets);
        for (const secret of secrets) expect(clean).not.toContain(secret);
      }),
    );
  });

  it('contains no control character and no sequence of 24 characters without a space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const clean = scrub(text, [KIWOOM_KEY.secret]);
        expect(clean).not.toMatch(/\p{Cc}/u);
        expect(clean).not.toMatch(/[A-Za-z0-9+/=_.~-]{24}/);
      }),
    );
  });
});
