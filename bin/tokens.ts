#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { main } from '../cli/main.ts';

/** The command line: `npm run tokens -- …`, in the package `broker-tokens`. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
// The AWS SDK's warning about Node.js versions recommends an SDK update, but the bundle contains a fixed SDK.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
process.exitCode = await main(process, version);
