import { expect, test } from 'vitest';
import type { CleanupAnswer, CleanupEvent } from '../../../lambdas/cleanup/cleanup.ts';
import { type CleanupPorts, handleCleanup } from '../../../lambdas/cleanup/cleanup.ts';
import { parameterNames } from '../../../lambdas/shared/names.ts';

const NAMES = ['/broker-tokens/kis-main/token', '/broker-tokens/kis-main/state'];

function request(
  RequestType: CleanupEvent['RequestType'],
  ResourceProperties: unknown = { ServiceToken: 'arn', Parameters: NAMES, Keep: 'false' },
  PhysicalResourceId: string | undefined = RequestType === 'Create' ? undefined : NAMES[0],
): CleanupEvent {
  return {
    RequestType,
    ResponseURL: 'https://example.com/answer',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    PhysicalResourceId,
    ResourceProperties,
  };
}

/** Runs the handler, and returns the deleted parameters, the deleted topics and the answer. */
async function run(event: CleanupEvent, error?: unknown) {
  const removed: string[] = [];
  const topics: string[] = [];
  const answer = await handleCleanup(event, {
    remove: async (names) => {
      if (error !== undefined) throw error;
      removed.push(...names);
      return [];
    },
    removeTopics: async (arns) => void topics.push(...arns),
    listFleetPages: async function* () {
      if (!removed.includes('/broker-tokens/kis-2/config')) yield ['kis-2'];
    },
    log: () => {},
  });
  return { removed, topics, answer };
}

test('an Update request to the cleanup function returns the first parameter name as the physical resource id', async () => {
  const { removed, answer } = await run(request('Update', undefined, 'another'));
  expect(removed).toEqual([]);
  expect(answer).toEqual({ Status: 'SUCCESS', PhysicalResourceId: NAMES[0] });
});

test('a Delete request fails if AWS rejects the deletion, and the reason names the remaining parameters and the next step', async () => {
  const refused = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const { answer } = await run(request('Delete'), refused);
  expect(answer.Status).toBe('FAILED');
  expect(answer.Reason).toContain(
    `${NAMES.join(', ')} (AccessDeniedException: not authorized). Delete them by hand`,
  );
});

test('the failure reason contains the thrown value if a deletion throws a value that is no Error object', async () => {
  expect((await run(request('Delete'), 'gone')).answer.Reason).toContain('(gone)');
});

test.for([{}, { Parameters: [], Keep: 'maybe' }, { Parameters: 'x', Keep: 'true' }, undefined])(
  'for the invalid properties %j, a Create request fails and a Delete request succeeds',
  async (properties) => {
    const failure = { Status: 'FAILED', PhysicalResourceId: 'Logical' };
    expect((await run(request('Create', properties ?? null))).answer).toMatchObject(failure);
    const { removed, answer } = await run(request('Delete', properties ?? null));
    expect(removed).toEqual([]);
    expect(answer.Status).toBe('SUCCESS');
  },
);

test('after a failed creation, the answer to the Delete request contains the physical resource id of the request', async () => {
  const { answer } = await run(request('Delete', { Parameters: NAMES, Keep: 'false' }, 'Logical'));
  expect(answer.PhysicalResourceId).toBe('Logical');
});

const FLEET = { Parameters: [], Keep: 'false', FleetPrefix: '/broker-tokens' };

const TOPICS = 'arn:aws:sns:ap-northeast-2:123456789012:BrokerTokens-reports-*.fifo';

test.for([
  ['false', TOPICS],
  ['true', TOPICS],
  ['false', undefined],
])(
  'a Delete request for a fleet deletes the parameters unless Keep is true, and the report topics (Keep: %s, topics: %s)',
  async ([Keep, ReportTopics]) => {
    const properties = { ...FLEET, Keep, ReportTopics };
    const { topics, removed } = await run(request('Delete', properties, '/broker-tokens/*'));
    expect(topics).toEqual(ReportTopics === undefined ? [] : [TOPICS.replace('*', 'kis-2')]);
    const names = ['token', 'state', 'config'].map((name) => `/broker-tokens/kis-2/${name}`);
    expect(removed).toEqual(Keep === 'false' ? names : []);
  },
);

test('the physical resource id of a fleet contains its parameter prefix', async () => {
  expect((await run(request('Create', FLEET))).answer.PhysicalResourceId).toBe('/broker-tokens/*');
});

test('the failure reason of a Delete request for a fleet names the fleet if the deletion fails', async () => {
  const { answer } = await run(request('Delete', FLEET, '/broker-tokens/*'), new Error('refused'));
  expect(answer.Reason).toContain(
    'could not delete the fleet credentials under /broker-tokens (Error: refused)',
  );
});

/**
 * Simulates an account with 40 reads and 3 writes of parameters per second (docs/scale.md) and 30 topic
 * deletions per second. The simulated time is in seconds.
 */
class SimulatedFleet {
  readonly parameters = new Set<string>();
  readonly topics = new Set<string>();
  readonly answers: CleanupAnswer[] = [];
  now = 0;

  constructor(credentials: number) {
    for (let index = 0; index < credentials; index += 1) {
      const names = parameterNames('/broker-tokens', `kis-${index}`);
      for (const name of Object.values(names)) this.parameters.add(name);
      this.topics.add(TOPICS.replace('*', `kis-${index}`));
    }
  }

  /** Simulates one invocation until the function answers or the invocation times out. */
  async invoke(timeout: number): Promise<'answered' | 'killed'> {
    const deadline = this.now + timeout;
    const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>();
    const spend = async (seconds: number): Promise<void> => {
      this.now += seconds;
      if (this.now <= deadline) return;
      kill('killed');
      await new Promise(() => {});
    };
    const ports: CleanupPorts = {
      remove: async (names) => {
        for (let index = 0; index < names.length; index += 10) {
          await spend(1 / 3);
          for (const name of names.slice(index, index + 10)) this.parameters.delete(name);
        }
        return [];
      },
      removeTopics: async (arns) => {
        // The handler deletes the topics and the parameters of a page concurrently. The first deletion of
        // parameters takes a third of a second, so the deletion of the topics must not take longer.
        expect(arns.length / 30).toBeLessThanOrEqual(1 / 3);
        for (const arn of arns) this.topics.delete(arn);
      },
      listFleetPages: (prefix) => this.#pages(prefix, spend),
      log: () => {},
    };
    const properties = { ...FLEET, ReportTopics: TOPICS };
    const answer = handleCleanup(request('Delete', properties, '/broker-tokens/*'), ports);
    const answered = answer.then((each) => {
      this.answers.push(each);
      return 'answered' as const;
    });
    return Promise.race([answered, killed]);
  }

  /** Lists the parameters that existed at the start of the listing, in pages of ten String parameters. */
  async *#pages(
    prefix: string,
    spend: (seconds: number) => Promise<void>,
  ): AsyncGenerator<readonly string[]> {
    const names = [...this.parameters].filter((name) => !name.endsWith('/token')).sort();
    for (let index = 0; index < names.length; index += 10) {
      await spend(1 / 40);
      const page = names.slice(index, index + 10).filter((name) => this.parameters.has(name));
      yield page
        .filter((name) => name.endsWith('/config'))
        .map((name) => name.slice(prefix.length + 1, -'/config'.length));
    }
  }
}

test('two cleanup invocations delete a fleet of 10,000 credentials if the first invocation times out', async () => {
  const fleet = new SimulatedFleet(10_000);
  expect(await fleet.invoke(400)).toBe('killed');
  expect(fleet.parameters.size).toBeLessThan(0.65 * 30_000);
  expect(await fleet.invoke(900)).toBe('answered');
  expect(fleet.parameters.size).toBe(0);
  expect(fleet.topics.size).toBe(0);
  expect(fleet.answers).toEqual([{ Status: 'SUCCESS', PhysicalResourceId: '/broker-tokens/*' }]);
});
