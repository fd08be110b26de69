import { expect } from 'vitest';
import { createSourceError } from '../../reader/source.ts';
import type { TokenReader } from '../../reader/token-reader.ts';
import { type Publication, START, Store } from './harness.ts';

/**
 * One step of `histories.json`: a change of the fake Parameter Store, a call of the reader with its expected
 * result, or an expected number of calls.
 */
export interface Step {
  readonly publish?: PublicationInSeconds;
  /** A token that the test publishes after the next read of the parameters. */
  readonly afterNextRead?: PublicationInSeconds;
  readonly put?: 'token' | 'state';
  readonly value?: string;
  readonly advance?: number;
  /**
   * The failure of the following reads. With `for`, only reads that include this parameter fail. With `null`,
   * no read fails.
   */
  readonly parameterStore?: Failure | null;
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

/** A publication with times in seconds; `at` is relative to the start of the test. */
interface PublicationInSeconds extends Omit<Publication, 'at' | 'margin'> {
  readonly at?: number;
  readonly margin?: number;
}

interface Failure {
  readonly awsCode: string;
  readonly message?: string;
  readonly for?: 'state';
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
    const stepLabel = `step ${index + 1}: ${JSON.stringify(step)}`;
    changeStore(store, step);
    if (step.reportTopic) topicFails = step.reportTopic === 'fails';
    if (step.reads !== undefined) expect(store.reads.length, stepLabel).toBe(step.reads);
    if (step.reports) expect(reports, stepLabel).toEqual(step.reports);
    if (isCall(step)) await callRepeatedly(store, reader, step, stepLabel);
  }
}

async function callRepeatedly(
  store: Store,
  reader: TokenReader,
  step: Step,
  stepLabel: string,
): Promise<void> {
  for (let done = 0; done < (step.times ?? 1); done += 1) {
    const calls = Array.from({ length: step.parallel ?? 1 }, () => call(reader, step));
    for (const result of await Promise.all(calls)) checkResult(result, step, stepLabel);
    store.now += (step.every ?? 0) * 1000;
  }
}

function changeStore(store: Store, { publish: published, afterNextRead, put, ...step }: Step): void {
  if (published) publish(store, published);
  if (afterNextRead) store.afterNextRead = () => publish(store, afterNextRead);
  if (put) store.put(put, step.value);
  if (step.parameterStore !== undefined) store.failure = failureOf(step.parameterStore);
  store.now += (step.advance ?? 0) * 1000;
}

function publish(store: Store, { generation, at, margin, ...rest }: PublicationInSeconds): void {
  store.publish(generation, {
    ...rest,
    ...(at !== undefined && { at: START + at * 1000 }),
    ...(margin !== undefined && { margin: margin * 1000 }),
  });
}

function failureOf(failure: Failure | null): Store['failure'] {
  if (failure === null) return undefined;
  const error = createSourceError(failure.awsCode, failure.message ?? 'not served');
  return { error, ...(failure.for && { name: failure.for }) };
}

function isCall({ get, facts, replaced, report }: Step): boolean {
  return [get, facts, replaced, report].some((each) => each !== undefined);
}

interface CallResult {
  readonly token?: string;
  readonly expiresAt?: string | null;
  readonly generation?: number | null;
  readonly error?: { readonly code?: string; readonly message: string };
}

async function call(reader: TokenReader, step: Step): Promise<CallResult> {
  try {
    if (step.facts) {
      const { token, expiresAt, generation } = await reader.facts();
      return { token, expiresAt: expiresAt?.toISOString() ?? null, generation: generation ?? null };
    }
    if (step.report !== undefined) {
      await reader.report(step.report);
      return {};
    }
    const minRemaining = (step.get?.minRemaining ?? 0) * 1000;
    const token = step.replaced ? await reader.replaced(step.replaced) : await reader.get({ minRemaining });
    return { token: token.value };
  } catch (error) {
    return { error: error as Error };
  }
}

function checkResult({ error, ...values }: CallResult, step: Step, stepLabel: string): void {
  if (step.error === undefined) {
    const { token, expiresAt, generation } = step;
    const expected = step.facts ? { token, expiresAt, generation } : token && { token };
    expect({ ...values, error }, stepLabel).toEqual({ ...(expected || {}), error: undefined });
    return;
  }
  expect(error?.code, stepLabel).toBe(step.error);
  expect(error?.message, stepLabel).not.toContain('FAKE-token');
  for (const part of step.message ?? []) expect(error?.message, stepLabel).toContain(part);
}
