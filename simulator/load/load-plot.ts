import type { TopLevelSpec } from 'vega-lite';
import { renderSvg } from '../year/availability-plot.ts';
import type { LoadResult } from './load-result.ts';

const PANELS = [
  // Nothing is drawn where the last had none when the simulation ended.
  [
    'until the last has its token, minutes',
    (m: LoadResult) => (m.unserved > 0 ? undefined : Math.max(1, m.wait.longest / 60)),
  ],
  ['deepest queue, messages', (m: LoadResult) => Math.max(1, m.queue.deepest)],
  ['tokens that died for want of quota (none: 0.5)', (m: LoadResult) => Math.max(0.5, m.died)],
  ['ticks lost, % (0.01 or less: 0.01)', (m: LoadResult) => Math.max(0.01, 100 * m.lost)],
  ['reads, % of the quota in the busiest minute', (m: LoadResult) => 100 * m.used.reads.minute],
  ['writes, % of the quota in the busiest minute', (m: LoadResult) => 100 * m.used.writes.minute],
] as const;
const SIZES = { values: [10, 100, 1000, 10_000, 100_000], format: ',' };
const DASHES = ['solid', 'dashed', 'dotted'];
const SIZE = { width: 340, height: 170 };

/** The size of a fleet against what its scenarios come to, both on logarithmic axes. @returns a standalone SVG */
export function plotLoad(rows: readonly LoadResult[]): Promise<string> {
  const quotas = [...new Set(rows.map((row) => row.quotas))];
  const sizes = rows.map(({ credentials }) => credentials);
  const scale = { type: 'log' as const, domain: [Math.min(...sizes), Math.max(...sizes)] };
  const x = {
    field: 'credentials',
    type: 'quantitative',
    title: 'credentials',
    scale,
    axis: SIZES,
  } as const;
  const panel = ([title, value]: (typeof PANELS)[number]) => ({
    ...SIZE,
    title,
    data: {
      values: rows.flatMap((row) => {
        const { credentials, scenario } = row;
        const drawn = value(row);
        return drawn === undefined ? [] : [{ credentials, scenario, quotas: row.quotas, value: drawn }];
      }),
    },
    mark: { type: 'line' as const, point: true },
    encoding: {
      x,
      y: {
        field: 'value',
        type: 'quantitative' as const,
        title: null,
        scale: { type: 'log' as const },
        axis: { format: '~g', tickCount: 5 },
      },
      color: { field: 'scenario', type: 'nominal' as const },
      // Named in the title: a legend of dashes does not go with points.
      strokeDash: { field: 'quotas', type: 'nominal' as const, sort: quotas, legend: null },
    },
  });
  const title = quotas.map((name, index) => `${DASHES[index] ?? 'finer'}: ${name}`).join(', ');
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    title: { text: `Quotas – ${title}`, anchor: 'start' },
    columns: 2,
    concat: PANELS.map(panel),
    config: { font: 'sans-serif' },
  };
  return renderSvg(spec);
}
