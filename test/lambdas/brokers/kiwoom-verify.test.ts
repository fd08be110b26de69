import { describe, expect, it } from 'vitest';
import type { VerifyResult } from '../../../lambdas/brokers/broker.ts';
import { kiwoom } from '../../../lambdas/brokers/kiwoom.ts';
import { KIWOOM_KEY, kiwoomError, kiwoomErrorForms, MAINTENANCE_PAGE, readSample, reply } from './samples.ts';

describe('the parser of Kiwoom verify replies', () => {
  type Row = [
    verdict: VerifyResult['verdict'],
    code: string | undefined,
    body: string | object,
    status: number,
  ];
  const inAllForms = (verdict: Row[0], ...codes: number[]): Row[] =>
    codes.flatMap((code) => kiwoomErrorForms(code).map((body): Row => [verdict, String(code), body, 200]));

  it.each<Row>([
    ['alive', undefined, { stk_cd: '005930', return_code: 0, return_msg: 'FAKE' }, 200],
    ['alive', undefined, { stk_cd: '005930', return_code: '0000', return_msg: null }, 200],
    ['alive', undefined, { stk_cd: '005930' }, 200],
    ...inAllForms('dead', 8003, 8005, 8103, 805004, 8010),
    ['dead', '8005', { stk_cd: '005930', return_msg: 'CODE=8005' }, 200],
    ['dead', '8005', readSample('kiwoom/refused-8005.json'), 401],
    ['dead', undefined, { error: 'unauthorized' }, 401],
    ['dead', '9999', kiwoomError(9999), 401],
    ['dead', undefined, '', 401],
    ['dead', undefined, 'Unauthorized', 401],
    ...inAllForms('throttled', 1700, 1701, 1702),
    ['throttled', '429', MAINTENANCE_PAGE, 429],
    ['throttled', '1700', readSample('kiwoom/refused-1700.json'), 401],
    ...inAllForms('unclear', 8104, 8050, 8030, 8031, 8016, 9999),
    ['unclear', '8050', kiwoomError(8050), 401],
    ['unclear', '8001', kiwoomError(8001), 500],
    ['unclear', undefined, {}, 200],
    ['unclear', undefined, { return_code: null, stk_cd: '005930' }, 200],
    ['unclear', undefined, { return_code: 7 }, 404],
    ...inAllForms('unreachable', 1999, 8006, 8009),
    ['unreachable', undefined, { return_code: 0 }, 500],
    ['unreachable', '9999', kiwoomError(9999), 503],
    ['unreachable', undefined, MAINTENANCE_PAGE, 200],
    ['unreachable', undefined, MAINTENANCE_PAGE, 401],
    ['unreachable', undefined, '', 502],
  ])(
    'returns the verdict %s (%s) for the Kiwoom reply %j with HTTP %d',
    (verdict, brokerCode, body, status) => {
      const result = kiwoom.readVerifyReply(reply(body, status), [KIWOOM_KEY.secret]);
      expect({ verdict: result.verdict, brokerCode: result.brokerCode }).toEqual({ verdict, brokerCode });
    },
  );
});
