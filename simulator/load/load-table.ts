import type { Column } from '../table.ts';
import type { LoadResult } from './load-scenarios.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en');
const share = (value: number): string => `${(100 * value).toFixed(value > 0 && value < 0.0995 ? 1 : 0)} %`;

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const counted = (title: string, value: (result: LoadResult) => number): Column<LoadResult> => ({
  title,
  cell: (result) => count(value(result)),
});
const usage = (title: string, quota: keyof LoadResult['used']): Column<LoadResult> => ({
  title,
  cell: ({ used }) => share(used[quota].minute),
});

/** The columns of the result table. docs/scale.md explains each column. */
export const LOAD_COLUMNS: readonly Column<LoadResult>[] = [
  { title: 'scenario', cell: ({ scenario }) => scenario, align: 'left' },
  { title: 'quotas', cell: ({ quotas }) => quotas, align: 'left' },
  counted('credentials', ({ credentials }) => credentials),
  { title: 'token after', cell: ({ wait }) => duration(wait.median) },
  {
    title: 'last after',
    cell: ({ wait, overdue }) => `${overdue > 0 ? '> ' : ''}${duration(wait.longest)}`,
  },
  counted('expired', ({ expired }) => expired),
  counted('in outage', ({ expiredInOutage }) => expiredInOutage),
  { title: 'calls/token', cell: ({ callsPerToken }) => callsPerToken.toFixed(2) },
  counted('queue', ({ queue }) => queue.deepest),
  { title: 'waited', cell: ({ queue }) => duration(queue.longestWait) },
  usage('reads', 'reads'),
  usage('writes', 'writes'),
  usage('at once', 'concurrency'),
  usage('FIFO', 'queue'),
  usage('scheduler', 'scheduler'),
  usage('KMS', 'kms'),
  { title: 'parameters', cell: ({ parameters }) => share(parameters) },
  { title: 'ticks lost', cell: ({ lost }) => share(lost) },
  counted('no metrics', ({ withoutMetrics }) => withoutMetrics),
];
