import { runReal } from './real.ts';

/** A size in a process of its own, so that its memory is nobody else's: `node real-process.ts <credentials> <bundle>`. */
const [credentials, bundle = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await runReal(Number(credentials), bundle))}\n`);
