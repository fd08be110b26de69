#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { main } from '../cli/main.ts';

/** The operator's command line, `npm run tokens -- …`; in the package it is `broker-tokens`. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
// It speaks of updates, which a bundled client does not get anyway.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
process.exitCode = await main(process, version);
