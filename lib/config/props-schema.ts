import { Duration, Token } from 'aws-cdk-lib';
import type { IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import * as v from 'valibot';
import type { Problem } from './configuration-error.ts';
import { credentialEntries, type DurationKind, durationEntries } from './credential-schema.ts';
import { problemsOf, recordOf, withHelp } from './described.ts';
import { DEFAULTS } from './limits.ts';
import { ALLOCATION_ID, contextEntries, egressSchema } from './schema.ts';

/** The schemas of props. They equal the schemas of cdk.json, except that some values are CDK objects. */

/** Checks the methods of an object instead of its class, because an app may load aws-cdk-lib twice. */
function hasMethods<T>(...methods: readonly (keyof T & string)[]) {
  return v.custom<T>((value) => {
    return typeof value === 'object' && value !== null && methods.every((method) => method in value);
  });
}

/** Returns the schema of a text that matches the pattern, or is resolved at deployment. */
export const textOrCdkToken = (pattern: RegExp) =>
  v.pipe(
    v.string(),
    v.check((text) => Token.isUnresolved(text) || pattern.test(text)),
  );

const DURATION_SCHEMA = hasMethods<Duration>('toSeconds', 'isUnresolved');

const PROPS_DURATION: DurationKind = {
  schema: v.pipe(
    DURATION_SCHEMA,
    v.check((duration) => !duration.isUnresolved()),
    v.transform((duration) => duration.toSeconds({ integral: false })),
    v.integer(),
    v.minValue(1),
  ),
  allowed: 'a Duration in whole seconds that is known at synth, such as Duration.minutes(60)',
  format: (seconds) =>
    seconds % 60 === 0 ? `Duration.minutes(${seconds / 60})` : `Duration.seconds(${seconds})`,
};

const { checkEvery, renewBefore, responseTime, minimumInterval } = durationEntries(PROPS_DURATION);

/** The prefix leaves space for suffixes: names of schedule groups and rules have at most 64 characters. */
const NAME_PREFIX = /^[a-zA-Z0-9_-]{1,45}$/;

const CONSTRUCT_PATH = /^[^/]+(?:\/[^/]+)*$/;
export const secretSchema = withHelp(hasMethods<ISecret>('secretArn', 'grantRead'), {
  allowed: 'a secret of the CDK that holds the app key',
  fix: 'use Secret.fromSecretNameV2(…), Secret.fromSecretCompleteArn(…) or emptySecret(…)',
});

const code = v.optional(
  withHelp(hasMethods<Code>('bind'), { allowed: 'a Code of aws-lambda', fix: 'use Code.fromAsset(…)' }),
);

const propsHelp = { allowed: 'an object', fix: 'pass the props as an object' };

export const credentialPropsSchema = withHelp(
  v.object({
    ...credentialEntries,
    secret: secretSchema,
    renewBefore: v.optional(renewBefore),
    minimumInterval: v.optional(minimumInterval),
  }),
  propsHelp,
);

export const refresherPropsSchema = withHelp(
  v.object({
    parameterPrefix: contextEntries.parameterPrefix,
    namePrefix: withHelp(v.pipe(v.string(), v.regex(NAME_PREFIX)), {
      allowed: 'at most 45 characters of a-z, A-Z, 0-9, "-" and "_", known at synth',
      fix: 'set namePrefix: the name of the stack is too long, or unknown at synth in a nested stack',
    }),
    formerPath: v.optional(
      withHelp(v.pipe(v.string(), v.regex(CONSTRUCT_PATH)), {
        allowed: 'ids of constructs, separated by "/", without the id of the stack',
        fix: 'use the path of the TokenRefresher in its stack before the change, such as "Tokens"',
      }),
    ),
    alarmEmail: v.optional(
      withHelp(
        v.pipe(
          v.string(),
          v.check((text) => Token.isUnresolved(text) || v.is(contextEntries.alarmEmail, text)),
        ),
        { allowed: 'one e-mail address', fix: 'correct it, or leave it out and subscribe to alarmTopic' },
      ),
    ),
    runbookUrl: contextEntries.runbookUrl,
    checkEvery: v.optional(checkEvery, Duration.seconds(DEFAULTS.checkEvery)),
    renewBefore: v.optional(renewBefore),
    responseTime: v.optional(responseTime, Duration.seconds(DEFAULTS.responseTime)),
    keepParameters: contextEntries.keepParameters,
    egress: v.optional(
      egressSchema(
        textOrCdkToken(ALLOCATION_ID),
        v.object({
          kind: v.literal('vpc'),
          vpc: hasMethods<IVpc>('vpcId', 'selectSubnets'),
          vpcSubnets: v.optional(v.custom<SubnetSelection>((value) => recordOf(value) === value)),
        }),
        '{ kind: "vpc", vpc }',
        () => 'pass a Vpc of the CDK as `vpc`, such as Vpc.fromVpcAttributes(…)',
      ),
      'public',
    ),
    fleet: contextEntries.fleet,
    assets: v.optional(
      withHelp(v.object({ refresher: code, fleetMonitor: code, cleanup: code }), {
        allowed: 'an object with "refresher", "fleetMonitor" and "cleanup"',
        fix: 'leave it out for the bundles of this package',
      }),
    ),
    logRetention: v.optional(
      withHelp(v.enum(RetentionDays), {
        allowed: 'a RetentionDays of aws-logs',
        fix: 'use RetentionDays.THREE_MONTHS',
      }),
    ),
  }),
  propsHelp,
);
export type ParsedRefresherProps = v.InferOutput<typeof refresherPropsSchema>;

/** An unresolved CDK token gets its own message, because other messages would show its placeholder text. */
export function propsProblems(schema: v.GenericSchema, input: unknown): readonly Problem[] {
  return problemsOf(schema, input, 'props').map((problem) => {
    const value = recordOf(input)[problem.path];
    const isUnresolved = v.is(DURATION_SCHEMA, value) ? value.isUnresolved() : Token.isUnresolved(value);
    if (!isUnresolved) return problem;
    return {
      ...problem,
      got: 'a token that is resolved at deployment',
      fix: 'use a value that is known at synth',
    };
  });
}
