import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KisSimulator } from '../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../simulator/clock.ts';
import {
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssue,
  kisRevoke,
  kiwoomIssue,
  kiwoomRevoke,
  requestOf,
  START,
} from './harness.ts';

type Shape = Readonly<Record<string, string>>;

/** Fields in their order, each with what kind of value it holds. */
function shapeOf(reply: Readonly<Record<string, unknown>>): Shape {
  return Object.fromEntries(
    Object.entries(reply).map(([field, value]) => [
      field,
      typeof value === 'string'
        ? value.replace(/\d/g, '9').replace(/^(\S{12})\S{8,}$/, 'a long text')
        : typeof value,
    ]),
  );
}

function sample(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
}

const clock = new ManualClock(START);
const kis = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY] });
const kiwoom = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY] });

describe("the simulators answer in the shapes of the brokers' own samples, field by field", () => {
  it.each([
    ['KIS issues', () => kis.handle(requestOf(kisIssue())), 'kis/issue.json'],
    ['KIS revokes', () => kis.handle(requestOf(kisRevoke(kis.tokens[0]?.token ?? ''))), 'kis/revoke.json'],
    ['Kiwoom issues', () => kiwoom.handle(requestOf(kiwoomIssue())), 'kiwoom/issue.json'],
    [
      'Kiwoom revokes',
      () => kiwoom.handle(requestOf(kiwoomRevoke(kiwoom.tokens[0]?.token ?? ''))),
      'kiwoom/revoke.json',
    ],
  ])('%s', (_sentence, ask, file) => {
    const answer = json(ask());
    expect(Object.entries(shapeOf(answer))).toEqual(Object.entries(shapeOf(sample(file))));
  });
});
