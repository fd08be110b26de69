import { describe, expect, it } from 'vitest';
import { Timeline } from '../../simulator/timeline.ts';

describe('simulated time for many at once', () => {
  it('goes in order of time, and within an instant in order of planning', async () => {
    const timeline = new Timeline(0);
    const seen: string[] = [];
    for (const [at, name] of [
      [30, 'c'],
      [10, 'a'],
      [30, 'd'],
      [20, 'b'],
    ] as const)
      timeline.plan(at, () => seen.push(`${timeline.now} ${name}`));
    await timeline.run(25);
    expect(seen).toEqual(['10 a', '20 b']);
    expect(timeline.now).toBe(25);
    await timeline.run(100);
    expect(seen).toEqual(['10 a', '20 b', '30 c', '30 d']);
  });

  it('waits for what a promise has woken before it goes on', async () => {
    const timeline = new Timeline(0);
    const seen: number[] = [];
    const sleeper = async () => {
      await timeline.until(10);
      seen.push(timeline.now);
      await timeline.until(timeline.now + 5);
      seen.push(timeline.now);
    };
    const slept = sleeper();
    timeline.plan(12, () => seen.push(-12));
    await timeline.run(20);
    await slept;
    expect(seen).toEqual([10, -12, 15]);
  });

  it('ends early if that is enough', async () => {
    const timeline = new Timeline(0);
    for (let at = 0; at < 600_000; at += 500) timeline.plan(at, () => {});
    await timeline.run(3_600_000, () => timeline.now >= 180_000);
    expect(timeline.now).toBeLessThan(300_000);
  });
});
