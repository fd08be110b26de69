import type { Metafile } from 'esbuild';

/** How many packages are named. */
const NAMED = 16;

/**
 * What is in a bundle, by package and by room of this project, the heaviest first.
 * @returns lines of a Markdown table
 * @throws RangeError unless the metafile tells of one file
 */
export function composition(metafile: Metafile): readonly string[] {
  const outputs = Object.values(metafile.outputs);
  const [output] = outputs;
  if (output === undefined || outputs.length > 1)
    throw new RangeError(`a bundle is one file, the metafile tells of ${outputs.length}`);
  const weights = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const name = ownerOf(path);
    weights.set(name, (weights.get(name) ?? 0) + bytesInOutput);
  }
  const sorted = [...weights].toSorted(([, a], [, b]) => b - a);
  const others = sorted.slice(NAMED);
  const rest = others.reduce((sum, [, bytes]) => sum + bytes, 0);
  const line = (name: string, bytes: number) =>
    `| ${name} | ${(bytes / 1024).toFixed(1)} | ${((100 * bytes) / output.bytes).toFixed(1)} % |`;
  return [
    '| in the bundle | KB | share |',
    '|---|---:|---:|',
    ...sorted.slice(0, NAMED).map(([name, bytes]) => line(name, bytes)),
    ...(others.length > 0 ? [line(`${others.length} others`, rest)] : []),
    line('all', output.bytes),
  ];
}

/** The innermost package that a file belongs to, or the room of this project. */
function ownerOf(path: string): string {
  const within = path.split('node_modules/').at(-1);
  if (within === undefined || within === path) return path.split('/').slice(0, 2).join('/');
  const [first = '', second = ''] = within.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
