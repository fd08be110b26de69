import { afterAll, beforeAll } from 'vitest';
import { FakeAws } from '../../simulator/aws/fake-aws.ts';
import type { RunningServer } from '../../simulator/http.ts';
import { testConformance } from './suite.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await new FakeAws({ clock: { now: () => Date.now() } }).listen();
});

afterAll(() => server.close());

testConformance('fake AWS', () => server.url);
