import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../simulator/clock.ts';
import { formatKst, formatKstDigits } from '../../simulator/kst.ts';
import { HOUR, START } from './brokers/broker-harness.ts';

describe('the simulated clock', () => {
  it('changes only when it is set, and can be set to an earlier time', () => {
    const clock = new ManualClock(START);
    expect(clock.now()).toBe(START);
    clock.advance(HOUR);
    expect(clock.now()).toBe(START + HOUR);
    clock.set(START);
    expect(clock.now()).toBe(START);
  });

  it('rejects a time that is not a number', () => {
    expect(() => new ManualClock(Number.NaN)).toThrow(RangeError);
  });

  it('shares its time with a worker thread in both directions', async () => {
    const clock = new ManualClock(START);
    const worker = new Worker(
      `const { workerData, parentPort } = require('node:worker_threads');
       import(workerData.module).then(({ ManualClock }) => {
         const clock = new ManualClock(workerData.buffer);
         const seen = clock.now();
         clock.advance(1);
         parentPort.postMessage(seen);
       });`,
      {
        eval: true,
        workerData: { buffer: clock.buffer, module: import.meta.resolve('../../simulator/clock.ts') },
      },
    );
    const seen = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    expect(seen).toBe(START);
    expect(clock.now()).toBe(START + 1);
    await worker.terminate();
  });
});

describe('KST text', () => {
  it.each([
    ['is nine hours ahead of UTC', '2026-11-21T00:00:00.000Z', '2026-11-21 09:00:00'],
    ['is 23:59:59 one second before midnight in Korea', '2026-11-21T14:59:59.999Z', '2026-11-21 23:59:59'],
    ['starts a new day at midnight in Korea', '2026-11-21T15:00:00.000Z', '2026-11-22 00:00:00'],
    ['has no daylight saving in summer', '2026-07-01T00:00:00.000Z', '2026-07-01 09:00:00'],
  ])('%s', (_, utc, kst) => {
    expect(formatKst(Date.parse(utc))).toBe(kst);
    expect(formatKstDigits(Date.parse(utc))).toBe(kst.replace(/\D/g, ''));
  });
});
