import type { DeadSpan, World } from './world.ts';
import { names } from './world.ts';

const HOUR = 60 * 60 * 1000;

/**
 * A line of hours per credential: the digit is the generation that a reader found at the beginning of
 * the hour, `|` an hour in which it changed, `x` one in which there was no living token.
 */
export function picture(world: World, from: number, to: number): string[] {
  const hours = Math.ceil((to - from) / HOUR);
  const width = Math.max(...world.credentials.map(({ id }) => id.length));
  const days = Array.from({ length: hours }, (_, hour) => {
    const time = from + hour * HOUR;
    return kstHour(time) === 0 ? 0 : kstHour(time) % 6 === 0 ? 6 : undefined;
  });
  const ruler = days.map((mark) => (mark === 0 ? '0' : mark === 6 ? '·' : ' ')).join('');
  const rows = world.credentials.map(({ id }) => {
    const versions = world.aws.parameterVersions(names(id).token).map(({ modifiedAt }) => modifiedAt);
    const dead = world.deadSpans(id, to);
    const cells = days.map((_, hour) => cell(from + hour * HOUR, versions, dead));
    return `${id.padEnd(width)}  ${cells.join('')}`;
  });
  return [
    `${' '.repeat(width)}  ${ruler}   (0 = midnight in Korea, · = 06:00, 12:00, 18:00)`,
    ...rows,
    `${' '.repeat(width)}  digit: generation published, |: replaced in this hour, x: no living token`,
  ];
}

function cell(start: number, changes: readonly number[], dead: readonly DeadSpan[]): string {
  const end = start + HOUR;
  if (dead.some((span) => span.from < end && start < span.to)) return 'x';
  if (changes.slice(1).some((at) => start <= at && at < end)) return '|';
  const generation = changes.filter((at) => at < end).length;
  return generation === 0 ? ' ' : String(generation % 10);
}

function kstHour(instant: number): number {
  return new Date(instant + 9 * HOUR).getUTCHours();
}
