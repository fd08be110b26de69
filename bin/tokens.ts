#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { main } from '../cli/main.ts';

/** The command line. It runs as `npm run tokens -- …`, and as `broker-tokens` in the installed package. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
// The warning of the AWS SDK about old Node.js versions recommends an SDK update, which users of the bundle
// cannot make.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
process.exitCode = await main(process, version);
