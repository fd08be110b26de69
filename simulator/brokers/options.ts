import * as v from 'valibot';
import { REFUSAL_FORMS } from './kiwoom-replies.ts';
import { OUTAGES, type OutageOption } from './outage.ts';

/** One option of a simulated broker. docs/simulators.md and `--help` list these descriptions. */
export interface Option<Value = unknown> {
  readonly default: Value;
  /** The accepted values, as text for the help. */
  readonly values: string;
  readonly meaning: string;
  readonly schema: v.GenericSchema<unknown, unknown>;
}

type OptionValues<Options> = {
  readonly [Name in keyof Options]: Options[Name] extends Option<infer Value> ? Value : never;
};

const seconds = (byDefault: number, meaning: string): Option<number> => ({
  default: byDefault,
  values: 'seconds',
  meaning,
  schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
const choice = <Value extends string>(
  values: readonly Value[],
  byDefault: NoInfer<Value>,
  meaning: string,
): Option<Value> => ({
  default: byDefault,
  values: values.map((value) => `\`${value}\``).join(', '),
  meaning,
  schema: v.picklist(values),
});
const flag = (meaning: string): Option<boolean> => ({
  default: false,
  values: '`true`, `false`',
  meaning,
  schema: v.boolean(),
});
const code = (meaning: string): Option<string | null> => ({
  default: null,
  values: 'an error code, `null`',
  meaning,
  schema: v.nullable(v.pipe(v.string(), v.regex(/^(EGW\d{5}|\d{4})$/))),
});

const outage = v.picklist(OUTAGES);

/** Options of every broker. The options of both brokers; all options can be set while a simulator runs. */
const common = (reuseDead: 'never' | 'killed') => ({
  outage: {
    default: 'none',
    values: `${OUTAGES.map((value) => `\`${value}\``).join(', ')}; or one per kind of call, e.g. \`{"issue":"html"}\``,
    meaning: 'Outage of all calls, or of the calls of one kind: `issue`, `revoke`, `data` or `other`',
    schema: v.union([
      outage,
      v.strictObject({
        issue: v.optional(outage),
        revoke: v.optional(outage),
        data: v.optional(outage),
        other: v.optional(outage),
      }),
    ]),
  } as Option<OutageOption>,
  slowSeconds: seconds(5, 'How long a `slow` reply takes'),
  maintenance: {
    default: null,
    values: '`HH:MM-HH:MM`, `null`',
    meaning: 'Daily period (KST) in which every call returns a maintenance page',
    schema: v.nullable(v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/))),
  } as Option<string | null>,
  clockAhead: {
    default: 0,
    values: 'milliseconds',
    meaning: "The broker's clock minus the true clock",
    schema: v.pipe(v.number(), v.finite()),
  } as Option<number>,
  reuseDead: choice(
    ['never', 'killed', 'always'],
    reuseDead,
    'Dead tokens that an issue call returns again: none; those that the broker ended itself (KIS: also expired ones, within the reuse window); these and revoked ones. After a revoke call, `always` returns the same token, `killed` and `never` return a new one',
  ),
  refuseIssue: code('Rejects every valid issue call with this code'),
  refuseData: code(
    'Rejects every data call with this code before the token is checked (e.g. `EGW00201`, `1700`, `8104`), so that no data call distinguishes a live token from a dead one',
  ),
  replacement: choice(
    ['none', 'live', 'dead'],
    'none',
    'Whether an issue call ends all tokens of the app key and returns a token that was never returned before: off, one that works, one that the broker has ended as well',
  ),
  ignoreRevoke: flag('A revoke call succeeds, and the token stays valid'),
  newTokenDelaySeconds: seconds(
    0,
    'Time after the issue of a token in which data calls reject it as unknown (EGW00121, 8005)',
  ),
});

export const KIS_OPTIONS = {
  // Measured in 2026-08 (KIS paper): KIS returns dead tokens within the reuse window. Whether it also does so
  // after a revocation is unknown.
  ...common('killed'),
  tokenLifeSeconds: seconds(86_400, 'Lifetime of a token; partner corporations get 7,776,000'),
  reuseWindowSeconds: seconds(
    21_600,
    'Time after the issue of a token in which an issue call returns it again; with a value of at least the lifetime, until its expiry',
  ),
  slidingWindow: flag(
    'Whether each answered issue call starts the reuse window again, also one that returns the same token',
  ),
  minimumIntervalSeconds: seconds(
    60,
    'Minimum time between two answered issue calls of an app key; an FAQ says 300',
  ),
  refusalRestartsInterval: flag('A call refused as too early restarts the interval'),
  newTokenKillsOld: flag('A new token ends the previous tokens of the app key at once'),
  expiresInOnReuse: choice(
    ['full', 'left'],
    'full',
    '`expires_in` of a token that is returned again: its whole lifetime, or the time left (negative after its expiry)',
  ),
  statedExpiry: choice(
    ['true', 'past'],
    'true',
    'The expiry in an issue reply: the true one, or 20 minutes ago',
  ),
  deadCode: choice(
    ['EGW00121', 'EGW00122', 'EGW00123'],
    'EGW00121',
    'Error code of a data call with a token that ended before its expiry; an expired token always gets EGW00123',
  ),
  jti: choice(['own', 'other'], 'own', 'The app key in the token: that of the request, or a different one'),
};

export const KIWOOM_OPTIONS = {
  ...common('never'),
  reissue: choice(
    ['same-token', 'supersede'],
    'same-token',
    'Reply to an issue call while a token is valid: the same token with its original expiry, or a new token that ends the previous one at once',
  ),
  reuseExpiredSeconds: seconds(0, 'How long after its expiry a token is still returned as the same token'),
  tokenLifeSeconds: seconds(
    86_400,
    'Lifetime of a token; 18 to 21 hours and one of 4 h 22 min were measured',
  ),
  tokenCallInterval: {
    default: 1000,
    values: 'milliseconds',
    meaning:
      'Minimum time between two token calls of one kind and app key; the second of two simultaneous calls is throttled',
    schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
  } as Option<number>,
  throttleStatus: {
    default: 429,
    values: '`429`, `200`',
    meaning: 'HTTP status of a throttled call',
    schema: v.picklist([429, 200]),
  } as Option<429 | 200>,
  deadRevoke: choice(['8015', '8016'], '8016', 'Reply to a revoke call for a token that is not valid'),
  checkAddress: flag('Rejects a data call with 8010 if its IP address differs from that of the issue call'),
  tokenType: choice(['bearer', 'Bearer'], 'bearer', '`token_type` as in the guide, or as measured live'),
  keyOrder: choice(
    ['guide', 'reversed'],
    'guide',
    "Order of the fields in an issue reply: the guide's, or reversed",
  ),
  expiryFormat: choice(
    ['digits', 'text'],
    'digits',
    '`expires_dt` as `20241107083713`, or as `2024-11-07 08:37:13`',
  ),
  text8050: choice(
    ['terminal', 'address'],
    'terminal',
    'Text of the error 8050: the terminal (older), or the IP address (newer) is not registered',
  ),
  refusalForm: choice(
    REFUSAL_FORMS,
    'brackets',
    'Where a refusal holds its error code: in brackets in `return_msg`, in `return_code` as a number or as text, or as `CODE=8005` in `return_msg`; `http-401` refuses a token with HTTP 401 and the brackets, `http-401-bare` with HTTP 401 and no code',
  ),
};

export type CommonOptions = OptionValues<ReturnType<typeof common>>;
export type KisOptions = OptionValues<typeof KIS_OPTIONS>;
export type KiwoomOptions = OptionValues<typeof KIWOOM_OPTIONS>;

export const KIS_DEFAULTS = defaultsOf<KisOptions>(KIS_OPTIONS);
export const KIWOOM_DEFAULTS = defaultsOf<KiwoomOptions>(KIWOOM_OPTIONS);

function defaultsOf<Options>(options: Readonly<Record<string, Option>>): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, option.default]),
  ) as Options;
}

export const OPTIONS = {
  kis: { options: KIS_OPTIONS, defaults: KIS_DEFAULTS },
  kiwoom: { options: KIWOOM_OPTIONS, defaults: KIWOOM_DEFAULTS },
} as const;

export type SimulatedBroker = keyof typeof OPTIONS;

/** An option is unknown, or its value is not accepted; the message names each such option. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * Validates options of the command line or the HTTP control.
 * @throws OptionError that names every problem
 */
export function readOptions(
  broker: SimulatedBroker,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known: Readonly<Record<string, Option>> = OPTIONS[broker].options;
  const problems = Object.entries(given).flatMap(([name, value]) => {
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!option)
      return [`${broker} has no option "${name}"; its options are ${Object.keys(known).join(', ')}`];
    if (v.is(option.schema, value)) return [];
    const allowed = option.values.replaceAll('`', '');
    return [`${broker}.${name} is ${JSON.stringify(value)}; accepted: ${allowed}`];
  });
  if (problems.length > 0) throw new OptionError(problems.join('\n'));
  return { ...given };
}

/** Parses `name=value`, with the value as JSON or else as plain text. @throws OptionError */
export function readAssignment(text: string): readonly [name: string, value: unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new OptionError(`"${text}" does not have the form name=value`);
  const value = text.slice(equals + 1);
  try {
    // An error code is a string, even if it consists of digits.
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
