import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { HOUR, SECOND, span } from '../time.ts';
import type { ProbeFindings } from './findings.ts';
import { GAPS } from './probe-steps.ts';

export interface Suggestion {
  /** Settings of the credential in cdk.json. */
  readonly settings: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const OLD_TOKEN_DIES =
  'A new token ends the old one at once: programs must read the parameter again after renewAt, like the reader does.';
const REPORT_IT = 'The documents differ: please report it to the project.';

/** What the findings mean for the configuration of the credential. */
export function suggestFor(config: CredentialConfig, findings: ProbeFindings): Suggestion {
  const { settings, notes } = config.broker === 'kis' ? forKis(config, findings) : forKiwoom(findings);
  return { settings, notes: [...notes, ...forBoth(config, findings)] };
}

function forBoth(config: CredentialConfig, findings: ProbeFindings): readonly string[] {
  const { lifeSeconds: life, brokerClockAheadSeconds: ahead = 0 } = findings;
  const { marginShare } = BROKER[config.broker].contract(config);
  const notes: string[] = [];
  if (life !== undefined && life * marginShare < config.renewBeforeSeconds)
    notes.push(
      `Tokens live ${span(life * SECOND)}, so renewBefore is limited to ${span(life * marginShare * SECOND)}.`,
    );
  if (Math.abs(ahead) > 30)
    notes.push(
      `The clock of the broker is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine: see also the clock in doctor.`,
    );
  return notes;
}

function forKis(
  config: CredentialConfig,
  { interval, reuse = {}, again, revoke }: ProbeFindings,
): Suggestion {
  const settings: Record<string, string> = {};
  const usual = GAPS.kis.usual / SECOND;
  const needed = Math.ceil(interval.answeredAfterSeconds ?? 0);
  const isRefused = (interval.refusedAfterSeconds ?? 0) >= usual;
  if (isRefused && needed > (config.minimumIntervalSeconds ?? usual))
    settings['minimumInterval'] = `${needed}s`;
  const window = (6 * HOUR) / SECOND;
  const isShorter = (reuse.newAfterSeconds ?? window) < window;
  const isLonger = (reuse.sameAfterSeconds ?? 0) > window;
  const notes: readonly (string | false)[] = [
    interval.refusalRestarts === true &&
      'A refused call restarts the interval; the refresher already assumes that.',
    again?.token === 'new' && `A call within six hours returned a new token. ${REPORT_IT}`,
    (isShorter || isLonger) &&
      `The reuse window is ${isShorter ? 'shorter' : 'longer'} than six hours. ${REPORT_IT}`,
    reuse.oldToken === 'dead' && OLD_TOKEN_DIES,
    revoke?.next === 'the same, dead' &&
      'After a revocation the broker returns the dead token until its reuse window ends: revoke only in an emergency.',
  ];
  return { settings, notes: notes.filter((note) => note !== false) };
}

function forKiwoom({ again, reuse, revoke }: ProbeFindings): Suggestion {
  if (again?.token === 'new') {
    const isDead = again.oldToken === 'dead' || reuse?.oldToken === 'dead';
    const note = 'Every call returns a new token, so renewEarly is not needed.';
    return { settings: {}, notes: isDead ? [OLD_TOKEN_DIES, note] : [note] };
  }
  if (again === undefined || reuse?.newAfterSeconds !== undefined) return { settings: {}, notes: [] };
  const returned = 'The broker returns the same token until it expires';
  return revoke?.next === 'new'
    ? {
        settings: { renewEarly: 'revoke' },
        notes: [
          `${returned}. With renewEarly "revoke", the default, it is revoked and replaced at renewAt, outside the sessions; otherwise it is replaced about two seconds after its expiry.`,
        ],
      }
    : {
        settings: { renewEarly: 'wait' },
        notes: [`${returned}, even after a revocation: the token is replaced when it expires.`],
      };
}
