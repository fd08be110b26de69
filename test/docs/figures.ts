import { proseOf } from './markdown.ts';

const NUMBER_WORDS_FROM_TWO = 'two three four five six seven eight nine ten eleven twelve'.split(' ');
/**
 * English number words. A Korean document must express a number word before a unit with digits, and may
 * express other number words with digits.
 */
const NUMBER_WORDS: ReadonlyMap<string, string> = new Map([
  ...NUMBER_WORDS_FROM_TWO.map((word, index) => [word, `${index + 2}`] as const),
  ...Object.entries({ fifteen: '15', twenty: '20', thirty: '30', fifty: '50', sixty: '60' }),
]);

/** English words such as "twice" or "half" that a Korean document may express with digits. */
const OPTIONAL_NUMBER_WORDS: ReadonlyMap<string, string> = new Map([
  ...'a an one once single each every per first'.split(' ').map((word) => [word, '1'] as const),
  ...[...NUMBER_WORDS].map(([word, digits]) => [`${word}th`, digits] as const),
  ...Object.entries({ twice: '2', second: '2', half: '2', both: '2', third: '3', quarter: '4' }),
]);

/**
 * The regular expressions of the units in both languages. If several expressions match, the first matching
 * expression determines the unit.
 */
const UNITS: readonly (readonly [unit: string, english: string, korean: string])[] = [
  ['s', 's\\b|seconds?\\b', '초'],
  ['min', 'min\\b|minutes?\\b', '분'],
  ['h', 'h\\b|hours?\\b', '시간'],
  ['d', 'days?\\b', '일'],
  ['months', 'months?\\b', '개월|달'],
  ['%', '%', '%'],
  ['MB', 'MB\\b', 'MB'],
];

const NUMBER_PATTERN = '(?<![\\w.])\\$?\\d(?:[\\d,.:]*\\d)?';
const figurePattern = (column: 1 | 2): RegExp =>
  new RegExp(`(${NUMBER_PATTERN})(?:[\\s-]?(?:${UNITS.map((unit) => `(${unit[column]})`).join('|')}))?`, 'g');
const NUMBER_WORD_BEFORE_UNIT = new RegExp(
  `\\b(?:${[...NUMBER_WORDS.keys()].join('|')})(?=[ -](?:${UNITS.map(([, english]) => english).join('|')}))`,
  'gi',
);
const ENGLISH_FIGURE = figurePattern(1);
const KOREAN_FIGURE = figurePattern(2);

/** Returns the differences between the figures of an English text and the figures of its Korean version. */
export function compareFigures(english: string, korean: string): readonly string[] {
  const expected = figuresOf(replaceNumberWords(english), ENGLISH_FIGURE);
  const received = figuresOf(korean, KOREAN_FIGURE);
  const numberOf = (figure: string): string => figure.split(' ')[0] ?? '';
  const values = received.map(numberOf);
  const missing = expected.filter((figure) =>
    figure.includes(' ') ? !received.includes(figure) : !values.includes(figure),
  );
  const numbersInWords = proseOf(english)
    .toLowerCase()
    .split(/[^a-z]+/)
    .flatMap((word) => NUMBER_WORDS.get(word) ?? OPTIONAL_NUMBER_WORDS.get(word) ?? []);
  const allowed = new Set([...expected.map(numberOf), ...numbersInWords]);
  const onlyInKorean = received.filter((figure) => !allowed.has(numberOf(figure)));
  return [
    ...missing.map((figure) => `the figure ${figure} is missing`),
    ...onlyInKorean.map((figure) => `the figure ${figure} is only in Korean`),
  ];
}

/** Finds figures such as `25 min`, with the unit in either language and without thousands separators. */
function figuresOf(text: string, pattern: RegExp): readonly string[] {
  return [...proseOf(text).matchAll(pattern)].map((found) => {
    const [, figure = '', ...units] = found;
    const unit = UNITS[units.findIndex((match) => match !== undefined)]?.[0];
    const value = figure.replaceAll(',', '');
    return unit === undefined ? value : `${value} ${unit}`;
  });
}

/** Replaces number words before a unit by digits: "six hours" becomes "6 hours". */
const replaceNumberWords = (text: string): string =>
  text.replaceAll(NUMBER_WORD_BEFORE_UNIT, (word) => NUMBER_WORDS.get(word.toLowerCase()) ?? word);
