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

/** Returns the texts of all string and template literals, with "…" in place of each expression of a template. */
function textsIn(node: AstNode): readonly string[] {
  if (SKIPPED_NODE_TYPES.test(node.type)) return [];
  const texts = Object.values(node).flat().filter(isNode).flatMap(textsIn);
  if (node.type === 'Literal' && typeof node['value'] === 'string') return [node['value']];
  if (node.type !== 'TemplateLiteral') return texts;
  const parts = node['quasis'] as readonly { readonly value: { readonly cooked: string | null } }[];
  return [parts.map(({ value }) => value.cooked ?? '').join('…'), ...texts];
}

/** Returns all string and template literals of several words, except in types and imports. */
export function sentencesIn(source: string): readonly string[] {
  const program = parseAst(source, { lang: 'ts' }) as unknown as AstNode;
  return textsIn(program).filter((text) => text.trim().includes(' '));
}
