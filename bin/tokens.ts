#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { main } from '../cli/main.ts';

/** The command line: `npm run tokens -- …`, and the command `broker-tokens` of the installed package. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
// This setting disables the warning of the AWS SDK about old Node.js versions. The warning recommends an
// update of the SDK, but users cannot update the SDK in the bundle.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
process.exitCode = await main(process, version);
