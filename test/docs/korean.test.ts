import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { proseOf, ROOT, read } from './markdown.ts';
import { differences } from './translation.ts';

const NAMES = readdirSync(join(ROOT, 'docs', 'ko')).filter((name) => name.endsWith('.md'));

/** The documents that a user reads to install, operate and use the project. */
const REQUIRED = [
  ...['getting-started.md', 'operations.md', 'settings.md', 'faq.md'],
  ...['runbook.md', 'runbook-fleet.md'],
  ...['consumers.md', 'consumers-python.md', 'consumers-other.md'],
];

test('each document that users need has a Korean version', () => {
  expect(NAMES).toEqual(expect.arrayContaining(REQUIRED));
});

/** Phrases of a word-by-word translation, terms that CONTRIBUTING.md excludes, and endings other than 합니다체. */
const STIFF =
  /에 의해|[을를] 가지[고다]|하는 것이 가능|당신|그것|본인|죽[은는었습이]|모의실험|모의 증권사|(?<!니)다\.(?=\s|$)/g;

const PAIRS = [
  ['README.md', 'README.ko.md'],
  ...NAMES.map((name) => [`docs/${name}`, `docs/ko/${name}`] as const),
] as const;
const open = (path: string) => ({ text: read(path), folder: dirname(path) });

describe.each(PAIRS)('%s and %s', (english, korean) => {
  it('have the same sections, code, names, figures and links', () => {
    expect(differences(open(english), open(korean))).toEqual([]);
  });

  it('contain no phrase that is translated word by word', () => {
    const proseWithoutQuotations = proseOf(read(korean)).replaceAll(/"[^"]*"/g, '…');
    expect(proseWithoutQuotations.match(STIFF) ?? []).toEqual([]);
  });
});

const ENGLISH = {
  folder: 'docs',
  text: `# Title

## Replacing a token

Run \`refresh\` within six hours, at most 25 minutes, or see [alarms](alarms.md#alarms) of ExpiringSoon.

\`\`\`sh
# needs AWS
npm run tokens -- refresh kis-main
\`\`\`

- It costs $0.10.

| setting | default |
|---|---|
| \`fleet\` | 12 % |`,
};

const KOREAN = `# 제목

## 토큰 교체 <a id="replacing-a-token"></a>

ExpiringSoon 경보는 [경보](../alarms.md#alarms)에 있습니다. 6시간 안에, 늦어도
25분 안에 \`refresh\`를 실행합니다.

\`\`\`sh
# AWS 필요
npm run tokens -- refresh kis-main
\`\`\`

- 비용은 $0.10입니다.

| 설정 | 기본값 |
|---|---|
| \`fleet\` | 12% |`;

const differencesIn = (text: string) => differences(ENGLISH, { folder: 'docs/ko', text });

describe('The comparison of Korean and English documents', () => {
  it('accepts different words and a different order of sentences', () => {
    expect(differencesIn(KOREAN)).toEqual([]);
  });

  it.each([
    ['an anchor', 'id="replacing-a-token"', 'id="replacing"', /order of parts differs/],
    ['the level of a heading', '## 토큰', '### 토큰', /order of parts differs/],
    ['an additional section', '- 비용은', '## 비용 <a id="costs"></a>\n\n- 비용은', /order of parts differs/],
    ['a command', 'refresh kis-main', 'revoke kis-main', /the code differ/],
    ['inline code', '`refresh`', '`revoke`', /inline code differ/],
    ['a setting in a table', '`fleet`', '`egress`', /inline code differ/],
    ['the name of an alarm', 'ExpiringSoon', 'RefreshFailing', /names differ/],
    ['a figure', '25분', '30분', /the figure 25 min is missing/],
    ['a unit', '25분', '25시간', /the figure 25 min is missing/],
    ['a number word with a unit', '6시간', '5시간', /the figure 6 h is missing/],
    ['an additional figure', '늦어도', '3번, 늦어도', /the figure 3 is only in Korean/],
    ['a price', '$0.10', '$0.20', /the figure \$0.10 is missing/],
    ['a percentage', '12%', '1%', /the figure 12 % is missing/],
    ['a link', '../alarms.md#alarms', '../alarms.md#metrics', /links differ/],
    ['a paragraph', '- 비용은', '문단.\n\n- 비용은', /order of parts differs/],
  ])('reports a change of %s', (_, from, to, message) => {
    expect(KOREAN).toContain(from);
    expect(differencesIn(KOREAN.replace(from, to))).toContainEqual(expect.stringMatching(message));
  });

  it('reports a difference together with the text of the Korean paragraph', () => {
    expect(differencesIn(KOREAN.replace('$0.10', '$0.20'))[0]).toBe(
      'the figure $0.10 is missing in: 비용은 $0.20입니다.',
    );
  });
});
