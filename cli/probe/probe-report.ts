import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { BROKER_NAME } from '../labels.ts';
import { iso, kst, span } from '../time.ts';
import type { ProbeFindings } from './analyze.ts';
import { analyze } from './analyze.ts';
import type { Journal } from './journal.ts';
import { type Suggestion, suggestFor } from './suggest.ts';

export type ProbeReportRow = readonly [question: string, measured: string, documents: string];

/** The answers as rows: what was asked, what was measured, what the documents say. */
export function reportRows(
  broker: CredentialConfig['broker'],
  findings: ProbeFindings,
): readonly ProbeReportRow[] {
  const { interval, again, reuse, revoke } = findings;
  const kis = broker === 'kis';
  const all: (ProbeReportRow | undefined)[] = [
    findings.lifeSeconds === undefined
      ? undefined
      : [
          'Life of a token',
          duration(findings.lifeSeconds),
          kis ? '24 h; three months for partners' : '24 h; 18–21 h and 4 h 22 m were seen',
        ],
    findings.brokerClockAheadSeconds === undefined
      ? undefined
      : ['The broker’s clock', `${signed(findings.brokerClockAheadSeconds)} s against this machine`, '–'],
    [
      'Time between two calls',
      intervalText(interval),
      kis ? 'a minute; also: five, a second' : 'of two at once the second is refused',
    ],
    interval.refusal === undefined
      ? undefined
      : [
          'A call too early',
          `refused: ${interval.refusal.code ?? 'no code'}, HTTP ${interval.refusal.status ?? '?'}`,
          kis ? 'EGW00133, HTTP 403' : '1700, HTTP 429 or 200',
        ],
    interval.refusalRestarts === undefined
      ? undefined
      : ['A refused call begins the interval anew', yesNo(interval.refusalRestarts), 'unknown'],
    again === undefined
      ? undefined
      : [
          `Asked again after ${duration(again.afterSeconds)}`,
          againText(again),
          kis ? 'the same token' : 'disputed: the same, or a new one that ends the old',
        ],
    again?.expiresIn === undefined ? undefined : ['expires_in of the same token', again.expiresIn, 'unknown'],
    reuse === undefined
      ? undefined
      : ['How long the same token comes back', reuseText(reuse), kis ? 'six hours' : 'disputed: to its end'],
    reuse?.oldToken === undefined
      ? undefined
      : ['The old token, once there is a new one', reuse.oldToken, 'disputed'],
    ...(revoke === undefined
      ? []
      : ([
          [
            'A revocation',
            `${revoke.confirmed ? 'confirmed' : 'not confirmed'}; the token is ${revoke.tokenAfterwards} afterwards`,
            'ends the token',
          ],
          ['Revoking it a second time', revoke.secondTime, kis ? 'unknown' : '8016 or 8015'],
          revoke.next === undefined
            ? undefined
            : ['The next token after a revocation', revoke.next, 'unknown'],
        ] as (ProbeReportRow | undefined)[])),
  ];
  return all.filter((row) => row !== undefined);
}

function intervalText({
  answeredAfterSeconds: answered,
  refusedAfterSeconds: refused,
}: ProbeFindings['interval']): string {
  if (answered === undefined)
    return refused === undefined ? 'not measured' : `more than ${duration(refused)}`;
  if (refused === undefined) return `${duration(answered)} is enough`;
  return `more than ${duration(refused)}, at most ${duration(answered)}`;
}

function againText({ token, expiry, oldToken }: NonNullable<ProbeFindings['again']>): string {
  if (token === 'same') return `the same token, its expiry ${expiry}`;
  return `a new token; the old one is ${oldToken}`;
}

function reuseText({
  sameAfterSeconds: same,
  newAfterSeconds: fresh,
}: NonNullable<ProbeFindings['reuse']>): string {
  const parts = [
    same === undefined ? undefined : `still the same after ${duration(same)}`,
    fresh === undefined ? undefined : `a new one after ${duration(fresh)}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function duration(seconds: number): string {
  return seconds < 10 ? `${seconds} s` : span(Math.round(seconds) * 1000);
}

function signed(seconds: number): string {
  return seconds > 0 ? `+${seconds}` : String(seconds);
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

export interface ProbeReport {
  readonly markdown: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly rows: readonly ProbeReportRow[];
  readonly suggestion: Suggestion;
}

/** What a probe measured, for people and for programs; nothing secret in either. */
export function reportOf(config: CredentialConfig, journal: Journal, now: number): ProbeReport {
  const findings = analyze(journal);
  const suggestion = suggestFor(config, findings);
  const answers = reportRows(config.broker, findings);
  const issues = journal.entries.filter(
    ({ kind, outcome }) => kind === 'issue' && outcome === 'token',
  ).length;
  const name = `${BROKER_NAME[config.broker]} ${config.market}`;
  const json = {
    probe: 1,
    credential: config.id,
    broker: config.broker,
    market: config.market,
    startedAt: iso(journal.startedAt),
    endedAt: iso(now),
    issues,
    steps: journal.done,
    findings,
    suggestion,
    calls: journal.entries.map(({ at, end, issuedAt, expiresAt, ...entry }) => ({
      ...entry,
      at: iso(at),
      end: iso(end),
      issuedAt: iso(issuedAt),
      expiresAt: iso(expiresAt),
    })),
  };
  const markdown = `# What ${name} does: ${kst(journal.startedAt).slice(0, 10)}

Measured by \`broker-tokens probe ${config.id}\` from ${kst(journal.startedAt)} to ${kst(now)} KST, with ${issues} issued tokens.

| question | measured | documents |
|---|---|---|
${answers.map((row) => `| ${row.join(' | ')} |`).join('\n')}

## For cdk.json

${settingsText(config.id, suggestion)}
## The calls

| KST | step | call | outcome | code | token |
|---|---|---|---|---|---|
${journal.entries.map((entry) => `| ${kst(entry.at)} | ${entry.step} | ${entry.kind} | ${entry.outcome} | ${entry.code ?? ''} | ${entry.print ?? ''} |`).join('\n')}

Tokens are named by the first 12 hex digits of their SHA-256.
`;
  return { markdown, json, rows: answers, suggestion };
}

function settingsText(id: string, { settings, notes }: Suggestion): string {
  const lines = Object.entries(settings).map(([name, value]) => `  "${name}": "${value}"`);
  const block =
    lines.length === 0
      ? 'Nothing to set.\n'
      : `Add to the credential \`${id}\`:\n\n\`\`\`json\n{\n${lines.join(',\n')}\n}\n\`\`\`\n`;
  return `${block}${notes.map((note) => `\n- ${note}`).join('')}${notes.length > 0 ? '\n' : ''}`;
}
