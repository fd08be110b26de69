import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BROKER } from '../lambdas/brokers/endpoints.ts';
import { credentialDefaults } from '../lambdas/shared/defaults.ts';
import { BROKER_URL_ENVIRONMENT } from '../lambdas/shared/names.ts';
import { kstText } from './kst.ts';
import { LambdaHost } from './lambda-host.ts';
import { picture } from './picture.ts';
import { KIS_KEY, KIWOOM_KEY, names, World } from './world.ts';

/**
 * `npm start`: the main job on this machine. The real bundle, over HTTP on loopback, against simulated
 * brokers and a stand-in for SSM and Secrets Manager, through some simulated days.
 */
const USAGE = `npm start -- [--days <1…30>] [--kiwoom-reissue supersede|same-token]

  --days            simulated days (default: 3)
  --kiwoom-reissue  answer of Kiwoom to an issue call while a token lives (disputed):
                    supersede   a new token; the old one ends at once (default)
                    same-token  the same token: it is revoked to be replaced, with a gap of up to 2 s
`;
const BUNDLE = fileURLToPath(new URL('../dist/lambda/index.js', import.meta.url));
const HOUR = 60 * 60 * 1000;
const START = Date.parse('2026-11-23T10:00:00+09:00');
/** Between the revocation of a token and the publication of the next one. */
const REVOCATION_GAP = 2000;

const write = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === 'string') {
    process.stderr.write(options);
    return options === USAGE ? 0 : 2;
  }
  const { days, reissue } = options;
  const world = await World.start({
    start: START,
    credentials: [
      { ...credentialDefaults({ broker: 'kis', market: 'paper' }), id: 'kis-paper', broker: 'kis' },
      { ...credentialDefaults({ broker: 'kiwoom', market: 'paper' }), id: 'kiwoom-paper', broker: 'kiwoom' },
    ],
    kiwoom: { reissue },
  });
  const host = new LambdaHost({ bundle: BUNDLE, environment: world.environment, clock: world.clock });
  try {
    write(
      'Simulated: both brokers, SSM and Secrets Manager (HTTP on loopback) and the clock. Real: the bundle that is deployed.',
    );
    write(
      `${days} days from ${kstText(START)} KST, a tick every 5 minutes, protected session 08:00–20:00.\n`,
    );
    const end = START + days * 24 * HOUR;
    await live(world, host, end);
    return await report(world, end, reissue === 'same-token' ? REVOCATION_GAP : 0);
  } finally {
    await host.stop();
    await world.stop();
  }
}

function readOptions(): { days: number; reissue: 'supersede' | 'same-token' } | string {
  try {
    const { values } = parseArgs({
      options: {
        days: { type: 'string', default: '3' },
        'kiwoom-reissue': { type: 'string', default: 'supersede' },
        help: { type: 'boolean', default: false },
      },
    });
    const days = Number(values.days);
    const reissue = values['kiwoom-reissue'];
    if (values.help) return USAGE;
    if (!Number.isInteger(days) || days < 1 || days > 30)
      return `--days must be a whole number from 1 to 30, got "${values.days}"\n\n${USAGE}`;
    if (reissue !== 'supersede' && reissue !== 'same-token')
      return `--kiwoom-reissue must be supersede or same-token, got "${reissue}"\n\n${USAGE}`;
    return { days, reissue };
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
}

/** A tick for every credential at every check interval, one after the other. */
async function live(world: World, host: LambdaHost, end: number): Promise<void> {
  let idle = 0;
  const flush = () => {
    if (idle > 0) write(`                       … ${idle} ticks: keep Fresh`);
    idle = 0;
  };
  for (let due = START; due <= end; due += 5 * 60 * 1000) {
    for (const { id } of world.credentials) {
      world.clock.set(Math.max(world.clock.now(), due));
      const { log, response } = await host.invoke(
        world.event({ credential: id, cause: 'schedule' }),
        world.timeout(id),
      );
      if (response.batchItemFailures.length > 0) throw new Error(`the bundle failed on a tick of ${id}`);
      for (const line of log.filter(({ message }) => message === 'decision')) {
        if (line['reason'] === 'Fresh') {
          idle += 1;
          continue;
        }
        flush();
        write(readable(line));
      }
    }
  }
  flush();
}

function readable(line: Readonly<Record<string, unknown>>): string {
  const text = (name: string) => (line[name] === undefined ? '' : String(line[name]));
  const result = text('outcome') || text('verdict');
  const outcome = result && ` → ${result}`;
  const next = text('next') && `  next ${kstText(Date.parse(text('next')))} KST`;
  const code = text('brokerCode') && ` [${text('brokerCode')}]`;
  return `${kstText(Date.parse(text('timestamp')))} KST  ${text('credential').padEnd(12)}  ${text('action')} ${text('reason')}${outcome}${code}  generation ${text('generation')}${next}`;
}

/** What a consumer would read, whether it works at the broker, and whether it ever did not. */
async function report(world: World, end: number, acceptedGap: number): Promise<number> {
  write(`\nWhat a reader of SSM finds at ${kstText(end)} KST`);
  let failed = false;
  for (const { id, broker } of world.credentials) {
    const { token } = names(id);
    const { token: value = '', state } = world.published(id);
    const url = world.environment[BROKER_URL_ENVIRONMENT[broker].paper] ?? '';
    const key = broker === 'kis' ? KIS_KEY : KIWOOM_KEY;
    const alive = (await tryToken(url, broker, key, value)) === 'alive';
    const gaps = world.deadSpans(id, end).map(({ from, to }) => to - from);
    const worst = Math.max(0, ...gaps);
    if (!alive || worst > acceptedGap) failed = true;
    write(
      `  ${token}  ${alive ? 'works at the broker' : 'DOES NOT WORK AT THE BROKER'}, generation ${state?.generation ?? 0}, fingerprint ${state?.published?.fingerprint ?? 'none'}, ${world.broker(id).count('issue')} issue calls`,
    );
    write(`  ${names(id).state}  ${world.aws.parameter(names(id).state)?.value ?? 'nothing'}`);
    const total = gaps.reduce((sum, gap) => sum + gap, 0) / 1000;
    write(
      `  dead: ${total === 0 ? 'never since the first issue' : `${total} s in ${gaps.length} gaps, the longest ${worst / 1000} s`}\n`,
    );
  }
  for (const line of picture(world, START, end)) write(line);
  write(`\n${verdict(failed, acceptedGap)}`);
  return failed ? 1 : 0;
}

function verdict(failed: boolean, acceptedGap: number): string {
  if (failed) return 'FAILED: a reader would have found a dead token.';
  if (acceptedGap === 0) return 'OK: at every simulated moment a reader found a living token.';
  return `OK: a reader found a dead token for at most ${acceptedGap / 1000} s after each revocation.`;
}

/** The broker's harmless call, over HTTP, as a consumer would make it. */
async function tryToken(
  url: string,
  broker: 'kis' | 'kiwoom',
  key: typeof KIS_KEY,
  token: string,
): Promise<string> {
  const { method, path, headers, body } = BROKER[broker].verifyRequest(key, token);
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve(BROKER[broker].readVerifyReply({ status: response.statusCode ?? 0, body: text }, []).verdict),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

process.exitCode = await main();
