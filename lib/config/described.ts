import * as v from 'valibot';
import { type Problem, showValue, showWithoutSecret, suggestionText } from './configuration-error.ts';

/** The values that a field accepts, and how to correct a rejected value. */
export interface FieldHelp {
  readonly allowed: string;
  readonly fix: string | ((got: unknown) => string);
  /** The help for nested fields whose schema is defined in a different file. */
  readonly fields?: Readonly<Record<string, FieldHelp>>;
}

/** Adds help to a schema. `problemsOf` shows this help for each value that the schema rejects. */
export function withHelp<const S extends v.GenericSchema>(schema: S, help: FieldHelp) {
  return v.pipe(schema, v.metadata({ ...help }));
}

/** The parts of a valibot schema that `problemsOf` follows along a path. */
interface SchemaNode {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  readonly wrapped?: SchemaNode;
  readonly options?: readonly SchemaNode[];
  readonly literal?: unknown;
}

/**
 * Returns a problem for every value that the schema rejects and for every unknown key. Unknown keys are
 * problems, because a misspelled option would have no effect and cause no error.
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

function problemOf(schema: SchemaNode, input: unknown, issue: v.BaseIssue<unknown>, root: string): Problem {
  const keys = (issue.path ?? []).map(({ key }) => key as string | number);
  const { help, depth } = deepestHelp(schema, keys);
  // `issue.input` is not used, because valibot may have transformed it already.
  const got = depth === 0 ? input : issue.path?.[depth - 1]?.value;
  const path = keys.slice(0, depth);
  const fix = help?.fix ?? 'see docs/settings.md';
  return {
    path: pathOf(path) || root,
    got: path.includes('secret') ? showWithoutSecret(got) : showValue(got),
    allowed: help?.allowed ?? issue.message,
    fix: typeof fix === 'string' ? fix : fix(got),
  };
}

/** Returns the help of the deepest field on the path for which help exists, and the depth of this field. */
function deepestHelp(schema: SchemaNode, keys: readonly (string | number)[]) {
  let found: { readonly help: FieldHelp | undefined; readonly depth: number } = {
    help: helpOf(schema),
    depth: 0,
  };
  let node: SchemaNode | undefined = schema;
  for (const [index, key] of keys.entries()) {
    const parentHelp: FieldHelp | undefined = node && helpOf(node);
    node = node && childOf(node, key);
    const help = (node && helpOf(node)) ?? parentHelp?.fields?.[key];
    if (help !== undefined) found = { help, depth: index + 1 };
  }
  return found;
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
  const node = matchingOption(unwrapNode(schema), input);
  if (node?.item !== undefined && Array.isArray(input))
    return input.flatMap((each, index) =>
      unknownKeyProblems(node.item as SchemaNode, each, `${path}[${index}]`),
    );
  if (node?.entries === undefined || node.type === 'strict_object') return [];
  const allowed = Object.keys(node.entries);
  return Object.entries(recordOf(input))
    .filter(([key]) => !isComment(key))
    .flatMap(([key, value]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const child = node.entries?.[key];
      return child === undefined
        ? [unknownKeyProblem(at, key, allowed)]
        : unknownKeyProblems(child, value, at);
    });
}

function unknownKeyProblem(path: string, key: string, allowed: readonly string[]): Problem {
  return {
    path,
    got: 'an unknown key',
    allowed: allowed.map(showValue).join(', '),
    fix: suggestionText(key, allowed, 'remove it'),
  };
}

/** A leading "//" marks a comment in cdk.json. */
function isComment(key: string): boolean {
  return key.startsWith('//');
}

/**
 * If the schema is a union, returns the option with a literal that equals the same field of the input, or
 * undefined if no option matches. Otherwise returns the schema itself.
 */
function matchingOption(node: SchemaNode, input: unknown): SchemaNode | undefined {
  if (node.options === undefined || node.type === 'picklist') return node;
  const record = recordOf(input);
  return node.options
    .map((option) => matchingOption(unwrapNode(option), input))
    .find((option) =>
      Object.entries(option?.entries ?? {}).some(
        ([key, { literal }]) => literal !== undefined && literal === record[key],
      ),
    );
}

/** Formats a path, for example as `credentials[0].secret.name`. */
function pathOf(keys: readonly (string | number)[]): string {
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

/** Parses the value of a single field. Returns undefined if the schema rejects the value. */
export function parseField<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
