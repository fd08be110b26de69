/** What a shell learns. Documented in `--help` and docs/operator.md. */
export const EXIT = {
  ok: 0,
  /** What was asked did not come about, or a credential is in trouble. */
  failed: 1,
  /** The command line is not understood, or an answer is needed that nobody is there to give. */
  usage: 2,
  /** AWS, or the way to it: credentials, region, permission, network, nothing deployed. */
  aws: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
