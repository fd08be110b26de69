/** Words and phrases that the project does not use, each with standard terms to use instead. */
const BANNED_PHRASES: readonly (readonly [phrase: string, instead: string])[] = [
  ['told|tells?|telling', 'notify, log, report, state'],
  ['hears?|heard|hearing', 'receive, be notified'],
  ['looks?(?!-)|looked|looking', 'check, read, search, tick'],
  [
    'nobody|somebody|everybody|anybody|no one|someone|anyone',
    'name the role: the operator, the program, you',
  ],
  ['whoever|who wants', 'name the role: an operator that, a program that'],
  ['c[ao]mes? of', 'the result of'],
  ['c[ao]mes? (?:to an end|about)', 'end, succeed, happen'],
  ['what (?:it|they) c[ao]mes? to', 'result, total'],
  ['bites?|biting', 'limit, apply'],
  ['(?:leaves?|left|leaving) by', 'use (an IP address)'],
  ['(?:takes?|took|taken|taking) for', 'treat as, count as'],
  ['takes up|took up|taken up', 'accept, process'],
  ['takes? back|took back|taken back', 'revert, roll back'],
  ['lapses?|lapsed', 'expire'],
  ['reckons?|reckoned', 'account for, assume'],
  ['anew', 'again'],
  ['so long(?! as)', 'while, for this time'],
  ['all else', 'everything else'],
  ['but for', 'except'],
  ['(?:stands?|stood) still', 'be blocked'],
  ['(?:stands?|stood|lies|lay) (?:in|at|on|there|beside|behind|under|below|here)', 'be in, be part of'],
  ['br[eo]aks? off|broke off|broken off', 'interrupt, fail'],
  ['gives? up|gave up|given up', 'stop retrying, drop'],
  ['mends?|mended|mending', 'fix, repair, correct'],
  ['puts? right', 'correct'],
  ['ma[dk]es? good', 'recover, correct'],
  ['(?:keeps?|kept) (?:\\w+ )?from', 'prevent'],
  ['held against|holds? (?:\\w+ )?against', 'compare with'],
  ['goes off|go off|went off|gone off', 'fire (of an alarm)'],
  ['begins?|began|begun', 'start'],
  ['in hand', 'in progress, in flight'],
  ['nonsense', 'invalid'],
  ['weather|climates?', 'faults'],
  ['promis(?:es?|ed)', 'objective, guarantee'],
  ['fates?', 'fault'],
  ['stor(?:y|ies)', 'scenario, trace'],
  ['knobs?', 'option'],
  ['rosters?', 'list'],
  ['roll ?calls?', 'fleet monitor'],
  ['recipes?', 'example'],
  ['stand-ins?', 'fake'],
  ['rooms?', 'folder, capacity'],
];

const PATTERNS = BANNED_PHRASES.map(([phrase, instead]) => ({
  pattern: new RegExp(`\\b(?:${phrase})\\b`, 'i'),
  instead,
}));

/** Returns the banned words of a text, each with the text around it and the terms to use instead. */
export function findBannedWords(text: string): readonly string[] {
  return PATTERNS.flatMap(({ pattern, instead }) => {
    const found = pattern.exec(text);
    if (found === null) return [];
    const context = text
      .slice(Math.max(0, found.index - 60), found.index + found[0].length + 60)
      .replaceAll(/\s+/g, ' ');
    return [`"${found[0]}" (use: ${instead}) in: …${context.trim()}…`];
  });
}
