import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KisSimulator } from '../../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import {
  json,
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kisPriceCall,
  kisRevokeCall,
  kiwoomIssueCall,
  kiwoomRevokeCall,
  requestOf,
  START,
} from './broker-harness.ts';

type Shape = Readonly<Record<string, string>>;

/** Returns the fields in their order, each with the type of its value. */
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
  return JSON.parse(readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >;
}

const clock = new ManualClock(START);
const kis = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY] });
const kiwoom = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY] });

describe('the replies of the simulated brokers', () => {
  it.each([
    ['KIS issue call', () => kis.handle(requestOf(kisIssueCall())), 'kis/issue.json'],
    [
      'KIS revoke call',
      () => kis.handle(requestOf(kisRevokeCall(kis.tokens[0]?.token ?? ''))),
      'kis/revoke.json',
    ],
    ['Kiwoom issue call', () => kiwoom.handle(requestOf(kiwoomIssueCall())), 'kiwoom/issue.json'],
    [
      'Kiwoom revoke call',
      () => kiwoom.handle(requestOf(kiwoomRevokeCall(kiwoom.tokens[0]?.token ?? ''))),
      'kiwoom/revoke.json',
    ],
  ])('have the fields of the documented sample for a %s', (_sentence, ask, file) => {
    const answer = json(ask());
    expect(Object.entries(shapeOf(answer))).toEqual(Object.entries(shapeOf(sample(file))));
  });
});

describe('the error replies of the simulated brokers', () => {
  it.each(['EGW00002', 'EGW00103', 'EGW00105', 'EGW00133'])(
    'equal the documented sample for a KIS token call that is rejected with %s',
    (code) => {
      kis.set({ refuseIssue: code });
      clock.advance(60_000);
      const answer = kis.handle(requestOf(kisIssueCall()));
      kis.set({ refuseIssue: null });
      expect(answer.status).toBe(403);
      expect(json(answer)).toEqual(sample(`kis/refused-${code}.json`));
    },
  );

  it.each(['EGW00121', 'EGW00123', 'EGW00201'])(
    'equal the documented sample for a KIS data call that is rejected with %s',
    (code) => {
      clock.advance(60_000);
      const { access_token: token } = json(kis.handle(requestOf(kisIssueCall())));
      kis.set({ refuseData: code });
      const answer = kis.handle(requestOf(kisPriceCall(String(token))));
      kis.set({ refuseData: null });
      expect(answer.status).toBe(500);
      expect(json(answer)).toEqual(sample(`kis/data-${code}.json`));
    },
  );

  it.each([
    ['refused-8001.json', '8001', 'terminal'],
    ['refused-8030.json', '8030', 'terminal'],
    ['refused-8050.json', '8050', 'terminal'],
  ] as const)('equal the documented sample %s for a rejected Kiwoom token call', (file, code, text8050) => {
    kiwoom.set({ refuseIssue: code, text8050 });
    clock.advance(60_000);
    const answer = kiwoom.handle(requestOf(kiwoomIssueCall()));
    kiwoom.set({ refuseIssue: null, text8050: 'terminal' });
    expect(answer.status).toBe(200);
    expect(json(answer)).toEqual(sample(`kiwoom/${file}`));
  });

  it('contain the newer text of the code 8050 if the option text8050 is set', () => {
    kiwoom.set({ refuseIssue: '8050', text8050: 'address' });
    clock.advance(60_000);
    const answer = String(json(kiwoom.handle(requestOf(kiwoomIssueCall())))['return_msg']);
    kiwoom.set({ refuseIssue: null, text8050: 'terminal' });
    const known = String(sample('kiwoom/refused-8050-newer.json')['return_msg']);
    expect(answer.slice(0, answer.indexOf('.'))).toBe(known.slice(0, known.indexOf('.')));
  });
});
