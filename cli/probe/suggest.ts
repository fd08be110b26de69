import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { HOUR } from '../time.ts';
import type { ProbeFindings } from './analyze.ts';
import { GAPS } from './probe-steps.ts';

export interface Suggestion {
  /** Lines for the credential in cdk.json. */
  readonly settings: Readonly<Record<string, string>>;
  /** What else follows from what was measured. */
  readonly notes: readonly string[];
}

/** What a measurement means for the configuration of its credential. */
export function suggestFor(config: CredentialConfig, findings: ProbeFindings): Suggestion {
  const { settings, notes } = config.broker === 'kis' ? forKis(config, findings) : forKiwoom(findings);
  const life = findings.lifeSeconds;
  const { marginShare } = BROKER[config.broker].contract(config);
  if (life !== undefined && life * marginShare < config.renewBeforeSeconds)
    notes.push(`Tokens live ${hours(life)}: renewBefore counts as ${hours(life * marginShare)} at most.`);
  if (findings.brokerClockAheadSeconds !== undefined && Math.abs(findings.brokerClockAheadSeconds) > 30)
    notes.push(
      `The broker's clock is ${Math.abs(findings.brokerClockAheadSeconds)} s ${findings.brokerClockAheadSeconds > 0 ? 'ahead of' : 'behind'} this machine's: look at doctor's clock too.`,
    );
  return { settings, notes };
}

interface Draft {
  readonly settings: Record<string, string>;
  readonly notes: string[];
}

function forKis(config: CredentialConfig, { interval, reuse, again, revoke }: ProbeFindings): Draft {
  const settings: Record<string, string> = {};
  const notes: string[] = [];
  const usual = GAPS.kis.usual / 1000;
  const set = config.minimumIntervalSeconds ?? usual;
  const refused = interval.refusedAfterSeconds ?? 0;
  if (refused >= usual && interval.answeredAfterSeconds !== undefined) {
    const needed = Math.ceil(interval.answeredAfterSeconds);
    if (set < needed) settings['minimumInterval'] = `${needed}s`;
  }
  if (interval.refusalRestarts === true)
    notes.push('A refused call begins the interval anew: the refresher reckons with that already.');
  if (again?.token === 'new')
    notes.push('A call within six hours gave a new token, against the documents: please tell the project.');
  const shorter = reuse?.newAfterSeconds !== undefined && reuse.newAfterSeconds < 6 * 3600;
  const longer = reuse?.sameAfterSeconds !== undefined && reuse.sameAfterSeconds > 6 * 3600;
  if (shorter || longer)
    notes.push(
      `The reuse window is ${shorter ? 'shorter' : 'longer'} than six hours: please tell the project.`,
    );
  if (reuse?.oldToken === 'dead')
    notes.push(
      'A new token ends the old one at once: programs must read the parameter again when renewAt has passed, as the reader does.',
    );
  if (revoke?.next === 'the same, dead')
    notes.push(
      'After a revocation the dead token comes back until its window ends: revoke only in an emergency.',
    );
  return { settings, notes };
}

function forKiwoom({ again, reuse, revoke }: ProbeFindings): Draft {
  const settings: Record<string, string> = {};
  const notes: string[] = [];
  const keeps = again?.token === 'same' && reuse?.newAfterSeconds === undefined;
  if (keeps && revoke?.next === 'new') {
    settings['renewEarly'] = 'revoke';
    notes.push(
      'One token is kept to its end: it can only be replaced then, about two seconds late. With renewEarly "revoke", the default, it is revoked and replaced at renewAt instead, outside of the sessions.',
    );
  } else if (keeps) {
    settings['renewEarly'] = 'wait';
    notes.push(
      'The broker returns one token until it expires, and a revocation does not make it issue a new one: the token is replaced when it expires.',
    );
  }
  const killed = again?.oldToken === 'dead' || reuse?.oldToken === 'dead';
  if (again?.token === 'new')
    notes.push(
      killed
        ? 'A new token ends the old one at once: programs must read the parameter again when renewAt has passed, as the reader does. No renewEarly is needed.'
        : 'A new token comes back whenever it is asked for. No renewEarly is needed.',
    );
  return { settings, notes };
}

function hours(seconds: number): string {
  return `${Math.round((seconds * 10_000) / HOUR) / 10} h`;
}
