import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { BrokerTokensError } from '../lambdas/shared/broker-tokens-error.ts';

/** There is no bundle to deploy. */
export class BundleMissingError extends BrokerTokensError {
  readonly code = 'BundleMissing';
}

/** The code of a function, as `npm run bundle` writes it to `dist`, and as the package ships it. */
export function bundledCode(asset: 'lambda' | 'cleanup' | 'fleet-monitor'): Code {
  const root = join(import.meta.dirname, '..');
  // From its sources this file is lib/bundled-code.ts, built it is dist/lib/bundled-code.js.
  const directory = basename(root) === 'dist' ? join(root, asset) : join(root, 'dist', asset);
  if (!existsSync(join(directory, 'index.js'))) {
    throw new BundleMissingError(
      `There is no bundle of the function at dist/${asset}/index.js. Run: npm run bundle`,
    );
  }
  return Code.fromAsset(directory);
}
