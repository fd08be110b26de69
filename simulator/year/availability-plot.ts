import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { protectedSince } from '../../lambdas/decision/trading-hours.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { BAD_YEAR, generateFaults, type Span } from './fault-model.ts';
import { runPolicy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KST = 9 * HOUR;

/** Korean time on an axis that knows UTC only. */
const kst = (instant: number): string => new Date(instant + KST).toISOString();
const bar = ({ from, to }: Span, row: string, kind: string) => ({ from: kst(from), to: kst(to), row, kind });

/** A timeline of some days: token lives, renewals, sessions, outages. @returns a standalone SVG */
export async function plotTimeline(
  scenario: Scenario,
  options: { readonly days: number; readonly seed: number; readonly from: number },
): Promise<string> {
  const { days, seed, from } = options;
  const span = { from, to: from + days * DAY };
  // Weather that is worth a picture: a bad year's, four times as dense.
  const rates = { ...BAD_YEAR, outagesPerYear: 4 * BAD_YEAR.outagesPerYear, outageMedian: 25 };
  const faults = generateFaults(rates, span, scenario.checkEverySeconds * 1000, seed);
  const { world } = await runPolicy(scenario, 'ours', faults);
  const lives = world.publications.flatMap(({ at, token }, index) => {
    const record = world.broker.ledger.find(token);
    if (!record) return [];
    const until = Math.min(world.publications[index + 1]?.at ?? span.to, span.to);
    const end = Math.min(record.expiresAt, record.diedAt ?? record.expiresAt, span.to);
    const published = bar({ from: at, to: Math.min(until, end) }, 'published token', 'published');
    return end > until
      ? [published, bar({ from: until, to: end }, 'token before it', 'replaced, and still alive')]
      : [published];
  });
  const sessions = sessionsIn(span, scenario.sessions).map((each) => bar(each, '', 'session'));
  const outages = faults.broker.map((each) =>
    bar({ from: each.from, to: Math.min(each.to, span.to) }, 'broker', 'outage'),
  );
  const changes = world.publications.slice(1).map(({ at }) => ({ at: kst(at), row: 'published token' }));
  const x = {
    field: 'from',
    type: 'temporal',
    scale: { type: 'utc' },
    axis: { format: '%a %d', tickCount: 'day', title: null, grid: true, labelAlign: 'left' },
  } as const;
  const y = { field: 'row', type: 'nominal', sort: ROWS, title: null } as const;
  const color = {
    field: 'kind',
    type: 'nominal',
    title: null,
    scale: { domain: KINDS, range: ['#2a7f62', '#a8d5c2', '#fbe7bf', '#c8553d'] },
    legend: { orient: 'bottom', labelLimit: 0 },
  } as const;
  return renderSvg({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 860,
    height: 120,
    background: 'white',
    title: {
      text: `${scenario.name}: ${days} simulated days (seed ${seed}), Korean time`,
      anchor: 'start',
      fontSize: 13,
    },
    layer: [
      {
        data: { values: sessions },
        mark: 'rect',
        encoding: { x, x2: { field: 'to' }, color },
      },
      {
        data: { values: [...lives, ...outages] },
        mark: { type: 'bar', height: { band: 0.6 } },
        encoding: { x, x2: { field: 'to' }, y, color },
      },
      {
        data: { values: changes },
        mark: { type: 'tick', color: '#111', thickness: 2, height: 30, orient: 'vertical' },
        encoding: { x: { ...x, field: 'at' }, y },
      },
    ],
    config: { view: { stroke: null }, font: 'sans-serif' },
  });
}

const ROWS = ['published token', 'token before it', 'broker'];
const KINDS = ['published', 'replaced, and still alive', 'session', 'outage'];

const MARGIN_AXIS = { values: [15, 30, 60, 120, 240, 480] };

export interface MarginSweepPoint {
  readonly margin: number;
  readonly faultLevel: string;
  readonly dead: number;
  readonly issuesPerDay: number;
}

/** Margin against dead seconds and issues a day. @returns a standalone SVG */
export function plotMarginSweep(points: readonly MarginSweepPoint[]): Promise<string> {
  const x = {
    field: 'margin',
    type: 'quantitative',
    title: 'renewBefore, minutes',
    scale: { type: 'log' },
    axis: MARGIN_AXIS,
  } as const;
  const color = {
    field: 'faultLevel',
    type: 'nominal',
    title: 'outages',
    scale: { domain: ['mild', 'bad', 'awful'], range: ['#2a7f62', '#d68c1c', '#c8553d'] },
  } as const;
  const values = points.map((point) => ({ ...point, dead: Math.max(point.dead, 1) }));
  return renderSvg({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    data: { values },
    hconcat: [
      {
        width: 380,
        height: 260,
        title: 'Seconds a year without a living token',
        mark: { type: 'line', point: true },
        encoding: {
          x,
          y: {
            field: 'dead',
            type: 'quantitative',
            scale: { type: 'log' },
            title: 'seconds a year (1 or less: 1)',
          },
          color,
        },
      },
      {
        width: 380,
        height: 260,
        title: 'Issues a day',
        mark: { type: 'line', point: true },
        encoding: {
          x,
          y: { field: 'issuesPerDay', type: 'quantitative', scale: { zero: false }, title: 'issues a day' },
          color,
        },
      },
    ],
    config: { font: 'sans-serif' },
  });
}

/** @returns a standalone SVG */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  return view.toSVG();
}

function sessionsIn({ from, to }: Span, sessions: readonly Session[]): readonly Span[] {
  const found: { from: number; to: number }[] = [];
  for (let now = from; now < to; now += 5 * MINUTE) {
    if (protectedSince(now, sessions, 0) === undefined) continue;
    const open = found.at(-1);
    if (open && open.to === now) open.to = now + 5 * MINUTE;
    else found.push({ from: now, to: now + 5 * MINUTE });
  }
  return found;
}
