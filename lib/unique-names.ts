import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import type { Problem } from './config/configuration-error.ts';

/** A name that one account and region may hold once. */
export interface NameClaim {
  /** The prop that it comes from. */
  readonly path: 'namePrefix' | 'id' | 'secret';
  readonly name: string;
}

interface Holder extends NameClaim {
  /** Path of the construct that has the name. */
  readonly construct: string;
  readonly stack: Stack;
}

const FIXES = {
  namePrefix: 'set a different namePrefix for one of the refreshers',
  id: 'give each credential its own id, or each refresher its own parameterPrefix',
  secret:
    'give each credential its own app key: a broker keeps one token per key, so two would replace each other’s',
} as const;

/** The names of each app, by its root. */
const apps = new WeakMap<IConstruct, Holder[]>();

/**
 * Claims names for a construct. Stacks without an environment may have different accounts, so that a name that two of
 * them share is only a warning.
 * @returns the problems; no name is claimed if there are any
 */
export function claimNames(
  scope: Construct,
  construct: string,
  claims: readonly NameClaim[],
): readonly Problem[] {
  const holders = apps.get(scope.node.root) ?? [];
  apps.set(scope.node.root, holders);
  const stack = topStack(scope);
  const duplicates = claims.flatMap(
    ({ path, name }) =>
      holders.find((each) => {
        const sameEnvironment = each.stack.environment === stack.environment;
        return each.path === path && each.name === name && sameEnvironment;
      }) ?? [],
  );
  const certain = duplicates.filter((duplicate) => duplicate.stack === stack || !isAgnostic(stack));
  const possible = duplicates.find((duplicate) => !certain.includes(duplicate));
  if (possible !== undefined)
    Annotations.of(scope).addWarningV2(
      'broker-token-refresher:duplicateName',
      `${possible.path} is the same as in ${possible.construct}: deploy the two stacks to different accounts or regions`,
    );
  if (certain.length === 0) holders.push(...claims.map((claim) => ({ ...claim, construct, stack })));
  return certain.map((duplicate) => ({
    path: duplicate.path,
    got: `the same as in ${duplicate.construct}`,
    allowed: 'each only once in an account and region',
    fix: FIXES[duplicate.path],
  }));
}

/** The name of a secret in its account and region, whether it is given by name or by ARN. */
export function secretName(scope: Construct, { secretArn, secretFullArn, node }: ISecret): string {
  const [, region = '', account = '', name] =
    /^arn:[^:]*:secretsmanager:([^:]*):([^:]*):secret:(.+)$/.exec(secretArn) ?? [];
  // The ARN of a created secret is a token.
  if (name === undefined) return node.path;
  const stack = topStack(scope);
  const place = [region || stack.region, account || stack.account].map((each) =>
    isAgnostic(stack) || Token.isUnresolved(each) ? '' : each,
  );
  return [...place, secretFullArn === undefined ? name : name.replace(/-[a-zA-Z0-9]{6}$/, '')].join(':');
}

function topStack(scope: Construct): Stack {
  let stack = Stack.of(scope);
  while (stack.nestedStackParent !== undefined) stack = stack.nestedStackParent;
  return stack;
}

function isAgnostic({ account, region }: Stack): boolean {
  return Token.isUnresolved(account) || Token.isUnresolved(region);
}
