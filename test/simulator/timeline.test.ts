import { describe, expect, it } from 'vitest';
import { Timeline } from '../../simulator/timeline.ts';

describe('the event timeline of the simulator', () => {
  it('runs events in the order of their time, and simultaneous events in the order of their creation', async () => {
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

  it('runs the code after "await timeline.until(time)" before the next event', async () => {
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

  it('stops early when isDone() returns true', async () => {
    const timeline = new Timeline(0);
    for (let at = 0; at < 600_000; at += 500) timeline.plan(at, () => {});
    await timeline.run(3_600_000, () => timeline.now >= 180_000);
    expect(timeline.now).toBeLessThan(300_000);
  });
});
