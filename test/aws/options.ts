import { parseArgs } from 'node:util';

export const USAGE = `npm run test:aws -- [--yes] [--region <region>] [--emulator [--keep]] [--delete <run>]

Deploys a throw-away stack into the account of the shell, tests it, and deletes it.

  --yes            start without a confirmation
  --region         default: the region of the shell
  --emulator       use MiniStack on this machine instead of an account (needs Python 3), without a confirmation
  --keep           with --emulator: run no test, and keep the stack for practice until Ctrl-C
  --delete <run>   only delete what an earlier run left behind
`;

/** The options of `npm run test:aws`. */
export type Options = Exclude<ReturnType<typeof readOptions>, string>;

/** Returns the options, or the text to print: the usage, or the error for an invalid command line. */
export function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        yes: { type: 'boolean', default: false },
        emulator: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        region: { type: 'string' },
        delete: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const { help, yes, emulator, keep } = values;
    if (help) return USAGE;
    if (keep && !emulator) throw new Error('--keep needs --emulator: a kept stack in an account costs money');
    // An emulator costs nothing and changes nothing in an AWS account, so a run in an emulator requires no
    // confirmation.
    return { ...values, yes: yes || emulator };
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`;
  }
}
