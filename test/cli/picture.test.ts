import { join } from 'node:path';
import { expect, test } from 'vitest';
import { summarizeCredential } from '../../cli/credential-summary.ts';
import { overviewLines, type Snapshot } from '../../cli/status/overview.ts';
import { createTerminal } from '../../cli/terminal/terminal.ts';
import { HOUR, MINUTE } from '../../cli/time.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Attempt, State } from '../../lambdas/shared/state.ts';
import { ansiToSvg } from './ansi-svg.ts';
import { completeConfig, sampleAttempt, tokenIssuedAt } from './sample-credential.ts';

const PICTURE = join(import.meta.dirname, '..', '..', 'docs', 'images', 'status.svg');

/** The time in the picture: Tuesday 2026-11-24 08:41 KST. */
const NOW = Date.parse('2026-11-24T08:41:07+09:00');
const COLUMNS = 106;

function summary(
  config: Pick<CredentialConfig, 'id' | 'broker' | 'market'>,
  generation: number,
  [issuedAgo, renewIn]: readonly [number, number],
  state: Partial<State> = {},
) {
  const complete = completeConfig(config);
  const issuedAt = NOW - issuedAgo * HOUR;
  const published = { ...tokenIssuedAt(issuedAt, complete), renewAt: NOW + renewIn * HOUR };
  const credential = { config: complete, state: { generation, published, issues: [issuedAt], ...state } };
  return summarizeCredential(credential, NOW);
}

const failure = (changes: Partial<Attempt>) => sampleAttempt({ at: NOW - 4 * MINUTE, ...changes });

/** The command `npx vitest run test/cli/picture -u` updates the picture. */
test('docs/images/status.svg shows the current output of the command "status"', async () => {
  const stdout = { isTTY: true, columns: COLUMNS } as NodeJS.WriteStream;
  const streams = { stdin: process.stdin, stdout, stderr: stdout };
  const terminal = createTerminal(streams, { FORCE_COLOR: '1' }, undefined);
  const unavailable = failure({
    outcome: 'unavailable',
    failures: 2,
    message: '1999 예기치 못한 에러가 발생했습니다.',
    brokerCode: '1999',
  });
  const rejected = failure({
    outcome: 'rejected',
    failures: 5,
    brokerCode: 'EGW00103',
    message: 'EGW00103 유효하지 않은 AppKey입니다.',
  });
  const refused = {
    secretVersion: 'v1',
    code: 'EGW00103',
    since: NOW - 3 * HOUR,
    retryAt: NOW + 56 * MINUTE,
    times: 5,
  };
  const snapshot: Snapshot = {
    stack: 'BrokerTokens',
    region: 'ap-northeast-2',
    now: NOW,
    summaries: [
      summary({ id: 'kis-main', broker: 'kis', market: 'live' }, 41, [3.2, 19.8]),
      summary({ id: 'kis-us', broker: 'kis', market: 'live' }, 97, [9.6, 12.1]),
      summary({ id: 'kiwoom-main', broker: 'kiwoom', market: 'live' }, 38, [15.5, 7.5]),
      summary({ id: 'kiwoom-algo', broker: 'kiwoom', market: 'live' }, 12, [23.2, -0.2], {
        attempt: unavailable,
      }),
      summary({ id: 'kis-paper', broker: 'kis', market: 'paper' }, 3, [26, -3], {
        issues: [],
        attempt: rejected,
        refused,
      }),
    ],
    invalid: [],
    withoutConfig: [],
    alarms: [
      {
        name: 'BrokerTokens-kis-paper-ActionRequired',
        chapter: 'ActionRequired',
        credentialId: 'kis-paper',
        since: NOW - 138 * MINUTE,
      },
    ],
  };
  const lines = overviewLines(snapshot, terminal);
  await expect(ansiToSvg('npx broker-tokens status', lines, COLUMNS)).toMatchFileSnapshot(PICTURE);
});
