import { join } from 'node:path';
import { expect, test } from 'vitest';
import { summarizeCredential } from '../../cli/credential-summary.ts';
import { overviewLines } from '../../cli/status/overview.ts';
import { createTerminal } from '../../cli/terminal/terminal.ts';
import { HOUR, MINUTE } from '../../cli/time.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { ansiToSvg } from './ansi-svg.ts';
import { tokenIssuedAt } from './states.ts';

const PICTURE = join(import.meta.dirname, '..', '..', 'docs', 'images', 'status.svg');

/** The time in the picture: Tuesday 2026-11-24 08:41 KST. */
const NOW = Date.parse('2026-11-24T08:41:07+09:00');
const COLUMNS = 106;

function of(
  id: string,
  config: Pick<CredentialConfig, 'broker' | 'market'> & Partial<CredentialConfig>,
  generation: number,
  [issuedAgo, renewIn]: readonly [number, number],
  state: Partial<State> = {},
) {
  const full: CredentialConfig = {
    version: 1,
    id,
    secretArn: 'arn:fake',
    renewBeforeSeconds: 3600,
    checkEverySeconds: 300,
    sessions: [],
    maxIssuesPerDay: 8,
    ...config,
  };
  const issuedAt = NOW - issuedAgo;
  const published = { ...tokenIssuedAt(issuedAt, full), renewAt: NOW + renewIn };
  const credential = { config: full, state: { generation, published, issues: [issuedAt], ...state } };
  return summarizeCredential(credential, NOW);
}

/** The command `npx vitest run test/cli/picture -u` updates the picture. */
test('docs/images/status.svg shows the current output of the command status', async () => {
  const attempt = {
    at: NOW - 4 * MINUTE,
    cause: 'schedule',
    messageId: 'fake',
    kind: 'issue',
  } as const;
  const stdout = { isTTY: true, columns: COLUMNS } as NodeJS.WriteStream;
  const { paint } = createTerminal(
    { stdin: process.stdin, stdout, stderr: stdout },
    { FORCE_COLOR: '1' },
    undefined,
  );
  const lines = overviewLines(
    {
      stack: 'BrokerTokens',
      region: 'ap-northeast-2',
      now: NOW,
      summaries: [
        of('kis-main', { broker: 'kis', market: 'live' }, 41, [3.2 * HOUR, 19.8 * HOUR]),
        of('kis-us', { broker: 'kis', market: 'live' }, 97, [9.6 * HOUR, 12.1 * HOUR]),
        of('kiwoom-main', { broker: 'kiwoom', market: 'live' }, 38, [15.5 * HOUR, 7.5 * HOUR]),
        of('kiwoom-algo', { broker: 'kiwoom', market: 'live' }, 12, [23.2 * HOUR, -0.2 * HOUR], {
          attempt: {
            ...attempt,
            outcome: 'unavailable',
            failures: 2,
            message: '1999 예기치 못한 에러가 발생했습니다.',
            brokerCode: '1999',
          },
        }),
        of('kis-paper', { broker: 'kis', market: 'paper' }, 3, [26 * HOUR, -3 * HOUR], {
          issues: [],
          attempt: {
            ...attempt,
            outcome: 'rejected',
            failures: 5,
            brokerCode: 'EGW00103',
            message: 'EGW00103 유효하지 않은 AppKey입니다.',
          },
          refused: {
            secretVersion: 'v1',
            code: 'EGW00103',
            since: NOW - 3 * HOUR,
            retryAt: NOW + 56 * MINUTE,
            times: 5,
          },
        }),
      ],
      invalid: [],
      withoutConfig: [],
      alarms: [
        {
          name: 'BrokerTokens-kis-paper-ActionRequired',
          chapter: 'ActionRequired',
          credentialId: 'kis-paper',
          state: 'ALARM',
          since: NOW - 138 * MINUTE,
          actions: [],
          actionsEnabled: true,
        },
      ],
    },
    { paint, width: COLUMNS },
  );
  await expect(ansiToSvg('npx broker-tokens status', lines, COLUMNS)).toMatchFileSnapshot(PICTURE);
});
