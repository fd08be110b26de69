import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrub } from '../../../lambdas/brokers/scrub.ts';
import { KIS_KEY, KIWOOM_KEY } from './samples.ts';

const { appkey, secret } = KIS_KEY;

describe('A broker’s text without anything that could be a secret', () => {
  it.each<[sentence: string, text: string, secrets: string[], clean: string]>([
    ['harmless words stay', '유효하지 않은 AppKey입니다.', [appkey, secret], '유효하지 않은 AppKey입니다.'],
    ['a key in it goes', `no such key ${appkey}!`, [appkey], 'no such key ***!'],
    ['however often', `${appkey},${appkey}`, [appkey], '***,***'],
    ['short ones too', 'key abc', ['abc'], 'key ***'],
    ['both halves of the app key', `${appkey} ${secret}`, [appkey, secret], '*** ***'],
    ['a secret that nobody named', `token ${'x'.repeat(24)} refused`, [], 'token *** refused'],
    ['a word of 23 letters is a word', `${'x'.repeat(23)} refused`, [], `${'x'.repeat(23)} refused`],
    ['half a secret is long enough to be seen', secret.slice(0, 90), [secret], '***'],
    ['a secret that begins like the key goes whole', 'abc-def!', ['abc', 'abc-def'], '***!'],
    ['in whatever order they are named', 'abc-def!', ['abc-def', 'abc'], '***!'],
    ['percent-encoded', 'k=abcd%2Fefgh%2Bijkl%2Fmnop%3D', ['abcd/efgh+ijkl/mnop='], '***'],
    ['with escaped slashes', 'abcd\\/efgh\\/ijkl\\/mnop\\/qrst', ['abcd/efgh/ijkl/mnop/qrst'], '***'],
    ['an empty secret is in every text, and takes nothing out', 'fine', [''], 'fine'],
    ['lines become one', 'first\r\nsecond\u0000third', [], 'first second third'],
    ['white space round it goes', '\n 인증 ', [], '인증'],
  ])('%s', (_sentence, text, secrets, clean) => {
    expect(scrub(text, secrets)).toBe(clean);
  });

  it('never holds a secret, wherever it stood', () => {
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

  it('is short and plain: no control characters, no long runs', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const clean = scrub(text, [KIWOOM_KEY.secret]);
        expect(clean).not.toMatch(/\p{Cc}/u);
        expect(clean).not.toMatch(/[A-Za-z0-9+/=_.~-]{24}/);
      }),
    );
  });
});
