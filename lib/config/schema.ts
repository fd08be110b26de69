import * as v from 'valibot';
import { DEFAULT_PARAMETER_PREFIX } from '../../lambdas/shared/names.ts';
import { suggestionText } from './configuration-error.ts';
import {
  booleanSchema,
  CREDENTIAL_EXAMPLE,
  credentialSchema,
  durationEntries,
  TEXT_DURATION,
} from './credential-schema.ts';
import { recordOf, withHelp } from './described.ts';
import { formatDuration } from './duration.ts';
import { DEFAULTS } from './limits.ts';

/** The schema of `context.brokerTokens`. Rules that concern several fields are in rules.ts. */

const { checkEvery, renewBefore, responseTime } = durationEntries(TEXT_DURATION);

/** An existing VPC by its ids; a lookup would require AWS credentials at synth, and write cdk.context.json. */
const vpcEgressSchema = v.pipe(
  v.object({
    kind: v.literal('vpc'),
    vpcId: v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]{8,17}$/)),
    availabilityZones: v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d+[a-z]$/))),
      v.minLength(1),
    ),
    privateSubnetIds: v.pipe(v.array(v.pipe(v.string(), v.regex(/^subnet-[0-9a-f]{8,17}$/))), v.minLength(1)),
  }),
  v.check(({ availabilityZones: zones, privateSubnetIds: subnets }) => zones.length === subnets.length),
);

const NAT_KINDS = ['gateway', 'instance'] as const;

export const ALLOCATION_ID = /^eipalloc-[0-9a-f]{8,17}$/;

/** @param allocationId the schema of the id of an Elastic IP; a CDK app may also pass an unresolved id */
const staticEgressSchema = (allocationId: v.GenericSchema<string>) =>
  v.pipe(
    v.object({
      kind: v.literal('static'),
      nat: v.picklist(NAT_KINDS),
      allocationId: v.optional(
        withHelp(allocationId, {
          allowed: 'the allocation id of an Elastic IP, such as "eipalloc-0123456789abcdef0"',
          fix: 'copy it from `aws ec2 describe-addresses`, or leave it out for a new Elastic IP',
        }),
      ),
      keepAddress: v.optional(
        booleanSchema('leave it out for false: the Elastic IP is then released with the egress'),
      ),
    }),
    v.check(({ allocationId, keepAddress }) => allocationId === undefined || !keepAddress),
  );
const STATIC_EGRESS_EXAMPLE = '{"kind":"static","nat":"gateway"|"instance"}';

function suggestStaticFix({ nat, allocationId, keepAddress }: Readonly<Record<string, unknown>>): string {
  if (!NAT_KINDS.some((each) => each === nat))
    return suggestionText(nat, NAT_KINDS, 'use "gateway", or "instance" for a tenth of the price');
  if (keepAddress !== undefined && typeof keepAddress !== 'boolean')
    return 'set keepAddress to true or false, or leave it out';
  return keepAddress && allocationId !== undefined
    ? 'remove keepAddress: an Elastic IP that you name by allocationId always stays'
    : 'copy allocationId from `aws ec2 describe-addresses`, or leave it out for a new Elastic IP';
}

/** Returns the schema of the setting `egress`, for one way to describe an existing VPC. */
export function egressSchema<const Vpc extends v.VariantOptions<'kind'>[number]>(
  allocationId: v.GenericSchema<string>,
  vpc: Vpc,
  vpcExample: string,
  suggestVpcFix: (got: Readonly<Record<string, unknown>>) => string,
) {
  const fix = (got: unknown): string => {
    if (got === 'static') return `write it as ${STATIC_EGRESS_EXAMPLE}`;
    if (got === 'vpc') return `write it as ${vpcExample}`;
    if (typeof got !== 'object' || got === null)
      return suggestionText(got, ['public'], 'leave it out, unless a broker requires a registered address');
    const fields = recordOf(got);
    if (fields['kind'] === 'static') return suggestStaticFix(fields);
    return fields['kind'] === 'vpc'
      ? suggestVpcFix(fields)
      : suggestionText(fields['kind'], ['static', 'vpc'], 'use "static" or "vpc" as its kind');
  };
  return withHelp(
    v.union([v.literal('public'), v.variant('kind', [staticEgressSchema(allocationId), vpc])]),
    { allowed: `"public", ${STATIC_EGRESS_EXAMPLE} or ${vpcExample}`, fix },
  );
}

const egress = egressSchema(
  v.pipe(v.string(), v.regex(ALLOCATION_ID)),
  vpcEgressSchema,
  '{"kind":"vpc","vpcId":"vpc-…","availabilityZones":["ap-northeast-2a",…],"privateSubnetIds":["subnet-…",…]} with one subnet for each zone',
  ({ availabilityZones: zones, privateSubnetIds: subnets }) =>
    Array.isArray(zones) && Array.isArray(subnets) && zones.length !== subnets.length
      ? 'list the zone of each subnet in the same order'
      : 'copy them from `aws ec2 describe-subnets`; use subnets that route to a NAT',
);

/**
 * A parameter name may have 15 levels, and each credential needs two levels below the prefix. Source: Systems
 * Manager User Guide, parameter names.
 */
const PARAMETER_PREFIX = /^(?:\/[a-zA-Z0-9_.-]+){1,13}$/;
/** Source: Systems Manager User Guide, "Requirements and constraints for parameter names". */
const RESERVED_PREFIX = /^\/?(?:aws|ssm)/i;
const MAX_PREFIX_LENGTH = 200;

function isParameterPrefix(text: string): boolean {
  return PARAMETER_PREFIX.test(text) && !RESERVED_PREFIX.test(text) && text.length <= MAX_PREFIX_LENGTH;
}

function suggestPrefixFix(got: unknown): string {
  if (typeof got !== 'string') return `use "${DEFAULT_PARAMETER_PREFIX}"`;
  const likelyPrefix = `/${got.split('/').filter(Boolean).join('/')}`;
  if (RESERVED_PREFIX.test(likelyPrefix))
    return `AWS reserves "aws…" and "ssm…": use "${DEFAULT_PARAMETER_PREFIX}"`;
  return `use "${isParameterPrefix(likelyPrefix) ? likelyPrefix : DEFAULT_PARAMETER_PREFIX}"`;
}

/** The refresher of a fleet may read secrets whose names start with this prefix. */
const DEFAULT_SECRET_PREFIX = 'broker-tokens/';
/** The prefix ends with "/", so that the prefix matches only whole folder names. */
const SECRET_PREFIX = /^(?=.{1,200}$)(?:[a-zA-Z0-9_+=.@-]+\/)+$/;

const fleet = withHelp(
  v.object({
    secretPrefix: v.optional(
      withHelp(v.pipe(v.string(), v.regex(SECRET_PREFIX)), {
        allowed: 'the start of names of secrets, at most 200 characters, that ends with "/"',
        fix: (got) =>
          `use "${typeof got === 'string' && SECRET_PREFIX.test(`${got}/`) ? `${got}/` : DEFAULT_SECRET_PREFIX}"`,
      }),
      DEFAULT_SECRET_PREFIX,
    ),
  }),
  {
    allowed: '{} or {"secretPrefix":"broker-tokens/"}',
    fix: (got) =>
      got === true ? 'write it as {}' : 'use {}, or leave it out if every credential is in the stack',
  },
);

const RUNBOOK_URL = /^(?=.{1,200}$)https?:\/\/[^#\s]+$/;

export const contextEntries = {
  parameterPrefix: v.optional(
    withHelp(v.pipe(v.string(), v.check(isParameterPrefix)), {
      allowed: `a path of at most 13 levels and ${MAX_PREFIX_LENGTH} characters (a-z, A-Z, 0-9, "_", ".", "-") that starts with "/", does not end with "/" and does not start with "aws" or "ssm"`,
      fix: suggestPrefixFix,
    }),
    DEFAULT_PARAMETER_PREFIX,
  ),
  alarmEmail: v.optional(
    withHelp(v.pipe(v.string(), v.email()), {
      allowed: 'one e-mail address',
      fix: 'correct it, or leave it out and subscribe to the topic',
    }),
  ),
  runbookUrl: v.optional(
    withHelp(v.pipe(v.string(), v.url(), v.regex(RUNBOOK_URL)), {
      allowed:
        'an http(s) URL of at most 200 characters without "#": alarms add the chapter, and CloudWatch limits their texts',
      fix: 'use the URL of a page with your copy of docs/runbook.md, or leave it out',
    }),
  ),
  checkEvery: v.optional(checkEvery, formatDuration(DEFAULTS.checkEvery)),
  renewBefore: v.optional(renewBefore),
  responseTime: v.optional(responseTime, formatDuration(DEFAULTS.responseTime)),
  keepParameters: v.optional(
    booleanSchema('leave it out for false: without a refresher a token expires within a day'),
    false,
  ),
  egress: v.optional(egress, 'public'),
  fleet: v.optional(fleet),
  credentials: withHelp(v.pipe(v.array(credentialSchema), v.minLength(1)), {
    allowed: 'a list of at least one credential',
    fix: `add ${CREDENTIAL_EXAMPLE}`,
  }),
};

export const contextSchema = withHelp(v.object(contextEntries), {
  allowed: 'an object with "credentials"',
  fix: 'fill in context.brokerTokens of cdk.json, see README.md',
});
