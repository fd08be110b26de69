import * as v from 'valibot';
import { BROKERS, MARKETS } from '../../lambdas/shared/credential.ts';
import { DEFAULT_PARAMETER_PREFIX } from '../../lambdas/shared/names.ts';
import { sessionSchema } from '../../lambdas/shared/sessions.ts';
import { parseDuration } from './duration.ts';

/** Shapes of `context.brokerTokens`; what goes beyond one field is in rules.ts, the words are in fields.ts. */

const duration = v.pipe(
  v.string(),
  v.check((text) => parseDuration(text) !== undefined),
  v.transform((text) => parseDuration(text) ?? Number.NaN),
);

/** Keeps the config parameter, which holds them unexpanded, below Parameter Store's 4 KB. */
export const MOST_SESSIONS = 20;

/**
 * Two levels are added to the prefix, of the 15 that Parameter Store allows; no name may begin with
 * `aws` or `ssm` in any case. Source: Systems Manager User Guide, "Requirements and constraints for parameter names".
 */
const PREFIX = /^(?:\/[a-zA-Z0-9_.-]+){1,13}$/;
export const RESERVED_PREFIX = /^\/?(?:aws|ssm)/i;
export const LONGEST_PREFIX = 200;

export function isParameterPrefix(text: string): boolean {
  return PREFIX.test(text) && !RESERVED_PREFIX.test(text) && text.length <= LONGEST_PREFIX;
}

/** The refresher of a fleet may read secrets whose names begin with it. */
export const DEFAULT_SECRET_PREFIX = 'broker-tokens/';

const SECRET_NAME = /^[a-zA-Z0-9/_+=.@-]{1,512}$/;
/**
 * The end of such a name looks like the six characters that Secrets Manager adds, so its partial ARN is
 * taken for a complete one. Source: Secrets Manager API Reference, CreateSecret, Name.
 */
export const ENDS_LIKE_AN_ARN = /-[a-zA-Z0-9]{6}$/;
const COMPLETE_SECRET_ARN =
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[a-zA-Z0-9/_+=.@-]+-[a-zA-Z0-9]{6}$/;

export const secretEntries = {
  name: v.optional(
    v.pipe(
      v.string(),
      v.check((name) => SECRET_NAME.test(name) && !ENDS_LIKE_AN_ARN.test(name)),
    ),
  ),
  arn: v.optional(v.pipe(v.string(), v.regex(COMPLETE_SECRET_ARN))),
  create: v.optional(v.literal(true)),
};

export const credentialEntries = {
  id: v.string(),
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  secret: v.pipe(
    v.object(secretEntries),
    v.check((secret) => Object.values(secret).filter((value) => value !== undefined).length === 1),
  ),
  sessions: v.optional(v.pipe(v.array(sessionSchema), v.maxLength(MOST_SESSIONS))),
  renewBefore: v.optional(duration),
  maxIssuesPerDay: v.optional(v.number()),
  minimumInterval: v.optional(duration),
  renewEarly: v.optional(v.picklist(['revoke', 'wait'])),
  allowPublicEgress: v.optional(v.boolean(), false),
};

/**
 * Of a VPC that exists, what synthesis needs, written down: a lookup would need an account and its
 * credentials at synth, and its answer would have to be kept beside the configuration.
 */
export const vpcEntries = {
  kind: v.literal('vpc'),
  vpcId: v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]{8,17}$/)),
  availabilityZones: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d+[a-z]$/))),
    v.minLength(1),
  ),
  privateSubnetIds: v.pipe(v.array(v.pipe(v.string(), v.regex(/^subnet-[0-9a-f]{8,17}$/))), v.minLength(1)),
};

export const NATS = ['gateway', 'instance'] as const;
export const staticEntries = { kind: v.literal('static'), nat: v.picklist(NATS) };

const vpcEgress = v.pipe(
  v.object(vpcEntries),
  v.check(({ availabilityZones, privateSubnetIds }) => availabilityZones.length === privateSubnetIds.length),
);

const egress = v.union([v.literal('public'), v.variant('kind', [v.object(staticEntries), vpcEgress])]);

/** Ends with "/", so that it names a folder of secrets and not the begin of somebody else's. */
const SECRET_PREFIX = /^(?:[a-zA-Z0-9_+=.@-]+\/)+$/;

export function isSecretPrefix(text: string): boolean {
  return SECRET_PREFIX.test(text) && text.length <= 200;
}

export const fleetEntries = {
  secretPrefix: v.optional(v.pipe(v.string(), v.check(isSecretPrefix)), DEFAULT_SECRET_PREFIX),
};

export const topEntries = {
  parameterPrefix: v.optional(v.pipe(v.string(), v.check(isParameterPrefix)), DEFAULT_PARAMETER_PREFIX),
  alarmEmail: v.optional(v.pipe(v.string(), v.email())),
  checkEvery: v.optional(duration, '5m'),
  renewBefore: v.optional(duration),
  responseTime: v.optional(duration, '15m'),
  keepParameters: v.optional(v.boolean(), false),
  egress: v.optional(egress, 'public'),
  fleet: v.optional(v.object(fleetEntries)),
  credentials: v.pipe(v.array(v.object(credentialEntries)), v.minLength(1)),
};

export const contextSchema = v.object(topEntries);
export type BrokerTokensContext = v.InferOutput<typeof contextSchema>;
export type EgressConfig = v.InferOutput<typeof egress>;
export type SecretReference = v.InferOutput<typeof credentialEntries.secret>;
