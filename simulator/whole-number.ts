import { InvalidArgumentError } from 'commander';

/** Creates a parser for a command-line option whose value is a whole number. */
export function wholeNumberParser(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
  };
}
