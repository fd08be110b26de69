/** Exit codes, documented in `--help` and docs/cli.md. */
export const EXIT_CODE = {
  ok: 0,
  /** The request failed, or a credential is not healthy. */
  failed: 1,
  /** The command line is invalid, or a question cannot be asked. */
  usage: 2,
  /** AWS: credentials, region, permission, network, nothing deployed. */
  aws: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];
