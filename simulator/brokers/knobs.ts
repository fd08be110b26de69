import * as v from 'valibot';
import { KIS_DEFAULTS, type KisKnobs } from './kis.ts';
import { KIWOOM_DEFAULTS, type KiwoomKnobs } from './kiwoom.ts';
import { OUTAGES } from './outage.ts';
import type { CommonKnobs } from './simulator.ts';

/** One knob, for people: docs/simulators.md and `--help` are made of this. */
export interface Knob {
  /** What may be set, in words. */
  readonly values: string;
  readonly meaning: string;
  readonly schema: v.GenericSchema<unknown, unknown>;
}

type Knobs<T> = { readonly [name in keyof T]: Knob };

const seconds = (meaning: string): Knob => ({
  values: 'seconds',
  meaning,
  schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
const choice = (values: readonly string[], meaning: string): Knob => ({
  values: values.map((value) => `\`${value}\``).join(', '),
  meaning,
  schema: v.picklist(values),
});
const flag = (meaning: string): Knob => ({ values: '`true`, `false`', meaning, schema: v.boolean() });
const code = (values: string, meaning: string): Knob => ({
  values,
  meaning,
  schema: v.nullable(v.pipe(v.string(), v.regex(/^(EGW\d{5}|\d{4})$/))),
});

const outage = v.picklist(OUTAGES);

const COMMON: Knobs<CommonKnobs> = {
  outage: {
    values: `${OUTAGES.map((value) => `\`${value}\``).join(', ')}; or one per kind of call, e.g. \`{"issue":"html"}\``,
    meaning: 'Out of order: for all calls, or for `issue`, `revoke`, `data` or `other` ones alone',
    schema: v.union([
      outage,
      v.strictObject({
        issue: v.optional(outage),
        revoke: v.optional(outage),
        data: v.optional(outage),
        other: v.optional(outage),
      }),
    ]),
  },
  slowSeconds: seconds('How long a `slow` answer takes'),
  maintenance: {
    values: '`HH:MM-HH:MM`, `null`',
    meaning: 'Hours of every day (KST) in which a maintenance page answers',
    schema: v.nullable(v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/))),
  },
  clockAhead: {
    values: 'milliseconds',
    meaning: "The broker's clock minus the true one",
    schema: v.pipe(v.number(), v.finite()),
  },
  reuseDead: choice(
    ['never', 'killed', 'always'],
    'Dead tokens that are handed back where a living one would be: none, those that the broker ended itself, revoked ones too (so a token asked for right after a revoke is the same: `always`, or a new one: `killed`, `never`)',
  ),
  refuseIssue: code('an error code, `null`', 'Refuses every otherwise acceptable issue call with it'),
  refuseData: code(
    'an error code, `null`',
    'Refuses every otherwise acceptable data call with it, e.g. the rate limit',
  ),
};

export const KIS_KNOBS: Knobs<KisKnobs> = {
  ...COMMON,
  tokenLifeSeconds: seconds('Life of a token; partner corporations have 7,776,000'),
  reuseWindowSeconds: seconds('How long after its issue the previous token is handed back'),
  minimumIntervalSeconds: seconds('Between two answered issue calls of an app key; an FAQ says 300'),
  refusalRestartsInterval: flag('A call refused as too early starts the interval again'),
  newTokenKillsOld: flag('A new token ends the one before at once'),
  expiresInOnReuse: choice(
    ['full', 'left'],
    '`expires_in` of a token that is handed back: its whole life, or what is left',
  ),
  statedExpiry: choice(['true', 'past'], 'What a reply says of the end: the truth, or 20 minutes ago'),
  jti: choice(['own', 'other'], "The app key within the token: the asking one, or another one's"),
};

export const KIWOOM_KNOBS: Knobs<KiwoomKnobs> = {
  ...COMMON,
  reissue: choice(
    ['same-token', 'supersede'],
    'An issue call while a token lives: the same token with its end, or a new one that ends the old at once',
  ),
  tokenLifeSeconds: seconds('Life of a token; 18 to 21 hours and one of 4 h 22 min were seen'),
  tokenCallInterval: {
    values: 'milliseconds',
    meaning: 'Between two token calls of a kind and app key; of two at once the second is throttled',
    schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
  },
  throttleStatus: {
    values: '`429`, `200`',
    meaning: 'HTTP status of a throttled call',
    schema: v.picklist([429, 200]),
  },
  deadRevoke: choice(['8015', '8016'], 'Answer to revoking a token that is not alive'),
  checkAddress: flag('8010 for a data call from another address than the one that asked for the token'),
  tokenType: choice(['bearer', 'Bearer'], '`token_type` as in the guide, or as seen live'),
  keyOrder: choice(['guide', 'reversed'], 'Order of the fields in an issue reply'),
  expiryFormat: choice(['digits', 'text'], '`expires_dt` as `20241107083713`, or as `2024-11-07 08:37:13`'),
  text8050: choice(
    ['terminal', 'address'],
    'What 8050 says: the terminal (older), or the address (newer) is not registered',
  ),
};

export const KNOBS = {
  kis: { knobs: KIS_KNOBS, defaults: KIS_DEFAULTS },
  kiwoom: { knobs: KIWOOM_KNOBS, defaults: KIWOOM_DEFAULTS },
} as const;

export type BrokerName = keyof typeof KNOBS;

/** Knobs that nobody knows, or that cannot be set so; the message names each. */
export class KnobError extends Error {
  override readonly name = 'KnobError';
}

/**
 * Reads knobs from outside.
 * @throws KnobError with every problem
 */
export function readKnobs(
  broker: BrokerName,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known: Readonly<Record<string, Knob>> = KNOBS[broker].knobs;
  const problems = Object.entries(given).flatMap(([name, value]) => {
    const knob = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!knob) return [`${broker} has no knob "${name}"; there are ${Object.keys(known).join(', ')}`];
    if (v.is(knob.schema, value)) return [];
    const allowed = knob.values.replaceAll('`', '');
    return [`${broker}.${name} is ${JSON.stringify(value)}, and may be: ${allowed}`];
  });
  if (problems.length > 0) throw new KnobError(problems.join('\n'));
  return { ...given };
}

/** `name=value`, the value as JSON or else as plain text. @throws KnobError */
export function readAssignment(text: string): readonly [name: string, value: unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new KnobError(`"${text}" is no name=value`);
  const value = text.slice(equals + 1);
  try {
    // A code is a text, whatever it looks like.
    return [
      text.slice(0, equals),
      /^\d{4}$/.test(value) && isCode(text.slice(0, equals)) ? value : JSON.parse(value),
    ];
  } catch {
    return [text.slice(0, equals), value];
  }
}

function isCode(name: string): boolean {
  return ['refuseIssue', 'refuseData', 'deadRevoke'].includes(name);
}
