import { parseAst } from 'vitest/node';

interface AstNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && typeof (value as AstNode)['type'] === 'string';

/** Types and imports contain no text that a user sees. */
const SKIPPED_NODE_TYPES =
  /^TS(?:TypeAliasDeclaration|InterfaceDeclaration|TypeAnnotation|LiteralType)$|^Import|^Export(?:All)/;

function* nodesOf(node: AstNode): Generator<AstNode> {
  if (SKIPPED_NODE_TYPES.test(node.type)) return;
  yield node;
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodesOf(child);
}

/** Returns the text of a string or template literal, with "…" in place of each expression of a template. */
function textOf(node: AstNode): string | undefined {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const parts = node['quasis'] as readonly { readonly value: { readonly cooked: string | null } }[];
  return parts.map(({ value }) => value.cooked ?? '').join('…');
}

const parse = (source: string) => parseAst(source, { lang: 'ts' }) as unknown as AstNode;

/** Returns all string and template literals of several words, except in types and imports. */
export function sentencesIn(source: string): readonly string[] {
  return [...nodesOf(parse(source))]
    .map(textOf)
    .filter((text) => text?.trim().includes(' ') === true) as string[];
}

/** Returns the titles of all suites and tests, including those created from a table with `each` or `for`. */
export function testTitlesIn(source: string): readonly string[] {
  return [...nodesOf(parse(source))].flatMap((node) => {
    if (node.type !== 'CallExpression' || !/^(?:describe|it|test)$/.test(rootNameOf(node) ?? '')) return [];
    const [title] = node['arguments'] as readonly AstNode[];
    return (title && textOf(title)) ?? [];
  });
}

/** Returns the first name of a call, for example `test` for `test.each(…)(…)`. */
function rootNameOf(node: AstNode): string | undefined {
  const innerNode = node['callee'] ?? node['object'] ?? node['tag'];
  return isNode(innerNode) ? rootNameOf(innerNode) : (node['name'] as string | undefined);
}
