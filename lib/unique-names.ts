import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import type { Problem } from './config/configuration-error.ts';

/** A name that may exist only once in an account and region. */
export interface NameClaim {
  /** The prop that contains the name. */
  readonly path: keyof typeof NAME_FIXES;
  readonly name: string;
  /** The resources that have the name, if the name is not the value of the prop itself. */
  readonly namedResources?: string | undefined;
}

/** A registered name, and the path of the construct that uses it. */
type RegisteredName = NameClaim & { readonly construct: string; readonly stack: Stack };

const NAME_FIXES = {
  namePrefix: 'set a different namePrefix for one of the refreshers',
  parameterPrefix: 'set a different parameterPrefix for one of the refreshers',
  id: 'give each credential its own id, or each refresher its own parameterPrefix',
  secret:
    'give each credential its own app key: a broker keeps one token per key, so two would replace each other’s',
} as const;

const registeredNamesByApp = new WeakMap<IConstruct, RegisteredName[]>();

/**
 * Registers the names that a construct uses. Stacks without an environment may be in different accounts, so a
 * name that two of these stacks share causes only a warning.
 * @returns the problems; if there is a problem, no name is registered
 */
export function claimNames(
  scope: Construct,
  construct: string,
  claims: readonly NameClaim[],
): readonly Problem[] {
  const registeredNames = registeredNamesByApp.get(scope.node.root) ?? [];
  registeredNamesByApp.set(scope.node.root, registeredNames);
  const stack = topStack(scope);
  const duplicates = claims.flatMap(({ path, name, namedResources }) => {
    const found = registeredNames.find(
      (each) => each.path === path && each.name === name && each.stack.environment === stack.environment,
    );
    return found === undefined ? [] : { ...found, namedResources: namedResources ?? found.namedResources };
  });
  const isCertain = (duplicate: RegisteredName) => duplicate.stack === stack || !isEnvironmentAgnostic(stack);
  const possibleDuplicate = duplicates.find((duplicate) => !isCertain(duplicate));
  if (possibleDuplicate !== undefined)
    Annotations.of(scope).addWarningV2(
      'broker-token-refresher:duplicateName',
      `${possibleDuplicate.path} is the same as in ${possibleDuplicate.construct}: deploy the two stacks to different accounts or regions`,
    );
  const problems = duplicates.filter(isCertain).map(({ path, namedResources, construct: holder }) => ({
    path,
    got: `${namedResources === undefined ? '' : `${namedResources}, `}the same as in ${holder}`,
    allowed: 'each only once in an account and region',
    fix: NAME_FIXES[path],
  }));
  if (problems.length === 0) registeredNames.push(...claims.map((claim) => ({ ...claim, construct, stack })));
  return problems;
}

/** Returns a name that identifies a secret across accounts and regions. */
export function secretName(scope: Construct, { secretArn, secretFullArn, node }: ISecret): string {
  const [, region = '', account = '', name] =
    /^arn:[^:]*:secretsmanager:([^:]*):([^:]*):secret:(.+)$/.exec(secretArn) ?? [];
  // The ARN of a created secret is an unresolved CDK token.
  if (name === undefined) return node.path;
  const stack = topStack(scope);
  const environment = [region || stack.region, account || stack.account].map((each) =>
    isEnvironmentAgnostic(stack) || Token.isUnresolved(each) ? '' : each,
  );
  const nameWithoutSuffix = secretFullArn === undefined ? name : name.replace(/-[a-zA-Z0-9]{6}$/, '');
  return [...environment, nameWithoutSuffix].join(':');
}

function topStack(scope: Construct): Stack {
  let stack = Stack.of(scope);
  while (stack.nestedStackParent !== undefined) stack = stack.nestedStackParent;
  return stack;
}

function isEnvironmentAgnostic({ account, region }: Stack): boolean {
  return Token.isUnresolved(account) || Token.isUnresolved(region);
}
