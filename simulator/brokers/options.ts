import * as v from 'valibot';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { OUTAGES, type OutageOption } from './outage.ts';

/** One option of a simulated broker. docs/simulators.md and `--help` contain the texts of each option. */
export interface SimulatorOption<Value = unknown> {
  readonly default: Value;
  /** The description of the accepted values. */
  readonly values: string;
  readonly meaning: string;
  readonly schema: v.GenericSchema<unknown, unknown>;
}

type OptionValues<Options> = {
  readonly [Name in keyof Options]: Options[Name] extends SimulatorOption<infer Value> ? Value : never;
};

const amount = (unit: string, byDefault: number, meaning: string): SimulatorOption<number> => ({
  default: byDefault,
  values: unit,
  meaning,
  schema: v.pipe(v.number(), v.finite(), v.minValue(0)),
});
const choice = <const Value extends string | number | boolean>(
  values: readonly Value[],
  byDefault: NoInfer<Value>,
  meaning: string,
): SimulatorOption<Value> => ({
  default: byDefault,
  values: values.map((value) => `\`${value}\``).join(', '),
  meaning,
  schema: v.union(values.map((value) => v.literal(value))),
});
const flag = (meaning: string): SimulatorOption<boolean> => choice([true, false], false, meaning);
const pattern = (values: string, regex: RegExp, meaning: string): SimulatorOption<string | null> => ({
  default: null,
  values: `${values}, \`null\``,
  meaning,
  schema: v.nullable(v.pipe(v.string(), v.regex(regex))),
});
const ERROR_CODE_PATTERN = /^(EGW\d{5}|\d{4})$/;
const DAILY_PERIOD_PATTERN = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

const outage = v.picklist(OUTAGES);

/** Creates the options that both brokers have. All options can be set while a simulator runs. */
const commonOptions = (reuseDead: 'never' | 'killed') => ({
  outage: {
    default: 'none',
    values: `${OUTAGES.map((value) => `\`${value}\``).join(', ')}; or one per kind of call, e.g. \`{"issue":"html"}\``,
    meaning: 'Outage of all calls, or of the calls of one kind: `issue`, `revoke`, `data` or `other`',
    schema: v.union([outage, v.record(v.picklist(['issue', 'revoke', 'data', 'other']), outage)]),
  } as SimulatorOption<OutageOption>,
  slowSeconds: amount('seconds', 5, 'Delay of a reply during the outage `slow`'),
  maintenance: pattern(
    '`HH:MM-HH:MM`',
    DAILY_PERIOD_PATTERN,
    'Daily period (KST) in which every call returns a maintenance page',
  ),
  clockAhead: {
    ...amount('milliseconds', 0, "The broker's clock minus the true clock"),
    schema: v.pipe(v.number(), v.finite()),
  },
  reuseDead: choice(
    ['never', 'killed', 'always'],
    reuseDead,
    'Dead tokens that an issue call returns again: no dead token; only tokens that the broker invalidated (at KIS also expired tokens within the reuse window); also revoked tokens. After a revoke call, `always` returns the same token, `killed` and `never` return a new one',
  ),
  refuseIssue: pattern('an error code', ERROR_CODE_PATTERN, 'Rejects every valid issue call with this code'),
  refuseData: pattern(
    'an error code',
    ERROR_CODE_PATTERN,
    'Rejects every data call with this code before the token is checked (e.g. `EGW00201`, `1700`, `8104`), so that no data call distinguishes a live token from a dead one',
  ),
  replacement: choice(
    ['none', 'live', 'dead'],
    'none',
    'With `live` or `dead`, an issue call invalidates all tokens of the app key and returns a new token: a valid token, or a token that is already invalidated',
  ),
  ignoreRevoke: flag('A revoke call succeeds, and the token stays valid'),
  newTokenDelaySeconds: amount(
    'seconds',
    0,
    'Time after the issue of a token in which data calls reject the token as unknown (EGW00121, 8005)',
  ),
});

export const KIS_OPTIONS = {
  // Within the reuse window, KIS returns dead tokens (measured in 2026-08 with a paper key). The behavior
  // after a revocation is unknown.
  ...commonOptions('killed'),
  tokenLifeSeconds: amount('seconds', 86_400, 'Lifetime of a token; 7,776,000 for partner corporations'),
  reuseWindowSeconds: amount(
    'seconds',
    21_600,
    'Time after the issue of a token in which issue calls return the same token; `reuseDead` determines whether issue calls also return a dead or expired token',
  ),
  slidingWindow: flag(
    'Each answered issue call starts the reuse window again, even if the call returns the same token',
  ),
  minimumIntervalSeconds: amount(
    'seconds',
    60,
    'Minimum time between two answered issue calls with the same app key; an FAQ of KIS states 300',
  ),
  refusalRestartsInterval: flag('A call that is rejected as too early restarts the minimum interval'),
  newTokenKillsOld: flag('A new token immediately invalidates the previous tokens of the app key'),
  expiresInOnReuse: choice(
    ['full', 'left'],
    'full',
    '`expires_in` of a token that is returned again: the whole lifetime of the token, or its remaining lifetime (negative after the expiry)',
  ),
  statedExpiry: choice(
    ['true', 'past'],
    'true',
    'Expiry in an issue reply: the correct time, or a time 20 minutes in the past',
  ),
  deadCode: choice(
    ['EGW00121', 'EGW00122', 'EGW00123'],
    'EGW00121',
    'Error code of a data call with a token that was invalidated before its expiry; the code for an expired token is always EGW00123',
  ),
  jti: choice(['own', 'other'], 'own', 'App key in a token: the app key of the request, or a different one'),
};

export const KIWOOM_OPTIONS = {
  ...commonOptions('never'),
  reissue: choice(
    ['same-token', 'supersede'],
    'same-token',
    'Reply to an issue call while a token is valid: the same token with its original expiry, or a new token that immediately invalidates the previous token',
  ),
  reuseExpiredSeconds: amount('seconds', 0, 'Time for which issue calls return a token after its expiry'),
  tokenLifeSeconds: amount(
    'seconds',
    86_400,
    'Lifetime of a token; measured: 18 to 21 hours, once 4 h 22 min',
  ),
  tokenCallInterval: amount(
    'milliseconds',
    1000,
    'Minimum time between two token calls of the same kind with the same app key; an earlier call is throttled',
  ),
  throttleStatus: choice([429, 200], 429, 'HTTP status of a throttled call'),
  deadRevoke: choice(['8015', '8016'], '8016', 'Reply to a revoke call for a token that is not valid'),
  checkAddress: flag('Rejects a data call with 8010 if the issue call had a different IP address'),
  tokenType: choice(['bearer', 'Bearer'], 'bearer', '`token_type` as in the guide, or as measured live'),
  keyOrder: choice(
    ['guide', 'reversed'],
    'guide',
    'Order of the fields in an issue reply: as in the guide, or reversed',
  ),
  expiryFormat: choice(
    ['digits', 'text'],
    'digits',
    '`expires_dt` as `20241107083713`, or as `2024-11-07 08:37:13`',
  ),
  text8050: choice(
    ['terminal', 'address'],
    'terminal',
    'Text of the error 8050, which states that the terminal (older text) or the IP address (newer text) is not registered',
  ),
  refusalForm: choice(
    ['brackets', 'number', 'text', 'code', 'http-401', 'http-401-bare'],
    'brackets',
    'Place of the error code in a rejection: in brackets in `return_msg`, in `return_code` as a number or as text, or as `CODE=8005` in `return_msg`; `http-401` rejects a token with HTTP 401 and the code in brackets, `http-401-bare` with HTTP 401 and no code',
  ),
};

export type CommonOptions = OptionValues<ReturnType<typeof commonOptions>>;
export type KisOptions = OptionValues<typeof KIS_OPTIONS>;
export type KiwoomOptions = OptionValues<typeof KIWOOM_OPTIONS>;

export const KIS_DEFAULTS = defaultsOf<KisOptions>(KIS_OPTIONS);
export const KIWOOM_DEFAULTS = defaultsOf<KiwoomOptions>(KIWOOM_OPTIONS);

function defaultsOf<Options>(options: Readonly<Record<string, SimulatorOption>>): Options {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, option.default]),
  ) as Options;
}

export const OPTIONS: Readonly<Record<BrokerId, Readonly<Record<string, SimulatorOption>>>> = {
  kis: KIS_OPTIONS,
  kiwoom: KIWOOM_OPTIONS,
};

/** The error for unknown options and invalid values. The message contains one line for each problem. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/**
 * Validates options of the command line or the HTTP control.
 * @throws OptionError that names every problem
 */
export function readOptions(
  broker: BrokerId,
  requestedOptions: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const brokerOptions = OPTIONS[broker];
  const problems = Object.entries(requestedOptions).flatMap(([name, value]) => {
    const option = Object.hasOwn(brokerOptions, name) ? brokerOptions[name] : undefined;
    if (!option)
      return [`${broker} has no option "${name}"; its options are ${Object.keys(brokerOptions).join(', ')}`];
    if (v.is(option.schema, value)) return [];
    const allowed = option.values.replaceAll('`', '');
    return [`${broker}.${name} is ${JSON.stringify(value)}; accepted: ${allowed}`];
  });
  if (problems.length > 0) throw new OptionError(problems.join('\n'));
  return { ...requestedOptions };
}

/**
 * Parses and validates an option `name=value`. The value is a plain string if the option accepts the text
 * (such as an error code of digits) or if the text is not JSON. @throws OptionError
 */
export function readAssignment(broker: BrokerId, text: string): Record<string, unknown> {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new OptionError(`"${text}" does not have the form name=value`);
  const option = Object.hasOwn(OPTIONS[broker], name) ? OPTIONS[broker][name] : undefined;
  return readOptions(broker, { [name]: option && v.is(option.schema, value) ? value : parseJson(value) });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
