import { inSession } from '../trading-calendar.ts';
import { BAD_YEAR, generateFaults, type Span } from './fault-model.ts';
import { runPolicy } from './run-policy.ts';
import type { Scenario } from './scenario.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HALF_HOUR = HOUR / 2;
/** Fault rates that cause several outages per week. */
const PICTURE_FAULT_RATES = { ...BAD_YEAR, outagesPerYear: 4 * BAD_YEAR.outagesPerYear, outageMedian: 25 };

const LEFT_MARGIN = 130;
const WIDTH = 860;
const HEIGHT = 170;
const ROW_POSITIONS = { published: 40, replaced: 75, outage: 110 } as const;
const LEGEND = [
  ['published token', '#2a7f62'],
  ['replaced token, still live', '#a8d5c2'],
  ['trading session', '#fbe7bf'],
  ['outage of the broker', '#c8553d'],
] as const;

/**
 * Draws a timeline of some days in Korean time: tokens, renewals, sessions and outages. @returns an SVG
 * document
 */
export async function drawWeek(
  scenario: Scenario,
  { days, seed, from }: { readonly days: number; readonly seed: number; readonly from: number },
): Promise<string> {
  const to = from + days * DAY;
  const faults = generateFaults(PICTURE_FAULT_RATES, { from, to }, scenario.checkEverySeconds * 1000, seed);
  const { world } = await runPolicy(scenario, 'refresher', faults);
  const x = (instant: number) =>
    LEFT_MARGIN + Math.round((10 * WIDTH * (Math.min(instant, to) - from)) / (to - from)) / 10;
  const bar = (span: Span, y: number, height: number, color: string): string =>
    `<rect x="${x(span.from)}" y="${y}" width="${Math.max(0.5, x(span.to) - x(span.from)).toFixed(1)}" height="${height}" fill="${color}"/>`;
  const text = (left: number, y: number, words: string, anchor = 'start'): string =>
    `<text x="${left}" y="${y}" text-anchor="${anchor}">${words}</text>`;

  const tokens = world.publications.map(({ at, token }, index) => {
    const { expiresAt = at, diedAt = expiresAt } = world.broker().find(token) ?? {};
    const replacedAt = world.publications[index + 1]?.at ?? to;
    return { from: at, to: Math.min(replacedAt, diedAt), replacedAt, end: Math.min(expiresAt, diedAt) };
  });
  const replaced = tokens.filter(({ end, replacedAt }) => end > replacedAt);
  const [published, still, session, outage] = LEGEND.map(([, color]) => color) as [
    string,
    string,
    string,
    string,
  ];
  const shapes = [
    ...halfHours(from, to)
      .filter((instant) => inSession(scenario.sessions, instant))
      .map((instant) => bar({ from: instant, to: instant + HALF_HOUR }, 30, 110, session)),
    ...tokens.map((span) => bar(span, ROW_POSITIONS.published, 20, published)),
    ...replaced.map(({ replacedAt, end }) =>
      bar({ from: replacedAt, to: end }, ROW_POSITIONS.replaced, 20, still),
    ),
    ...faults.broker.map((span) => bar(span, ROW_POSITIONS.outage, 20, outage)),
    ...world.publications.slice(1).map(({ at }) => `<rect x="${x(at)}" y="35" width="2" height="30"/>`),
  ];
  const names = [
    text(10, 20, `${scenario.name}: ${days} simulated days (seed ${seed}), Korean time`),
    text(LEFT_MARGIN - 8, ROW_POSITIONS.published + 14, 'published', 'end'),
    text(LEFT_MARGIN - 8, ROW_POSITIONS.replaced + 14, 'replaced', 'end'),
    text(LEFT_MARGIN - 8, ROW_POSITIONS.outage + 14, 'outage', 'end'),
    ...Array.from({ length: days }, (_, day) => text(x(from + day * DAY), 153, weekday(from + day * DAY))),
    ...LEGEND.flatMap(([name, color], index) => [
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

function halfHours(from: number, to: number): readonly number[] {
  return Array.from({ length: (to - from) / HALF_HOUR }, (_, index) => from + index * HALF_HOUR);
}

function weekday(instant: number): string {
  return new Date(instant).toLocaleDateString('en', {
    weekday: 'short',
    day: '2-digit',
    timeZone: 'Asia/Seoul',
  });
}
