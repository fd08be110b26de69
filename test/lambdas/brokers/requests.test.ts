import { describe, expect, it } from 'vitest';
import type { Broker, BrokerRequest } from '../../../lambdas/brokers/broker.ts';
import { kis } from '../../../lambdas/brokers/kis.ts';
import { kiwoom } from '../../../lambdas/brokers/kiwoom.ts';
import { CONFIG } from './samples.ts';

const key = { appkey: 'FAKE-appkey', secret: 'FAKE-secret' };
const json = { 'content-type': 'application/json; charset=utf-8' };
const kiwoomJson = (apiId: string) => ({ 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId });

type Expected = Omit<BrokerRequest, 'body'> & { readonly fields?: Readonly<Record<string, string>> };

describe('Every request is the one of the broker’s documents', () => {
  it.each<[sentence: string, request: BrokerRequest, expected: Expected]>([
    [
      'KIS 접근토큰발급(P)',
      kis.issueRequest(key),
      {
        method: 'POST',
        path: '/oauth2/tokenP',
        headers: json,
        fields: { grant_type: 'client_credentials', appkey: 'FAKE-appkey', appsecret: 'FAKE-secret' },
      },
    ],
    [
      'KIS 접근토큰폐기(P)',
      kis.revokeRequest(key, 'FAKE-token'),
      {
        method: 'POST',
        path: '/oauth2/revokeP',
        headers: json,
        fields: { appkey: 'FAKE-appkey', appsecret: 'FAKE-secret', token: 'FAKE-token' },
      },
    ],
    [
      'KIS 주식현재가 시세, the harmless call',
      kis.verifyRequest(key, 'FAKE-token'),
      {
        method: 'GET',
        path: '/uapi/domestic-stock/v1/quotations/inquire-price?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930',
        headers: {
          ...json,
          authorization: 'Bearer FAKE-token',
          appkey: 'FAKE-appkey',
          appsecret: 'FAKE-secret',
          tr_id: 'FHKST01010100',
        },
      },
    ],
    [
      'Kiwoom au10001, without the authorization header that one document demands',
      kiwoom.issueRequest(key),
      {
        method: 'POST',
        path: '/oauth2/token',
        headers: kiwoomJson('au10001'),
        fields: { grant_type: 'client_credentials', appkey: 'FAKE-appkey', secretkey: 'FAKE-secret' },
      },
    ],
    [
      'Kiwoom au10002',
      kiwoom.revokeRequest(key, 'FAKE-token'),
      {
        method: 'POST',
        path: '/oauth2/revoke',
        headers: kiwoomJson('au10002'),
        fields: { appkey: 'FAKE-appkey', secretkey: 'FAKE-secret', token: 'FAKE-token' },
      },
    ],
    [
      'Kiwoom ka10001 주식기본정보요청, the harmless call, without the app key',
      kiwoom.verifyRequest(key, 'FAKE-token'),
      {
        method: 'POST',
        path: '/api/dostk/stkinfo',
        headers: { ...kiwoomJson('ka10001'), authorization: 'Bearer FAKE-token' },
        fields: { stk_cd: '005930' },
      },
    ],
  ])('%s', (_sentence, { body, ...request }, { fields, ...expected }) => {
    expect(request).toEqual(expected);
    expect(body === undefined ? undefined : JSON.parse(body)).toEqual(fields);
  });

  it('a request carries no key in its path, where every proxy would log it', () => {
    for (const broker of [kis, kiwoom])
      for (const { path } of [
        broker.issueRequest(key),
        broker.revokeRequest(key, 'FAKE-token'),
        broker.verifyRequest(key, 'FAKE-token'),
      ])
        expect(path).not.toContain('FAKE');
  });
});

describe('What each broker promises', () => {
  it.each<[sentence: string, broker: Broker, live: string, paper: string]>([
    ['KIS', kis, 'https://openapi.koreainvestment.com:9443', 'https://openapivts.koreainvestment.com:29443'],
    ['Kiwoom', kiwoom, 'https://api.kiwoom.com', 'https://mockapi.kiwoom.com'],
  ])('%s is asked where its documents say', (_sentence, broker, live, paper) => {
    expect(broker.hosts).toEqual({ live, paper });
  });

  it('KIS hands back the same token for six hours, and wants a minute between two calls', () => {
    expect(kis.contract(CONFIG)).toEqual({ reuseWindow: 21_600_000, minimumInterval: 61_000 });
  });

  it('KIS may want five minutes, as its FAQ says', () => {
    const config = { ...CONFIG, minimumIntervalSeconds: 300 };
    expect(kis.contract(config)).toEqual({ reuseWindow: 21_600_000, minimumInterval: 300_000 });
  });

  it('what Kiwoom hands back is not known beforehand', () => {
    expect(kiwoom.contract(CONFIG)).toEqual({ minimumInterval: 10_000 });
  });

  it('the secret has the fields that the broker calls them', () => {
    expect(kis.secretFields).toEqual({ appkey: 'appkey', secret: 'appsecret' });
    expect(kiwoom.secretFields).toEqual({ appkey: 'appkey', secret: 'secretkey' });
  });
});
