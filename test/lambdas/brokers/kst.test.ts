import { afterEach, describe, expect, it } from 'vitest';
import { parseKst } from '../../../lambdas/brokers/kst.ts';

const machine = process.env['TZ'];

afterEach(() => {
  if (machine === undefined) delete process.env['TZ'];
  else process.env['TZ'] = machine;
});

describe('A broker’s time has no zone and is Korea’s', () => {
  it.each<[sentence: string, text: string, utc: number]>([
    ['as KIS writes it', '2023-12-22 08:16:59', Date.UTC(2023, 11, 21, 23, 16, 59)],
    ['as Kiwoom sends it', '20241107083713', Date.UTC(2024, 10, 6, 23, 37, 13)],
    ['as one of Kiwoom’s documents shows it', '2024-12-31 23:59:59', Date.UTC(2024, 11, 31, 14, 59, 59)],
    ['nine in the morning in Korea is midnight in UTC', '2026-11-21 09:00:00', Date.UTC(2026, 10, 21)],
    ['the first second of a year in Korea', '20270101000000', Date.UTC(2026, 11, 31, 15)],
    ['a leap day', '2028-02-29 12:00:00', Date.UTC(2028, 1, 29, 3)],
    ['no daylight saving in July', '20260701120000', Date.UTC(2026, 6, 1, 3)],
    ['the hour that New York skips', '2026-03-08 02:30:00', Date.UTC(2026, 2, 7, 17, 30)],
    ['the last time that can be written', '99991231235959', Date.UTC(9999, 11, 31, 14, 59, 59)],
  ])('%s', (_sentence, text, utc) => {
    expect(parseKst(text)).toBe(utc);
  });

  it.each(['UTC', 'Asia/Seoul', 'America/New_York', 'Pacific/Kiritimati'])(
    'on a machine that lives in %s too',
    (zone) => {
      process.env['TZ'] = zone;
      expect(parseKst('2026-11-21 09:00:00')).toBe(Date.UTC(2026, 10, 21));
      expect(parseKst('20260701000000')).toBe(Date.UTC(2026, 5, 30, 15));
    },
  );

  it.each<[sentence: string, text: string]>([
    ['nothing', ''],
    ['words', 'tomorrow'],
    ['a day only', '2026-11-21'],
    ['eight digits', '20261121'],
    ['thirteen digits', '2026112109000'],
    ['fifteen digits', '202611210900000'],
    ['with a T', '2026-11-21T09:00:00'],
    ['with a zone', '2026-11-21 09:00:00+09:00'],
    ['with Z', '20261121090000Z'],
    ['white space round it', ' 2026-11-21 09:00:00'],
    ['a line after it', '20261121090000\n'],
    ['full-width digits', '２０２６１１２１０９００００'],
    ['31 November', '2026-11-31 09:00:00'],
    ['29 February of a common year', '20270229090000'],
    ['month 13', '2026-13-01 09:00:00'],
    ['month 0', '20260001090000'],
    ['day 0', '2026-11-00 09:00:00'],
    ['24 o’clock', '2026-11-21 24:00:00'],
    ['minute 60', '20261121096000'],
    ['second 60', '2026-11-21 09:00:60'],
    ['a year before the year 100', '0050-01-01 00:00:00'],
  ])('%s is no such time', (_sentence, text) => {
    expect(parseKst(text)).toBeUndefined();
  });
});
