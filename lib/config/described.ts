import * as v from 'valibot';
import { type Problem, showValue, showWithoutSecret, suggestionText } from './configuration-error.ts';

/** The values that a field accepts, and how to correct a rejected value. */
export interface FieldHelp {
  readonly allowed: string;
  readonly fix: string | ((got: unknown) => string);
  /** The help for nested fields whose schema is defined in a different file. */
  readonly fields?: Readonly<Record<string, FieldHelp>>;
}

/** Adds the help that `problemsOf` shows for each value that the schema rejects. */
export function withHelp<const S extends v.GenericSchema>(schema: S, help: FieldHelp) {
  return v.pipe(schema, v.metadata({ ...help }));
}

/** The parts of a valibot schema that `problemsOf` follows along a path. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  readonly wrapped?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  readonly literal?: unknown;
}

/**
 * Returns a problem for every value that the schema rejects and for every unknown key. Unknown keys are
 * problems, because a misspelled option would have no effect and cause no error.
 * @param schema has help
 * @param root name of the whole input in messages
 */
export function problemsOf(schema: v.GenericSchema, input: unknown, root: string): readonly Problem[] {
  const node = schema as unknown as SchemaNode;
  const { issues = [] } = v.safeParse(schema, input);
  return [
    ...unknownKeyProblems(node, input, ''),
    ...issues.map((issue) => problemOf(node, input, issue, root)),
  ];
}

/** Converts a valibot issue to a problem, with the help text of the deepest field that has a help text. */
function problemOf(schema: SchemaNode, input: unknown, issue: v.BaseIssue<unknown>, root: string): Problem {
  const steps = (issue.path ?? []).map(({ key, value }) => ({ key: key as string | number, value }));
  let help = helpOf(schema) as FieldHelp;
  let depth = 0;
  let node = schema;
  for (const [index, { key }] of steps.entries()) {
    const child = childOf(node, key) ?? {};
    const childHelp = helpOf(child) ?? helpOf(node)?.fields?.[key];
    if (childHelp !== undefined) [help, depth] = [childHelp, index + 1];
    node = child;
  }
  // `issue.input` is not used, because valibot may have transformed it already.
  const got = depth === 0 ? input : steps[depth - 1]?.value;
  const path = steps.slice(0, depth).map(({ key }) => key);
  return {
    path: formatPath(path) || root,
    got: path.includes('secret') ? showWithoutSecret(got) : showValue(got),
    allowed: help.allowed,
    fix: typeof help.fix === 'string' ? help.fix : help.fix(got),
  };
}

function helpOf(node: SchemaNode): FieldHelp | undefined {
  const metadata = v.getMetadata(unwrapNode(node) as unknown as v.GenericSchema);
  return 'allowed' in metadata ? (metadata as unknown as FieldHelp) : undefined;
}

function childOf(node: SchemaNode, key: string | number): SchemaNode | undefined {
  const { item, entries, options = [] } = unwrapNode(node);
  return item ?? entries?.[key] ?? options.map((option) => childOf(option, key)).find(Boolean);
}

function unwrapNode(node: SchemaNode): SchemaNode {
  return node.wrapped === undefined ? node : unwrapNode(node.wrapped);
}

function unknownKeyProblems(schema: SchemaNode, input: unknown, path: string): readonly Problem[] {
  const { item, entries } = matchingOption(schema, input) ?? {};
  if (item !== undefined && Array.isArray(input))
    return input.flatMap((each, index) => unknownKeyProblems(item, each, `${path}[${index}]`));
  if (entries === undefined) return [];
  const allowed = Object.keys(entries);
  return Object.entries(recordOf(input)).flatMap(([key, value]) => {
    // A leading "//" marks a comment in cdk.json.
    if (key.startsWith('//')) return [];
    const at = path === '' ? key : `${path}.${key}`;
    const child = entries[key];
    if (child !== undefined) return unknownKeyProblems(child, value, at);
    const fix = suggestionText(key, allowed, 'remove it');
    return { path: at, got: 'an unknown key', allowed: allowed.map(showValue).join(', '), fix };
  });
}

/** For a union, returns the option with the same literal as the input; otherwise, the schema itself. */
function matchingOption(schema: SchemaNode, input: unknown): SchemaNode | undefined {
  const node = unwrapNode(schema);
  return node.options === undefined
    ? node
    : node.options
        .map((option) => matchingOption(option, input))
        .find((option) =>
          Object.entries(option?.entries ?? {}).some(
            ([key, { literal }]) => literal !== undefined && literal === recordOf(input)[key],
          ),
        );
}

function formatPath(keys: readonly (string | number)[]): string {
  return keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

/** Returns the value as a record if the value is an object; otherwise an empty object. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** Parses an object. The result does not contain the fields that the schema rejects. */
export function parseValidFields<T extends object>(
  schema: v.GenericSchema<unknown, T>,
  input: Readonly<Record<string, unknown>>,
): Partial<T> {
  const { output, issues = [] } = v.safeParse(schema, input);
  const rejected = new Set(issues.map(({ path }) => path?.[0]?.key));
  return Object.fromEntries(Object.entries(output as T).filter(([key]) => !rejected.has(key))) as Partial<T>;
}
