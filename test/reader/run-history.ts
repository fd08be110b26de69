import { expect } from 'vitest';
import type { TokenReader } from '../../reader/token-reader.ts';
import { type Publication, type ReadFailure, Store } from './harness.ts';

/**
 * One step of `histories.json`: a change of the fake Parameter Store, a call of the reader with its expected
 * result, or an expected number of calls.
 */
export interface Step {
  readonly publish?: Publication;
  /** A token that the test publishes after the next read of the parameters. */
  readonly afterNextRead?: Publication;
  readonly put?: 'token' | 'state';
  readonly value?: string;
  /** In seconds. */
  readonly advance?: number;
  /** The failure of the following reads. With `null`, no read fails. */
  readonly parameterStore?: ReadFailure | null;
  readonly reportTopic?: 'fails' | 'works';
  /** The expected number of GetParameters calls since the first step. */
  readonly reads?: number;
  /** The expected generations in the reports that the reader sent since the first step. */
  readonly reports?: readonly number[];

  readonly get?: { readonly minRemaining?: number };
  readonly facts?: object;
  readonly replaced?: string;
  readonly report?: number;
  /** The number of calls; after each call, the clock advances by `every` seconds. */
  readonly times?: number;
  readonly every?: number;
  /** The number of simultaneous calls. */
  readonly parallel?: number;
  readonly token?: string;
  readonly expiresAt?: string | null;
  readonly generation?: number | null;
  /** The expected `code` of the error; `message` contains parts of its text. */
  readonly error?: string;
  readonly message?: readonly string[];
}

export async function runHistory(steps: readonly Step[]): Promise<void> {
  const store = new Store();
  const reports: number[] = [];
  let topicFails = false;
  const report = async (_credential: string, generation: number): Promise<void> => {
    if (topicFails) throw new Error('the topic rejects reports');
    reports.push(generation);
  };
  const reader = store.reader({ report: { report } });
  for (const [index, step] of steps.entries()) {
    const label = `step ${index + 1}: ${JSON.stringify(step)}`;
    changeStore(store, step);
    if (step.reportTopic) topicFails = step.reportTopic === 'fails';
    if (step.reads !== undefined) expect(store.reads.length, label).toBe(step.reads);
    if (step.reports) expect(reports, label).toEqual(step.reports);
    const isCall = [step.get, step.facts, step.replaced, step.report].some((each) => each !== undefined);
    for (let done = 0; isCall && done < (step.times ?? 1); done += 1) {
      const calls = Array.from({ length: step.parallel ?? 1 }, () => call(reader, step));
      for (const result of await Promise.all(calls)) checkResult(result, step, label);
      store.now += (step.every ?? 0) * 1000;
    }
  }
}

function changeStore(store: Store, { publish, afterNextRead, put, ...step }: Step): void {
  if (publish) store.publish(publish.generation, publish);
  if (afterNextRead) store.afterNextRead = () => store.publish(afterNextRead.generation, afterNextRead);
  if (put) store.put(put, step.value);
  if (step.parameterStore !== undefined) store.failure = step.parameterStore;
  store.now += (step.advance ?? 0) * 1000;
}

interface CallResult extends Pick<Step, 'token' | 'expiresAt' | 'generation'> {
  readonly error?: { readonly code: string; readonly message: string };
}

async function call(reader: TokenReader, { get, facts, replaced, report }: Step): Promise<CallResult> {
  try {
    if (facts) {
      const { token, expiresAt, generation } = await reader.facts();
      return { token, expiresAt: expiresAt?.toISOString() ?? null, generation: generation ?? null };
    }
    if (report !== undefined) {
      await reader.report(report);
      return {};
    }
    const minRemaining = (get?.minRemaining ?? 0) * 1000;
    return { token: (await (replaced ? reader.replaced(replaced) : reader.get({ minRemaining }))).value };
  } catch (error) {
    return { error: error as CallResult['error'] & Error };
  }
}

function checkResult({ error, ...result }: CallResult, step: Step, label: string): void {
  expect(error?.code, label).toBe(step.error);
  const { token, expiresAt, generation } = step;
  expect(result, label).toEqual({ token, expiresAt, generation });
  expect(error?.message ?? '', label).not.toContain('FAKE-token');
  for (const part of step.message ?? []) expect(error?.message, label).toContain(part);
}
