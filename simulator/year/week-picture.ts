import { inSession } from '../trading-calendar.ts';
import { BAD_YEAR, generateFaults, type Span } from './fault-model.ts';
import { runPolicy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HALF_HOUR = HOUR / 2;
/** Fault rates that cause several outages per week. */
const PICTURE_FAULT_RATES = { ...BAD_YEAR, outagesPerYear: 4 * BAD_YEAR.outagesPerYear, outageMedian: 25 };

/** A Monday, so that the picture shows a complete week of trading sessions. */
const START = Date.parse('2027-03-08T00:00:00+09:00');
export const PICTURE_DAYS = 7;
const PICTURE_SPAN = { from: START, to: START + PICTURE_DAYS * DAY };

const LEFT_MARGIN = 130;
const WIDTH = 860;
const HEIGHT = 170;
const ROW_POSITIONS = { published: 40, replaced: 75, outage: 110 } as const;
const COLORS = {
  'published token': '#2a7f62',
  'replaced token, still live': '#a8d5c2',
  'trading session': '#fbe7bf',
  'outage of the broker': '#c8553d',
} as const;

function x(instant: number): number {
  const { from, to } = PICTURE_SPAN;
  return LEFT_MARGIN + Math.round((10 * WIDTH * (Math.min(instant, to) - from)) / (to - from)) / 10;
}

function bar(span: Span, y: number, color: keyof typeof COLORS, height = 20): string {
  const width = Math.max(0.5, x(span.to) - x(span.from)).toFixed(1);
  return `<rect x="${x(span.from)}" y="${y}" width="${width}" height="${height}" fill="${COLORS[color]}"/>`;
}

function text(left: number, y: number, words: string, anchor = 'start'): string {
  return `<text x="${left}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}

/** Draws a week in Korean time: tokens, renewals, sessions and outages. @returns an SVG document */
export async function drawWeek(scenario: Scenario, seed = 1): Promise<string> {
  const { from, to } = PICTURE_SPAN;
  const faults = generateFaults(PICTURE_FAULT_RATES, PICTURE_SPAN, scenario.checkEverySeconds * 1000, seed);
  const { world } = await runPolicy(scenario, 'refresher', faults);
  const tokens = world.publications.map(({ at, token }, index) => {
    const { expiresAt = at, invalidatedAt = expiresAt } = world.broker().find(token) ?? {};
    const replacedAt = world.publications[index + 1]?.at ?? to;
    return {
      from: at,
      to: Math.min(replacedAt, invalidatedAt),
      replacedAt,
      end: Math.min(expiresAt, invalidatedAt),
    };
  });
  const replaced = tokens.filter(({ end, replacedAt }) => end > replacedAt);
  const halfHours = Array.from({ length: (to - from) / HALF_HOUR }, (_, index) => from + index * HALF_HOUR);
  const days = Array.from({ length: PICTURE_DAYS }, (_, day) => from + day * DAY);
  const shapes = [
    ...halfHours
      .filter((instant) => inSession(scenario.sessions, instant))
      .map((instant) => bar({ from: instant, to: instant + HALF_HOUR }, 30, 'trading session', 110)),
    ...tokens.map((span) => bar(span, ROW_POSITIONS.published, 'published token')),
    ...replaced.map(({ replacedAt, end }) =>
      bar({ from: replacedAt, to: end }, ROW_POSITIONS.replaced, 'replaced token, still live'),
    ),
    ...faults.broker.map((span) => bar(span, ROW_POSITIONS.outage, 'outage of the broker')),
    ...world.publications.slice(1).map(({ at }) => `<rect x="${x(at)}" y="35" width="2" height="30"/>`),
  ];
  const names = [
    text(10, 20, `${scenario.name}: ${PICTURE_DAYS} simulated days (seed ${seed}), Korean time`),
    ...Object.entries(ROW_POSITIONS).map(([name, y]) => text(LEFT_MARGIN - 8, y + 14, name, 'end')),
    ...days.map((day) => text(x(day), 153, weekday(day))),
    ...Object.entries(COLORS).flatMap(([name, color], index) => [
      `<rect x="${LEFT_MARGIN + 200 * index}" y="160" width="10" height="10" fill="${color}"/>`,
      text(LEFT_MARGIN + 200 * index + 16, 169, name),
    ]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT_MARGIN + WIDTH + 10} ${HEIGHT + 10}" font-family="sans-serif" font-size="12" shape-rendering="crispEdges">
<rect width="100%" height="100%" fill="white"/>
${[...shapes, ...names].join('\n')}
</svg>
`;
}

function weekday(instant: number): string {
  return new Date(instant).toLocaleDateString('en', {
    weekday: 'short',
    day: '2-digit',
    timeZone: 'Asia/Seoul',
  });
}
