import * as v from 'valibot';
import { KIS_DEFAULTS, type KisOptions } from './kis.ts';
import { KIWOOM_DEFAULTS, type KiwoomOptions } from './kiwoom.ts';
import { REFUSAL_FORMS } from './kiwoom-replies.ts';
import { OUTAGES } from './outage.ts';
import type { CommonOptions } from './simulator.ts';

/** One option, for people: docs/simulators.md and `--help` are made of this. */
export interface Option {
  /** What may be set, in words. */
  readonly values: string;
  readonly meaning: string;
  readonly schema: v.GenericSchema<unknown, unknown>;
}

type Options<T> = { readonly [name in keyof T]: Option };

const seconds = (meaning: string): Option => ({
  values: 'seconds',
  meaning,
  schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
const choice = (values: readonly string[], meaning: string): Option => ({
  values: values.map((value) => `\`${value}\``).join(', '),
  meaning,
  schema: v.picklist(values),
});
const flag = (meaning: string): Option => ({ values: '`true`, `false`', meaning, schema: v.boolean() });
const code = (values: string, meaning: string): Option => ({
  values,
  meaning,
  schema: v.nullable(v.pipe(v.string(), v.regex(/^(EGW\d{5}|\d{4})$/))),
});

const outage = v.picklist(OUTAGES);

const COMMON: Options<CommonOptions> = {
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

export const KIS_OPTIONS: Options<KisOptions> = {
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

export const KIWOOM_OPTIONS: Options<KiwoomOptions> = {
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
  refusalForm: choice(
    REFUSAL_FORMS,
    'Where a refusal holds its error code: in brackets in `return_msg`, in `return_code` as a number or as text, or as `CODE=8005` in `return_msg`; `http-401` refuses a token with HTTP 401 and the brackets, `http-401-bare` with HTTP 401 and no code',
  ),
};

export const OPTIONS = {
  kis: { options: KIS_OPTIONS, defaults: KIS_DEFAULTS },
  kiwoom: { options: KIWOOM_OPTIONS, defaults: KIWOOM_DEFAULTS },
} as const;

export type BrokerName = keyof typeof OPTIONS;

/** Options that nobody knows, or that cannot be set so; the message names each. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * Reads options from outside.
 * @throws OptionError with every problem
 */
export function readOptions(
  broker: BrokerName,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known: Readonly<Record<string, Option>> = OPTIONS[broker].options;
  const problems = Object.entries(given).flatMap(([name, value]) => {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option) return [`${broker} has no option "${name}"; there are ${Object.keys(known).join(', ')}`];
    if (v.is(option.schema, value)) return [];
    const allowed = option.values.replaceAll('`', '');
    return [`${broker}.${name} is ${JSON.stringify(value)}, and may be: ${allowed}`];
  });
  if (problems.length > 0) throw new OptionError(problems.join('\n'));
  return { ...given };
}

/** `name=value`, the value as JSON or else as plain text. @throws OptionError */
export function readAssignment(text: string): readonly [name: string, value: unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new OptionError(`"${text}" is no name=value`);
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
