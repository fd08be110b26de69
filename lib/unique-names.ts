import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import type { Problem } from './config/configuration-error.ts';

/** A name that may exist only once in an account and region. */
export interface NameClaim {
  /** The prop that contains the name. */
  readonly path: 'namePrefix' | 'parameterPrefix' | 'id' | 'secret';
  readonly name: string;
  /** The resources that have the name, where it is not the value of the prop. */
  readonly of?: string | undefined;
}

interface Holder extends NameClaim {
  /** The path of the construct that uses the name. */
  readonly construct: string;
  readonly stack: Stack;
}

const FIXES = {
  namePrefix: 'set a different namePrefix for one of the refreshers',
  parameterPrefix: 'set a different parameterPrefix for one of the refreshers',
  id: 'give each credential its own id, or each refresher its own parameterPrefix',
  secret:
    'give each credential its own app key: a broker keeps one token per key, so two would replace each other’s',
} as const;

/** The claimed names of each app, by the root of the app. */
const apps = new WeakMap<IConstruct, Holder[]>();

/**
 * Registers the names that a construct uses. Stacks without an environment may be in different accounts, so a
 * name that two of them share causes only a warning.
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
  const duplicates = claims.flatMap(({ path, name, of }) => {
    const found = holders.find((each) => {
      const sameEnvironment = each.stack.environment === stack.environment;
      return each.path === path && each.name === name && sameEnvironment;
    });
    return found === undefined ? [] : { ...found, of: of ?? found.of };
  });
  const certain = duplicates.filter((duplicate) => duplicate.stack === stack || !isAgnostic(stack));
  const possible = duplicates.find((duplicate) => !certain.includes(duplicate));
  if (possible !== undefined)
    Annotations.of(scope).addWarningV2(
      'broker-token-refresher:duplicateName',
      `${possible.path} is the same as in ${possible.construct}: deploy the two stacks to different accounts or regions`,
    );
  if (certain.length === 0) holders.push(...claims.map((claim) => ({ ...claim, construct, stack })));
  return certain.map(({ path, of, construct: holder }) => ({
    path,
    got: `${of === undefined ? '' : `${of}, `}the same as in ${holder}`,
    allowed: 'each only once in an account and region',
    fix: FIXES[path],
  }));
}

/** The name of a secret in its account and region, from its name or its ARN. */
export function secretName(scope: Construct, { secretArn, secretFullArn, node }: ISecret): string {
  const [, region = '', account = '', name] =
    /^arn:[^:]*:secretsmanager:([^:]*):([^:]*):secret:(.+)$/.exec(secretArn) ?? [];
  // The ARN of a created secret is an unresolved CDK token.
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
