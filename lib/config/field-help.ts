import { BROKERS, MARKETS } from '../../lambdas/shared/credential.ts';
import { DEFAULT_PARAMETER_PREFIX } from '../../lambdas/shared/names.ts';
import { WEEKDAYS } from '../../lambdas/shared/sessions.ts';
import { didYouMean } from './configuration-error.ts';
import {
  DEFAULT_SECRET_PREFIX,
  ENDS_LIKE_AN_ARN,
  isParameterPrefix,
  isSecretPrefix,
  LONGEST_PREFIX,
  MOST_SESSIONS,
  NATS,
  RESERVED_PREFIX,
} from './schema.ts';

export interface FieldHelp {
  readonly allowed: string;
  readonly fix: (got: unknown) => string;
}

const quotedList = (allowed: readonly string[]): string => allowed.map((word) => `"${word}"`).join(', ');
const DURATION = 'a duration such as "90s", "60m" or "6h"';
const PRESETS = ['krx', 'nxt', 'us'];
const A_SESSION =
  '{"preset":"krx"|"nxt"|"us"} or {"days":["mon",…],"from":"08:00","to":"20:00","timeZone":"Asia/Seoul"}';
const A_CREDENTIAL =
  'an object such as {"id":"kis-main","broker":"kis","market":"live","secret":{"name":"broker-tokens/kis-main"}}';
const STATIC = '{"kind":"static","nat":"gateway"|"instance"}';
const OWN_VPC =
  '{"kind":"vpc","vpcId":"vpc-…","availabilityZones":["ap-northeast-2a",…],"privateSubnetIds":["subnet-…",…]}';
const CLOCK: FieldHelp = {
  allowed: 'a time of day from "00:00" to "23:59"',
  fix: () => 'write it with two digits each',
};

function duration(fallback: string): FieldHelp {
  return {
    allowed: DURATION,
    fix: (got) => (typeof got === 'number' ? `say the unit: "${got}s" or "${got}m"` : `use "${fallback}"`),
  };
}

/** What each field of `context.brokerTokens` may hold, in words; keyed by path without indices. */
export const FIELD_HELP: Readonly<Record<string, FieldHelp>> = {
  '': {
    allowed: 'an object with "credentials"',
    fix: () => 'fill in context.brokerTokens of cdk.json, see README.md',
  },
  parameterPrefix: {
    allowed: `a path of at most 13 levels and ${LONGEST_PREFIX} characters (a-z, A-Z, 0-9, "_", ".", "-") that begins with "/", does not end with "/" and does not begin with "aws" or "ssm"`,
    fix: prefixFix,
  },
  alarmEmail: {
    allowed: 'one e-mail address',
    fix: () => 'correct it, or leave it out and subscribe to the topic',
  },
  checkEvery: duration('5m'),
  renewBefore: duration('60m'),
  responseTime: duration('15m'),
  keepParameters: {
    allowed: 'true or false',
    fix: () => 'leave it out: a token that nobody refreshes is dead within a day',
  },
  egress: {
    allowed: `"public", ${STATIC} or ${OWN_VPC} with one subnet for each zone`,
    fix: egressFix,
  },
  fleet: {
    allowed: '{} or {"secretPrefix":"broker-tokens/"}',
    fix: (got) =>
      got === true
        ? 'write it as {}'
        : 'use {}, or leave it out if nothing is to be added without a deployment',
  },
  'fleet.secretPrefix': {
    allowed: 'the begin of names of secrets, at most 200 characters, that ends with "/"',
    fix: (got) =>
      typeof got === 'string' && isSecretPrefix(`${got}/`)
        ? `use "${got}/"`
        : `use "${DEFAULT_SECRET_PREFIX}"`,
  },
  credentials: { allowed: 'a list of at least one credential', fix: () => `add ${A_CREDENTIAL}` },
  'credentials[]': { allowed: A_CREDENTIAL, fix: () => 'write it as an object' },
  'credentials[].id': {
    allowed: '1 to 40 of a-z, 0-9 and "-": it becomes part of parameter names',
    fix: () => 'name it such as "kis-main"',
  },
  'credentials[].broker': {
    allowed: quotedList(BROKERS),
    fix: (got) => didYouMean(got, BROKERS, 'name the broker that issued the app key'),
  },
  'credentials[].market': {
    allowed: quotedList(MARKETS),
    fix: (got) =>
      didYouMean(got, MARKETS, 'use "paper" for a key of the simulated market (모의투자), else "live"'),
  },
  'credentials[].secret': {
    allowed: 'exactly one of {"name":"…"}, {"arn":"…"} and {"create":true}',
    fix: (got) =>
      typeof got === 'object' && got !== null && Object.keys(got).length > 1
        ? 'keep the one that names the secret, and drop the others'
        : 'name the secret that holds the app key – never put the key itself here',
  },
  'credentials[].secret.name': {
    allowed: 'the name of a secret that does not end with "-" and six characters',
    fix: (got) =>
      typeof got === 'string' && (got.startsWith('arn:') || ENDS_LIKE_AN_ARN.test(got))
        ? 'use {"arn":"…"} with the complete ARN: such an ending is taken for the suffix of an ARN'
        : 'use the name as Secrets Manager lists it',
  },
  'credentials[].secret.arn': {
    allowed: 'the complete ARN of a secret, with its "-" and six characters at the end',
    fix: () => 'copy it from `aws secretsmanager describe-secret`, or use {"name":"…"}',
  },
  'credentials[].secret.create': {
    allowed: 'true',
    fix: () => 'use {"create":true}, or name a secret that exists',
  },
  'credentials[].renewBefore': duration('60m'),
  'credentials[].maxIssuesPerDay': {
    allowed: 'a whole number from 2 to 32',
    fix: () => 'leave it out for 8 (KIS) or 24 (Kiwoom)',
  },
  'credentials[].minimumInterval': duration('300s'),
  'credentials[].renewEarly': {
    allowed: '"revoke" or "wait"',
    fix: (got) => didYouMean(got, ['revoke', 'wait'], 'use "revoke" (Kiwoom only) or "wait"'),
  },
  'credentials[].allowPublicEgress': { allowed: 'true or false', fix: () => 'leave it out for false' },
  'credentials[].sessions': {
    allowed: `a list of at most ${MOST_SESSIONS} sessions`,
    fix: () => 'leave it out for [{"preset":"nxt"}], or use [] if the token may change at any time',
  },
  'credentials[].sessions[]': { allowed: A_SESSION, fix: sessionFix },
  'credentials[].sessions[].from': CLOCK,
  'credentials[].sessions[].to': CLOCK,
  'credentials[].sessions[].days': {
    allowed: `a list of ${quotedList(WEEKDAYS)}`,
    fix: () => 'name at least one day',
  },
  'credentials[].sessions[].timeZone': {
    allowed: 'an IANA time zone',
    fix: () => 'use a name such as "Asia/Seoul" or "America/New_York"',
  },
};

function egressFix(got: unknown): string {
  if (typeof got !== 'object' || got === null)
    return got === 'static' || got === 'vpc'
      ? `write it as ${got === 'static' ? STATIC : OWN_VPC}`
      : didYouMean(got, ['public'], 'leave it out, unless a broker wants a registered address');
  const { kind, nat, availabilityZones, privateSubnetIds } = got as Record<string, unknown>;
  if (kind === 'static')
    return didYouMean(nat, NATS, 'use "gateway", or "instance" for a tenth of the price');
  if (kind !== 'vpc') return didYouMean(kind, ['static', 'vpc'], 'use "static" or "vpc" as its kind');
  return Array.isArray(availabilityZones) &&
    Array.isArray(privateSubnetIds) &&
    availabilityZones.length !== privateSubnetIds.length
    ? 'list for each subnet, in the same order, the zone it is in'
    : 'copy them from `aws ec2 describe-subnets`: of subnets whose way out is a NAT';
}

function prefixFix(got: unknown): string {
  if (typeof got !== 'string') return `use "${DEFAULT_PARAMETER_PREFIX}"`;
  const likely = `/${got.split('/').filter(Boolean).join('/')}`;
  if (RESERVED_PREFIX.test(likely))
    return `AWS keeps "aws…" and "ssm…" for itself: use "${DEFAULT_PARAMETER_PREFIX}"`;
  return isParameterPrefix(likely) ? `use "${likely}"` : `use "${DEFAULT_PARAMETER_PREFIX}"`;
}

function sessionFix(got: unknown): string {
  if (typeof got !== 'object' || got === null) return didYouMeanPreset(got);
  const session = got as Record<string, unknown>;
  if ('preset' in session)
    return didYouMean(session['preset'], PRESETS, 'use one of the three presets, alone');
  if (session['from'] === session['to'] && 'from' in session) return 'let "from" and "to" differ';
  const missing = ['days', 'from', 'to', 'timeZone'].filter((key) => !(key in session));
  return missing.length > 0 ? `add ${quotedList(missing)}` : 'name days as "mon" to "sun", and no other keys';
}

function didYouMeanPreset(got: unknown): string {
  return typeof got === 'string' && PRESETS.includes(got)
    ? `did you mean {"preset":"${got}"}?`
    : 'write it as an object';
}
