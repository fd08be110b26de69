import * as v from 'valibot';
import {
  BROKERS,
  MARKETS,
  MAX_ISSUES_PER_DAY_LIMIT,
  MIN_ISSUES_PER_DAY,
} from '../../lambdas/shared/credential.ts';
import { CREDENTIAL_ID_PATTERN } from '../../lambdas/shared/names.ts';
import { SESSION_PRESETS, sessionSchema, WEEKDAYS } from '../../lambdas/shared/sessions.ts';
import { suggestionText } from './configuration-error.ts';
import { type FieldHelp, recordOf, withHelp } from './described.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { CHECK_EVERY_RANGE, DEFAULTS } from './limits.ts';

/** The schemas of the fields of a credential. Rules that concern several fields are in rules.ts. */

const quotedList = (names: readonly string[]): string => names.map((word) => `"${word}"`).join(', ');

/** A kind of duration: a text in cdk.json or a Duration of the CDK. The schema outputs seconds. */
export interface DurationKind {
  readonly schema: v.GenericSchema<unknown, number>;
  readonly allowed: string;
  readonly format: (seconds: number) => string;
}

export const TEXT_DURATION: DurationKind = {
  schema: v.pipe(v.string(), v.transform(parseDuration), v.number()),
  allowed: 'a duration such as "90s", "60m" or "6h"',
  format: (seconds) => `"${formatDuration(seconds)}"`,
};

export function durationEntries({ schema, allowed, format }: DurationKind) {
  const { least, most } = CHECK_EVERY_RANGE;
  const fix = (suggest: (got: unknown) => number) => (got: unknown) =>
    typeof got === 'number'
      ? `add the unit: ${format(got)} or ${format(60 * got)}`
      : `use ${format(suggest(got))}`;
  const duration = (example: number) => withHelp(schema, { allowed, fix: fix(() => example) });
  const isCheckInterval = (seconds: number) => seconds % 60 === 0 && seconds >= least && seconds <= most;
  const nearestCheckInterval = (got: unknown) => {
    const seconds = v.parse(v.fallback(schema, DEFAULTS.checkEvery), got);
    return Math.min(most, Math.max(least, Math.round(seconds / 60) * 60));
  };
  return {
    checkEvery: withHelp(v.pipe(schema, v.check(isCheckInterval)), {
      allowed: `whole minutes from ${format(least)} to ${format(most)}: EventBridge Scheduler counts in minutes, and a Lambda function runs for 15 minutes at most`,
      fix: fix(nearestCheckInterval),
    }),
    renewBefore: duration(60 * 60),
    responseTime: duration(15 * 60),
    minimumInterval: duration(300),
  };
}

/** This limit keeps the config parameter below 4 KB, the maximum of a standard parameter. */
const MAX_SESSIONS = 20;

const TIME_OF_DAY_HELP: FieldHelp = {
  allowed: 'a time of day from "00:00" to "23:59"',
  fix: 'write hours and minutes with two digits each',
};
const PRESET_NAMES = Object.keys(SESSION_PRESETS);

const session = withHelp(sessionSchema, {
  allowed:
    '{"preset":"krx"|"nxt"|"us"} or {"days":["mon",…],"from":"08:00","to":"20:00","timeZone":"Asia/Seoul"}',
  fix: suggestSessionFix,
  fields: {
    from: TIME_OF_DAY_HELP,
    to: TIME_OF_DAY_HELP,
    days: { allowed: `a list of ${quotedList(WEEKDAYS)}`, fix: 'name at least one day' },
    timeZone: {
      allowed: 'an IANA time zone',
      fix: 'use a name such as "Asia/Seoul" or "America/New_York"',
    },
  },
});

function suggestSessionFix(got: unknown): string {
  if (typeof got === 'string' && PRESET_NAMES.includes(got)) return `did you mean {"preset":"${got}"}?`;
  if (typeof got !== 'object' || got === null) return 'write it as an object';
  const fields = recordOf(got);
  if ('preset' in fields)
    return suggestionText(fields['preset'], PRESET_NAMES, 'use one of the three presets, without other keys');
  if ('from' in fields && fields['from'] === fields['to']) return 'use different values for "from" and "to"';
  const missing = ['days', 'from', 'to', 'timeZone'].filter((key) => !(key in fields));
  return missing.length > 0
    ? `add ${quotedList(missing)}`
    : 'write days as "mon" to "sun", and remove other keys';
}

const SECRET_NAME = /^[a-zA-Z0-9/_+=.@-]{1,512}$/;
/**
 * Secrets Manager adds a hyphen and six characters to each ARN, so a name with such an ending makes a partial
 * ARN look complete. Source: Secrets Manager API Reference, CreateSecret, Name.
 */
const ARN_SUFFIX = /-[a-zA-Z0-9]{6}$/;
const COMPLETE_SECRET_ARN =
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[a-zA-Z0-9/_+=.@-]+-[a-zA-Z0-9]{6}$/;

const secret = withHelp(
  v.pipe(
    v.object({
      name: v.optional(
        withHelp(
          v.pipe(
            v.string(),
            v.check((name) => SECRET_NAME.test(name) && !ARN_SUFFIX.test(name)),
          ),
          {
            allowed: 'the name of a secret that does not end with "-" and six characters',
            fix: (got) =>
              typeof got === 'string' && (got.startsWith('arn:') || ARN_SUFFIX.test(got))
                ? 'use {"arn":"…"} with the complete ARN: AWS takes such an ending for the suffix of an ARN'
                : 'use the name as Secrets Manager lists it',
          },
        ),
      ),
      arn: v.optional(
        withHelp(v.pipe(v.string(), v.regex(COMPLETE_SECRET_ARN)), {
          allowed: 'the complete ARN of a secret, which ends with "-" and six characters',
          fix: 'copy it from `aws secretsmanager describe-secret`, or use {"name":"…"}',
        }),
      ),
      create: v.optional(
        withHelp(v.literal(true), {
          allowed: 'true',
          fix: 'use {"create":true}, or name an existing secret',
        }),
      ),
    }),
    v.check((reference) => Object.values(reference).filter((value) => value !== undefined).length === 1),
  ),
  {
    allowed: 'exactly one of {"name":"…"}, {"arn":"…"} and {"create":true}',
    fix: (got) =>
      Object.keys(recordOf(got)).length > 1
        ? 'keep the key that identifies the secret, and remove the others'
        : 'name the secret that holds the app key; never write the key itself here',
  },
);

export const booleanSchema = (fix: string) => withHelp(v.boolean(), { allowed: 'true or false', fix });

const { renewBefore, minimumInterval } = durationEntries(TEXT_DURATION);

const id = withHelp(v.pipe(v.string(), v.regex(CREDENTIAL_ID_PATTERN)), {
  allowed: '1 to 40 characters of a-z, 0-9 and "-": the id is part of parameter names',
  fix: suggestIdFix,
});

function suggestIdFix(got: unknown): string {
  const lowerCaseId = typeof got === 'string' ? got.toLowerCase() : '';
  const suggestedId = lowerCaseId.replaceAll(/[^a-z0-9-]+/g, '-').slice(0, 40);
  return CREDENTIAL_ID_PATTERN.test(suggestedId) ? `use "${suggestedId}"` : 'use an id such as "kis-main"';
}

/** Returns a schema that allows only these words. `otherwise` is the fix if no word is similar. */
function wordSchema<const Words extends readonly string[]>(words: Words, allowed: string, otherwise: string) {
  return withHelp(v.picklist(words), { allowed, fix: (got) => suggestionText(got, words, otherwise) });
}

export const credentialEntries = {
  id,
  formerId: v.optional(id),
  broker: wordSchema(BROKERS, quotedList(BROKERS), 'name the broker that issued the app key'),
  market: wordSchema(
    MARKETS,
    quotedList(MARKETS),
    'use "paper" for a key of the simulated market (모의투자), otherwise "live"',
  ),
  secret,
  sessions: v.optional(
    withHelp(v.pipe(v.array(session), v.maxLength(MAX_SESSIONS), v.readonly()), {
      allowed: `a list of at most ${MAX_SESSIONS} sessions`,
      fix: 'leave it out for [{"preset":"nxt"}], or use [] if the token may change at any time',
    }),
  ),
  renewBefore: v.optional(renewBefore),
  maxIssuesPerDay: v.optional(
    withHelp(
      v.pipe(v.number(), v.integer(), v.minValue(MIN_ISSUES_PER_DAY), v.maxValue(MAX_ISSUES_PER_DAY_LIMIT)),
      {
        allowed: `a whole number from ${MIN_ISSUES_PER_DAY} to ${MAX_ISSUES_PER_DAY_LIMIT}: with 1 the daily renewal alone spends the budget, and the state keeps ${MAX_ISSUES_PER_DAY_LIMIT} issue times`,
        fix: 'leave it out for 8 (KIS) or 24 (Kiwoom)',
      },
    ),
  ),
  minimumInterval: v.optional(minimumInterval),
  renewEarly: v.optional(
    wordSchema(['revoke', 'wait'], '"revoke" or "wait"', 'use "revoke" (Kiwoom only) or "wait"'),
  ),
  allowPublicEgress: v.optional(booleanSchema('leave it out for false'), false),
};

export const CREDENTIAL_EXAMPLE =
  'an object such as {"id":"kis-main","broker":"kis","market":"live","secret":{"name":"broker-tokens/kis-main"}}';
export const credentialSchema = withHelp(v.object(credentialEntries), {
  allowed: CREDENTIAL_EXAMPLE,
  fix: 'write it as an object',
});

/** The settings of a credential; durations in seconds. */
export type CredentialSettings = Omit<v.InferOutput<typeof credentialSchema>, 'secret'>;
