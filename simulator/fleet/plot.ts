import type { TopLevelSpec } from 'vega-lite';
import { render } from '../year/plot.ts';
import type { Measured } from './measure.ts';

const PANELS = [
  ['until the last has its token, minutes', (m: Measured) => Math.max(1, m.wait.longest / 60)],
  ['deepest queue, messages', (m: Measured) => Math.max(1, m.queue.deepest)],
  ['tokens that died for want of quota', (m: Measured) => Math.max(0.5, m.died)],
  ['ticks that could not read, %', (m: Measured) => Math.max(0.01, 100 * m.unheard)],
] as const;
const SIZES = { values: [10, 100, 1000, 10_000, 100_000], format: ',' };
const SIZE = { width: 380, height: 220 };

/** The size of a fleet against what its moments come to, both on logarithmic axes. @returns a standalone SVG */
export function curves(rows: readonly Measured[]): Promise<string> {
  const x = {
    field: 'credentials',
    type: 'quantitative',
    title: 'credentials',
    scale: { type: 'log' },
    axis: SIZES,
  } as const;
  const panel = ([title, value]: (typeof PANELS)[number]) => ({
    ...SIZE,
    title,
    data: {
      values: rows.map((row) => ({
        credentials: row.credentials,
        moment: `${row.moment}, ${row.quotas}`,
        value: value(row),
      })),
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
      color: { field: 'moment', type: 'nominal' as const, title: null, legend: { labelLimit: 0 } },
    },
  });
  const [first, second, third, fourth] = PANELS;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    vconcat: [{ hconcat: [panel(first), panel(second)] }, { hconcat: [panel(third), panel(fourth)] }],
    config: { font: 'sans-serif' },
  };
  return render(spec);
}
