/** The exit codes; `--help` and docs/cli.md document them. */
export const EXIT_CODE = {
  ok: 0,
  /** The request failed, or a credential is not healthy. */
  failed: 1,
  /** The command line is invalid, or a confirmation is needed and there is no terminal. */
  usage: 2,
  /** An AWS problem: credentials, region, permission, network, or nothing is deployed. */
  aws: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
