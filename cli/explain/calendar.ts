import type { Session } from '../../lambdas/shared/sessions.ts';
import type { Paint } from '../terminal/terminal.ts';
import { DAY, kst, MINUTE, startOfDay, weekday } from '../time.ts';
import { inAnySession, type Renewal } from './week.ts';

export interface CalendarDays {
  /** An instant of the first day (KST); earlier cells of that day are blank. */
  readonly from: number;
  readonly days: number;
  readonly sessions: readonly Session[];
  readonly renewals: readonly Renewal[];
}

const CELL = 30 * MINUTE;
const CELLS = DAY / CELL;
const MARGIN = '  ';

/** A line for each day with a column for each half hour: sessions and renewals. */
export function calendar({ from, days, sessions, renewals }: CalendarDays, paint: Paint): string[] {
  const hours = Array.from({ length: 8 }, (_, index) =>
    String(index * 3)
      .padStart(2, '0')
      .padEnd(6),
  ).join('');
  const lines = Array.from({ length: days }, (_, index) => {
    const day = startOfDay(from) + index * DAY;
    const today = renewals.filter(({ at }) => at >= day && at < day + DAY);
    const cells = Array.from({ length: CELLS }, (__, cell) => {
      const start = day + cell * CELL;
      const renewal = today.find(({ at }) => at >= start && at < start + CELL);
      if (renewal !== undefined) return paint(renewal.inSession ? 'yellow' : 'green', '●');
      if (start + CELL <= from) return ' ';
      return paint('dim', inAnySession(start + CELL / 2, sessions) ? '▒' : '·');
    });
    const times = today.map(({ at, inSession }) =>
      paint(inSession ? 'yellow' : 'reset', kst(at).slice(11, 16)),
    );
    return `${MARGIN}${weekday(day)} ${kst(day).slice(5, 10)}  ${cells.join('')}  ${times.join(' ')}`.trimEnd();
  });
  return [`${MARGIN}${paint('dim', `${' '.repeat(11)}${hours.trimEnd()}`)}`, ...lines];
}
