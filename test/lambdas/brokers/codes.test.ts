import { expect, it } from 'vitest';
import {
  type CodeClass,
  type CodeTable,
  classOf,
  KIS_CODES,
  KIWOOM_CODES,
  kisErrorCode,
  kiwoomErrorCode,
} from '../../../lambdas/brokers/codes.ts';

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const egw = (code: number) => `EGW${String(code).padStart(5, '0')}`;

/** The error code tables of docs/brokers.md, as literal values. */
const KIS: Partial<Record<CodeClass, number[]>> = {
  throttled: [133],
  unavailable: [1, 2, 201, 202, 203, 300, 301, 302],
  rejected: [3, 4, ...range(101, 120), 131, 132, ...range(204, 210), 213, 303, 304],
  deadToken: [121, 122, 123],
};
const KIWOOM: Record<CodeClass, number[]> = {
  throttled: [1700, 1701, 1702],
  unavailable: [1999, 8006, 8009],
  rejected: [
    ...[...range(1501, 1517), 1634, 1687, 8001, 8002, 8011, 8012],
    ...[8020, 8030, 8031, 8040, 8050, 8104, 8200],
  ],
  deadToken: [8003, 8005, 8103, 805004],
  otherAddress: [8010],
  nothingToRevoke: [8015, 8016],
};

it.each<[name: string, table: CodeTable, codes: typeof KIS, format: (code: number) => string]>([
  ['KIS', KIS_CODES, KIS, egw],
  ['Kiwoom', KIWOOM_CODES, KIWOOM, String],
])(
  'the error code table of %s contains exactly the codes of docs/brokers.md',
  (_name, table, codes, format) => {
    const classified = [...range(1, 9999), 805004].filter(
      (code) => classOf(table, format(code)) !== undefined,
    );
    expect(Object.groupBy(classified, (code) => classOf(table, format(code)) ?? '')).toEqual(codes);
  },
);

it.each([undefined, '', 'EGW001', 'EGW001010', 'IGW00103', 'OPSQ0002', '15010', '150'])(
  'the error code tables of both brokers assign no class to the invalid code %j',
  (code) => {
    expect(classOf(KIS_CODES, code)).toBeUndefined();
    expect(classOf(KIWOOM_CODES, code)).toBeUndefined();
  },
);

it.each<[reply: object, code: string | undefined]>([
  [{ error_code: 'EGW00133' }, 'EGW00133'],
  [{ rt_cd: '1', msg_cd: 'EGW00121' }, 'EGW00121'],
  [{ error_code: 'OPSP0007' }, 'OPSP0007'],
  [{ error_code: 'EGW00103', msg_cd: 'EGW00121' }, 'EGW00103'],
  [{ error_code: '', msg_cd: 'EGW00121' }, 'EGW00121'],
  [{ rt_cd: '0', msg_cd: 'MCA00000' }, undefined],
  [{ error_code: 133 }, undefined],
  [{ error_code: ['EGW00133'] }, undefined],
  [{ error_code: 'EGW00103 ' }, undefined],
  [{ error_code: 'see EGW00103' }, undefined],
  [{}, undefined],
])('the error code of the KIS reply %j is %s', (reply, code) => {
  expect(kisErrorCode({ ...reply })).toBe(code);
});

it.each<[reply: object, code: string | undefined]>([
  [{ return_code: 8005 }, '8005'],
  [{ return_code: '8005' }, '8005'],
  [{ return_code: 1000, return_msg: '[8001:FAKE]' }, '1000'],
  [{ return_code: 999, return_msg: '[8001:FAKE]' }, '8001'],
  [{ return_code: '3', return_msg: '인증에 실패했습니다[8005:Token이 유효하지 않습니다]' }, '8005'],
  [{ return_code: -3, return_msg: 'FAKE[805004:FAKE]' }, '805004'],
  [{ return_code: 3, return_msg: 'FAKE[429:FAKE]' }, '429'],
  [{ return_code: 3, return_msg: 'LOGIN FAILED CODE=805004' }, '805004'],
  [{ return_code: 3, return_msg: 'CODE=8005 [8003:FAKE]' }, '8003'],
  [{ return_msg: 'FAKE CODE=8005' }, '8005'],
  [{ return_code: null, return_msg: '[8005:FAKE]' }, '8005'],
  [{ return_code: 0, return_msg: '[8005:FAKE]' }, undefined],
  [{ return_code: 3, return_msg: 'FAKE' }, undefined],
  [{ return_code: 2, return_msg: 'FAKE[80:FAKE]' }, undefined],
  [{ return_code: 2, return_msg: 'FAKE[8000001:FAKE]' }, undefined],
  [{ return_code: 7, return_msg: ['[8001:]'] }, undefined],
  [{ return_code: [8005] }, undefined],
  [{ return_code: '8005 ' }, undefined],
  [{ return_code: '08005' }, undefined],
  [{ return_code: 1234567 }, undefined],
  [{}, undefined],
])('the error code of the Kiwoom reply %j is %s', (reply, code) => {
  expect(kiwoomErrorCode({ ...reply })).toBe(code);
});
