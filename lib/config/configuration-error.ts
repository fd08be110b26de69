import { BrokerTokensError } from '../../lambdas/shared/broker-tokens-error.ts';

/** One problem of a configuration, with the most likely fix. */
export interface Problem {
  /** For example `credentials[0].broker`. */
  readonly path: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

/** The error for an invalid configuration. The message lists all problems at once. */
export class ConfigurationError extends BrokerTokensError {
  readonly code = 'Configuration';
  readonly problems: readonly Problem[];

  constructor(source: string, found: Problem | readonly Problem[]) {
    const problems = 'path' in found ? [found] : found;
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super([`${source} has ${count}:`, ...problems.map(formatProblem)].join('\n\n'));
    this.problems = problems;
  }
}

function formatProblem({ path, got, allowed, fix }: Problem, index: number): string {
  return `${index + 1}. ${path}\n   got:     ${got}\n   allowed: ${allowed}\n   fix:     ${fix}`;
}

/** @throws ConfigurationError if there are problems; a problem of several credentials is listed once */
export function throwProblems(source: string, problems: readonly Problem[]): void {
  const distinct = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  if (distinct.size > 0) throw new ConfigurationError(source, [...distinct.values()]);
}

const MAX_VALUE_LENGTH = 80;

function textOf(value: unknown): string {
  const { toHumanString } = Object(value) as { readonly toHumanString?: unknown };
  try {
    return typeof toHumanString === 'function'
      ? `a Duration of ${toHumanString.call(value)}`
      : (JSON.stringify(value) ?? `a ${typeof value}`);
  } catch {
    // JSON.stringify fails for constructs, which contain circular references, and for BigInt values.
    return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
  }
}

export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = textOf(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text;
}

/**
 * Formats the value of a field that may contain an app key by mistake. Messages appear in build logs, so they
 * contain only the type of the value, unless the value is clearly the name or ARN of a secret.
 */
export function showWithoutSecret(value: unknown): string {
  if (typeof value === 'string') {
    return /^arn:|^[\w/+=.@]{0,60}-[A-Za-z0-9]{6}$/.test(value) && value.length <= 120
      ? showValue(value)
      : `a text of ${value.length} characters`;
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return showValue(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? '{}' : `an object with ${keys.map(showValue).join(', ')}`;
}

/** Returns the allowed word that is most similar to the value; undefined if no word is similar enough. */
export function suggestAllowedWord(got: unknown, allowed: readonly string[]): string | undefined {
  if (typeof got !== 'string') return undefined;
  const [closest] = allowed
    .map((word) => ({ word, distance: editDistance(got.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (closest === undefined) return undefined;
  const { word, distance } = closest;
  return distance <= Math.max(1, Math.floor(word.length / 3)) ? word : undefined;
}

export function suggestionText(got: unknown, allowed: readonly string[], otherwise: string): string {
  const word = suggestAllowedWord(got, allowed);
  return word === undefined ? otherwise : `did you mean ${showValue(word)}?`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitutionCost = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitutionCost, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
