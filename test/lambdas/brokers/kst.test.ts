import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseKst } from '../../../lambdas/brokers/kst.ts';

afterEach(() => void vi.unstubAllEnvs());

describe('the parser of broker times', () => {
  it.each<[title: string, text: string, utc: number]>([
    ['the format of KIS', '2023-12-22 08:16:59', Date.UTC(2023, 11, 21, 23, 16, 59)],
    ['the format of Kiwoom', '20241107083713', Date.UTC(2024, 10, 6, 23, 37, 13)],
    ['the first second of a year', '20270101000000', Date.UTC(2026, 11, 31, 15)],
    ['a leap day', '2028-02-29 12:00:00', Date.UTC(2028, 1, 29, 3)],
    ['the last second of the year 9999', '99991231235959', Date.UTC(9999, 11, 31, 14, 59, 59)],
  ])('reads %s as KST', (_title, text, utc) => {
    expect(parseKst(text)).toBe(utc);
  });

  it.each(['UTC', 'Asia/Seoul', 'America/New_York', 'Pacific/Kiritimati'])(
    'reads a time as KST on a machine in the time zone %s',
    (zone) => {
      vi.stubEnv('TZ', zone);
      expect(parseKst('2026-11-21 09:00:00')).toBe(Date.UTC(2026, 10, 21));
      expect(parseKst('20260701000000')).toBe(Date.UTC(2026, 5, 30, 15));
    },
  );

  it.each<[title: string, text: string]>([
    ['an empty text', ''],
    ['thirteen digits', '2026112109000'],
    ['fifteen digits', '202611210900000'],
    ['a time with T', '2026-11-21T09:00:00'],
    ['a leading space', ' 2026-11-21 09:00:00'],
    ['a leading space before digits', ' 20261121090000'],
    ['a trailing line break', '20261121090000\n'],
    ['a trailing space', '2026-11-21 09:00:00 '],
    ['full-width digits', '２０２６１１２１０９００００'],
    ['31 November', '2026-11-31 09:00:00'],
    ['29 February 2027', '20270229090000'],
    ['month 13', '2026-13-01 09:00:00'],
    ['hour 24', '2026-11-21 24:00:00'],
    ['the year 50', '0050-01-01 00:00:00'],
  ])('rejects %s as a KST time', (_title, text) => {
    expect(parseKst(text)).toBeUndefined();
  });
});
