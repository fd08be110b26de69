import { type Decision, decide } from '../../lambdas/refresher/decide.ts';
import { type Forecast, forecastForced } from '../ask/forecast.ts';
import { answerJson, type Context } from '../context.ts';
import { type Credential, factsOf, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { because, deed, obstacle } from '../reasons.ts';
import { sessionText } from '../sessions.ts';
import { facts, paragraph, sideBySide } from '../terminal/layout.ts';
import { at, DAY, iso, kst, MINUTE, span, startOfDay } from '../time.ts';
import { BROKER_NAME } from '../words.ts';
import { calendar } from './calendar.ts';
import { planWeek } from './week.ts';

export interface ExplainOptions {
  /** Epoch milliseconds. */
  readonly at?: number | undefined;
}

const DAYS = 7;

/** `explain <id>`: what the next look would do and why, and the renewals of seven days. */
export async function explain(context: Context, id: string, options: ExplainOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const now = context.clock.now();
  const instant = options.at ?? now;
  if (context.json) answerJson(context, explainJson(credential, instant));
  else context.terminal.out(`${draw(context, credential, instant, now).join('\n')}\n`);
  return EXIT.fine;
}

function draw({ terminal }: Context, credential: Credential, instant: number, now: number): string[] {
  const { paint } = terminal;
  const width = terminal.width();
  const { config } = credential;
  const decision = decide(factsOf(credential), instant);
  const dim = (text: string) => paint('dim', text);
  const later = instant - now > 1000 ? `, if nothing happens until then` : '';
  const until =
    decision.action === 'issue' || decision.action === 'keep' || decision.until === undefined
      ? []
      : [['until', at(decision.until, instant)] as const];
  return [
    `${paint('bold', config.id)}  ${BROKER_NAME[config.broker]} ${config.market}  ${dim(`at ${kst(instant)} KST${later}`)}`,
    '',
    ...facts(
      [
        [
          'a look now',
          `${paint('bold', deed(decision, credential))}  ${dim(`${decision.action} ${decision.reason}`)}`,
        ],
        ...because(decision, credential, instant).map(
          (text, index) => [index === 0 ? 'because' : '', text] as const,
        ),
        ...until,
        ['a refresh', forecastText(forecastForced(credential, instant), decision, credential, instant)],
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
  decision: Decision,
  credential: Credential,
  instant: number,
): string {
  switch (forecast.will) {
    case 'issue':
      return `would be served at once: ${BROKER_NAME[credential.config.broker]} is asked for a new token.`;
    case 'check':
      return 'would first have the reported token tried at the broker.';
    case 'wait':
      return `would be served ${at(forecast.until, instant)}: ${obstacle(forecast.decision, credential, instant)}`;
    case 'refuse': {
      const until = forecast.until === undefined ? '' : ` before ${at(forecast.until, instant)}`;
      const same = forecast.decision.reason === decision.reason;
      return `would be refused${until}${same ? ', for the same reason.' : `: ${obstacle(forecast.decision, credential, instant)}`}`;
    }
  }
}

function weekLines(
  credential: Credential,
  instant: number,
  width: number,
  paint: Context['terminal']['paint'],
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
    week.measured
      ? `Tokens are taken to live ${span(rounded(week.life))}, as the published one does`
      : `Tokens are taken to live ${span(rounded(week.life))}, which is usual`,
    credential.config.broker === 'kiwoom' &&
    !week.renewals.some(({ atExpiry }) => atExpiry) &&
    credential.config.renewEarly === undefined
      ? '; if Kiwoom hands back the same token when asked, it is replaced at its end instead.'
      : '; a look comes up to an interval later than drawn.',
  ].join('');
  return [
    ...calendar({ from: instant, days: DAYS, sessions, renewals: week.renewals }, paint),
    '',
    ...sideBySide(legend, width, '  '),
    ...paragraph(paint('dim', assumed), width, '  '),
  ];
}

/** Brokers tell whole seconds, which makes 24 hours a little less. */
function rounded(life: number): number {
  return Math.round(life / MINUTE) * MINUTE;
}

function explainJson(credential: Credential, instant: number): Record<string, unknown> {
  const decision = decide(factsOf(credential), instant);
  const forecast = forecastForced(credential, instant);
  const week = planWeek(credential, instant, instant + DAYS * DAY);
  return {
    credential: credential.config.id,
    at: iso(instant),
    decision: { ...decision, ...('until' in decision && { until: iso(decision.until) }) },
    because: because(decision, credential, instant),
    refresh: { will: forecast.will, ...('until' in forecast && { until: iso(forecast.until) }) },
    renewals: week.renewals.map((renewal) => ({ ...renewal, at: iso(renewal.at) })),
    assumedLifeSeconds: week.life / 1000,
  };
}
