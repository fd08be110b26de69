import { adviceFor, describePendingRequests } from '../advice.ts';
import { type CliContext, printResult } from '../cli-context.ts';
import { EXIT_CODE } from '../cli-error.ts';
import { summarizeCredential } from '../credential-summary.ts';
import { type Credential, decisionFactsOf, readCredential } from '../credentials.ts';
import { forecastForcedRequest } from '../inbox/forecast.ts';
import { BROKER_DISPLAY_NAME, sessionText } from '../labels.ts';
import { predictDecision } from '../predict.ts';
import { describeAction, describeReasons, reasonSentence } from '../reasons.ts';
import { factLines, type NamedFact, paragraphLines, type Screen } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, DAY, formatSpan, iso, kst, MINUTE, SECOND, startOfKstDay, weekday } from '../time.ts';
import { planWeek, type WeekPlan } from './week.ts';

const PLANNED_DAYS = 7;

/** `explain <id>`: shows the action of the next tick, its reasons, and the planned renewals of seven days. */
export async function explain(context: CliContext, id: string, options: { readonly at?: number }) {
  const credential = await readCredential(context, id);
  const now = context.clock.now();
  const instant = options.at ?? now;
  printResult(context, explainJson(credential, instant), explainLines(context, credential, instant, now));
  return EXIT_CODE.ok;
}

function explainLines({ terminal }: CliContext, credential: Credential, instant: number, now: number) {
  const { paint, width } = terminal;
  const { id, broker, market } = credential.config;
  const futureNote = instant - now > SECOND ? ', if nothing changes before' : '';
  const timeText = paint('dim', `at ${kst(instant)} KST${futureNote}`);
  return [
    ...paragraphLines(`${paint('bold', id)}  ${BROKER_DISPLAY_NAME[broker]} ${market}  ${timeText}`, width),
    '',
    ...factLines(nextTickFacts(credential, instant, paint), terminal),
    '',
    ...renewalPlanLines(credential, instant, terminal),
  ];
}

function nextTickFacts(credential: Credential, instant: number, paint: Paint): readonly NamedFact[] {
  const summary = summarizeCredential(credential, instant);
  const { decision } = summary.prediction;
  const advice = adviceFor(summary);
  const action = paint('bold', describeAction(decision, credential));
  const isWaiting = decision.action === 'wait' || decision.action === 'hold';
  const until = isWaiting ? decision.until : undefined;
  const reasons = describeReasons(summary.prediction, credential, instant);
  return [
    ['a tick', `${action}  ${paint('dim', `${decision.action} ${decision.reason}`)}`],
    ...reasons.map((text, index): NamedFact => [index === 0 ? 'because' : '', text]),
    ...(until === undefined ? [] : [['until', at(until, instant)] as const]),
    ...describePendingRequests(credential, instant).map((text): NamedFact => ['pending', text]),
    ...(advice === undefined ? [] : [['', `→ ${advice}`] as const]),
    ['a refresh', forecastText(credential, decision.reason, instant)],
  ];
}

function forecastText(credential: Credential, tickReason: string, instant: number): string {
  const forecast = forecastForcedRequest(credential, instant);
  const broker = BROKER_DISPLAY_NAME[credential.config.broker];
  if (forecast.will === 'issue' && credential.tokenProblem !== undefined)
    return 'would be served at once: the refresher restores the token parameter.';
  if (forecast.will === 'issue')
    return `would be served at once: the refresher requests a token from ${broker}.`;
  if (forecast.will === 'revoke')
    return `would be served at once: the refresher revokes the dead token again, as at each tick, and requests a new one from ${broker}.`;
  const reasonText = reasonSentence(forecast.decision.reason, credential, instant);
  if (forecast.will === 'wait') return `would be served ${at(forecast.until, instant)}: ${reasonText}`;
  if (forecast.will === 'verify')
    return forecast.decision.action === 'read-secret'
      ? 'would depend on the secret, which the refresher reads first.'
      : `would depend on the token: ${reasonText}`;
  const until = forecast.until === undefined ? '' : ` before ${at(forecast.until, instant)}`;
  const isSameReason = forecast.decision.reason === tickReason;
  return `would not be served${until}${isSameReason ? ', for the same reason.' : `: ${reasonText}`}`;
}

function renewalPlanLines(credential: Credential, instant: number, { paint, width }: Screen) {
  const weekPlan = planWeek(credential, instant, startOfKstDay(instant) + PLANNED_DAYS * DAY);
  if (weekPlan.renewals.length === 0) return [paint('dim', '  No renewal is planned.')];
  const sessions = credential.config.sessions.map(sessionText).join('; ');
  const sessionsText = sessions === '' ? '' : `, outside the sessions if possible (${sessions})`;
  return [
    ...paragraphLines(`Planned renewals${sessionsText}:`, width, '  '),
    ...weekPlan.renewals.map(({ at, inSession }) => {
      const day = `  ${weekday(at)} ${kst(at).slice(5, 16)}`;
      return inSession ? paint('yellow', `${day} in a session`) : day;
    }),
    ...paragraphLines(assumptionText(credential, weekPlan), width, '  ').map((line) => paint('dim', line)),
  ];
}

function assumptionText(
  { config }: Credential,
  { life, isLifeOfPublishedToken, renewals }: WeekPlan,
): string {
  // The calculated lifetime is rounded, because brokers state times in whole seconds.
  const roundedLife = Math.round(life / MINUTE) * MINUTE;
  const lifetimeSource = isLifeOfPublishedToken ? 'as for the published token' : 'the usual lifetime';
  const canReturnSameToken = config.broker === 'kiwoom' && config.renewEarly !== 'revoke';
  const note =
    canReturnSameToken && !renewals.some(({ atExpiry }) => atExpiry)
      ? 'if Kiwoom returns the same token at its renewal, the token is replaced when it expires.'
      : 'a renewal can occur up to one check interval later than shown.';
  return `The assumed lifetime of a token is ${formatSpan(roundedLife)}, ${lifetimeSource}; ${note}`;
}

function explainJson(credential: Credential, instant: number): Record<string, unknown> {
  const prediction = predictDecision(decisionFactsOf(credential, instant), instant);
  const { decision, due } = prediction;
  const { will, until } = forecastForcedRequest(credential, instant);
  const weekPlan = planWeek(credential, instant, instant + PLANNED_DAYS * DAY);
  return {
    credential: credential.config.id,
    at: iso(instant),
    decision: { ...decision, due, ...('until' in decision && { until: iso(decision.until) }) },
    because: describeReasons(prediction, credential, instant),
    refresh: { will, until: iso(until) },
    renewals: weekPlan.renewals.map((renewal) => ({ ...renewal, at: iso(renewal.at) })),
    assumedLifeSeconds: weekPlan.life / 1000,
  };
}
