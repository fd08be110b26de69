import { FakeAwsError, invalid } from './wire.ts';

/**
 * The error message of AWS for an invalid parameter name (aws-sdk-php#1952). The API reference of
 * PutParameter (§ Name) lists the constraints.
 */
const INVALID_NAME_MESSAGE =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';

const MAX_PATH_LEVELS = 15;
const MAX_ARN_LENGTH = 1011;

/** @throws FakeAwsError if Parameter Store would not create a parameter with this name */
export function checkParameterName(name: string, arnPrefix: string): void {
  const path = name.startsWith('/');
  const levels = (path ? name.slice(1) : name).split('/');
  const first = levels[0]?.toLowerCase() ?? '';
  if (path && levels.length > 1 && first.startsWith('aws')) {
    throw new FakeAwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (first.startsWith('aws') || first.startsWith('ssm')) {
    throw invalid(
      levels.length > 1
        ? INVALID_NAME_MESSAGE
        : 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  }
  if (!levels.every((level) => /^[a-zA-Z0-9_.-]+$/.test(level))) throw invalid(INVALID_NAME_MESSAGE);
  if (!path && levels.length > 1) throw invalid('Parameter name must be a fully qualified name.');
  if (path && levels.length > MAX_PATH_LEVELS) {
    throw new FakeAwsError(
      'HierarchyLevelLimitExceededException',
      `a hierarchy has at most ${MAX_PATH_LEVELS} levels`,
    );
  }
  if (arnPrefix.length + name.length > MAX_ARN_LENGTH) {
    throw invalid(`the name and its ARN have at most ${MAX_ARN_LENGTH} characters`);
  }
}

/** A parsed name or ARN of a read request. The selector is the optional suffix `:version`. */
export interface ParameterReference {
  readonly name: string;
  readonly selector?: string | undefined;
}

export function parseReference(reference: string, arnPrefix: string): ParameterReference {
  const withoutArn = reference.startsWith(arnPrefix) ? reference.slice(arnPrefix.length) : reference;
  const colonIndex = withoutArn.indexOf(':');
  if (colonIndex < 0) return { name: withoutArn };
  return { name: withoutArn.slice(0, colonIndex), selector: withoutArn.slice(colonIndex) };
}

/** Returns the ARN of a parameter: `…:parameter/a/b` for `/a/b`, and `…:parameter/c` for `c`. */
export function parameterArn(name: string, arnPrefix: string): string {
  return `${arnPrefix}${name.startsWith('/') ? '' : '/'}${name}`;
}

/** The maximum number of names in one call of GetParameters or DeleteParameters (SSM API reference). */
const MAX_NAMES_PER_CALL = 10;

/** @throws FakeAwsError if the list is empty or has more than ten names */
export function requireOneToTenNames(names: readonly string[]): void {
  if (names.length >= 1 && names.length <= MAX_NAMES_PER_CALL) return;
  // remind101/ssm-env#10 contains this error message of AWS.
  const constraint =
    names.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MAX_NAMES_PER_CALL}`;
  throw invalid(
    `1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: Member must have length ${constraint}`,
  );
}
