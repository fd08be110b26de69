import { afterAll, beforeAll } from 'vitest';
import { FakeAws } from '../../simulator/aws/fake-aws.ts';
import type { RunningServer } from '../../simulator/http.ts';
import { conformance } from './suite.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await new FakeAws({ clock: { now: () => Date.now() } }).listen();
});

afterAll(() => server.close());

conformance('fake AWS', () => server.url);
