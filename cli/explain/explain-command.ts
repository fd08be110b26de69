import { type CliContext, printJson } from '../cli-context.ts';
import { summarizeCredential } from '../credential-summary.ts';
import { type Credential, factsOf, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { type Prediction, predict } from '../foresight.ts';
import { BROKER_NAME } from '../labels.ts';
import { adviceFor, pendingRequests } from '../pending.ts';
import { describeAction, describeReasons, sentenceOf } from '../reasons.ts';
import { type Forecast, forecastForced } from '../request/forecast.ts';
import { sessionText } from '../session-text.ts';
import { facts, paragraph, sideBySide } from '../terminal/layout.ts';
import { at, DAY, iso, kst, MINUTE, span, startOfDay } from '../time.ts';
import { calendar } from './calendar.ts';
import { planWeek } from './week.ts';

export interface ExplainOptions {
  /** Epoch milliseconds. */
  readonly at?: number | undefined;
}

const DAYS = 7;

/** `explain <id>`: what a tick would do and why, and the renewals of seven days. */
export async function explain(context: CliContext, id: string, options: ExplainOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const now = context.clock.now();
  const instant = options.at ?? now;
  if (context.json) printJson(context, explainJson(credential, instant));
  else context.terminal.out(`${render(context, credential, instant, now).join('\n')}\n`);
  return EXIT.ok;
}

function render({ terminal }: CliContext, credential: Credential, instant: number, now: number): string[] {
  const { paint } = terminal;
  const width = terminal.width();
  const { config } = credential;
  const next = predict(factsOf(credential, instant), instant);
  const { decision } = next;
  const { phase } = summarizeCredential(credential, instant);
  const advice = adviceFor(phase, credential);
  const dim = (text: string) => paint('dim', text);
  const later = instant - now > 1000 ? `, if nothing happens before` : '';
  const until =
    (decision.action === 'wait' || decision.action === 'hold') && decision.until !== undefined
      ? [['until', at(decision.until, instant)] as const]
      : [];
  return [
    `${paint('bold', config.id)}  ${BROKER_NAME[config.broker]} ${config.market}  ${dim(`at ${kst(instant)} KST${later}`)}`,
    '',
    ...facts(
      [
        [
          'a tick',
          `${paint('bold', describeAction(decision, credential))}  ${dim(`${decision.action} ${decision.reason}`)}`,
        ],
        ...describeReasons(next, credential, instant).map(
          (text, index) => [index === 0 ? 'because' : '', text] as const,
        ),
        ...until,
        ...pendingRequests(credential, instant).map((text) => ['pending', text] as const),
        ...(advice === undefined ? [] : [['', `→ ${advice}`] as const]),
        ['a refresh', forecastText(forecastForced(credential, instant), next, credential, instant)],
      ],
      width,
      dim,
    ),
    '',
    ...weekLines(credential, instant, width, paint),
  ];
}

function forecastText(
  forecast: Forecast,
  { decision }: Prediction,
  credential: Credential,
  instant: number,
): string {
  const broker = BROKER_NAME[credential.config.broker];
  switch (forecast.will) {
    case 'issue':
      return `would be served at once: ${broker} is asked for a new token.`;
    case 'verify':
      return forecast.decision.action === 'read-secret'
        ? 'would depend on the secret, which the refresher reads first.'
        : `would depend on the token: ${sentenceOf(forecast.decision.reason, credential, instant)}`;
    case 'revoke':
      return `would be served at once: the refresher revokes the dead token again, as at each tick, and asks ${broker} for a new one.`;
    case 'wait':
      return `would be served ${at(forecast.until, instant)}: ${sentenceOf(forecast.decision.reason, credential, instant)}`;
    case 'refuse': {
      const until = forecast.until === undefined ? '' : ` before ${at(forecast.until, instant)}`;
      const isSame = forecast.decision.reason === decision.reason;
      return `would be refused${until}${isSame ? ', for the same reason.' : `: ${sentenceOf(forecast.decision.reason, credential, instant)}`}`;
    }
  }
}

function weekLines(
  credential: Credential,
  instant: number,
  width: number,
  paint: CliContext['terminal']['paint'],
): string[] {
  const { sessions } = credential.config;
  const end = startOfDay(instant) + DAYS * DAY;
  const week = planWeek(credential, instant, end);
  if (week.renewals.length === 0) return [paint('dim', '  No renewal is planned.')];
  const legend = [
    `${paint('green', '●')} renewal`,
    ...(sessions.length > 0
      ? [`${paint('dim', '▒')} session (${sessions.map(sessionText).join('; ')})`]
      : []),
    ...(week.renewals.some(({ inSession }) => inSession)
      ? [`${paint('yellow', '●')} renewal in a session: no other instant is left`]
      : []),
  ];
  const assumed = [
    `Assumed life of a token: ${span(rounded(week.life))}, as ${week.measured ? 'that of the published one' : 'is usual'}`,
    credential.config.broker === 'kiwoom' &&
    !week.renewals.some(({ atExpiry }) => atExpiry) &&
    credential.config.renewEarly !== 'revoke'
      ? '; if Kiwoom returns the same token at its renewal, it is replaced when it expires instead.'
      : '; a tick comes up to one interval later than drawn.',
  ].join('');
  return [
    ...calendar({ from: instant, days: DAYS, sessions, renewals: week.renewals }, paint),
    '',
    ...sideBySide(legend, width, '  '),
    ...paragraph(paint('dim', assumed), width, '  '),
  ];
}

/** Brokers state whole seconds, which makes 24 hours a little less. */
function rounded(life: number): number {
  return Math.round(life / MINUTE) * MINUTE;
}

function explainJson(credential: Credential, instant: number): Record<string, unknown> {
  const next = predict(factsOf(credential, instant), instant);
  const { decision, due } = next;
  const forecast = forecastForced(credential, instant);
  const week = planWeek(credential, instant, instant + DAYS * DAY);
  return {
    credential: credential.config.id,
    at: iso(instant),
    decision: { ...decision, due, ...('until' in decision && { until: iso(decision.until) }) },
    because: describeReasons(next, credential, instant),
    refresh: { will: forecast.will, ...('until' in forecast && { until: iso(forecast.until) }) },
    renewals: week.renewals.map((renewal) => ({ ...renewal, at: iso(renewal.at) })),
    assumedLifeSeconds: week.life / 1000,
  };
}
