import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { connectToBroker } from '../../lambdas/brokers/client.ts';
import { createEndpointResolver } from '../../lambdas/brokers/endpoints.ts';
import type { Clock } from '../../lambdas/refresher/clock.ts';
import type { CredentialReadings } from '../../lambdas/refresher/metrics.ts';
import type { DecisionLine } from '../../lambdas/refresher/ports.ts';
import { createSqsHandler } from '../../lambdas/refresher/sqs-handler.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { ParameterStore } from '../../lambdas/store/parameters.ts';
import { SecretsManagerSecrets } from '../../lambdas/store/secrets.ts';
import { LoopbackWorld, type LoopbackWorldOptions } from '../../simulator/world.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface DeliveryResult {
  readonly response: SQSBatchResponse;
  readonly lines: readonly DecisionLine[];
  readonly state: State | undefined;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Runs the refresher with its real adapters, which call the simulated AWS and brokers over loopback. */
export class Operation {
  readonly world: LoopbackWorld;
  readonly log: LogLine[] = [];
  readonly readings: { id: string; at: number; readings: CredentialReadings }[] = [];
  issueCallCount = 0;
  refusedMessageCount = 0;
  readonly #ssm: SSMClient;
  readonly #secrets: SecretsManagerClient;
  #handle: (event: SQSEvent, deadline: number) => Promise<SQSBatchResponse>;

  private constructor(world: LoopbackWorld) {
    this.world = world;
    const client = {
      endpoint: world.environment['AWS_ENDPOINT_URL'] ?? '',
      region: 'ap-northeast-2',
      credentials: { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' },
      maxAttempts: 1,
    };
    this.#ssm = new SSMClient(client);
    this.#secrets = new SecretsManagerClient(client);
    this.#handle = this.#start();
  }

  static async start(options: LoopbackWorldOptions): Promise<Operation> {
    return new Operation(await LoopbackWorld.start(options));
  }

  async stop(): Promise<void> {
    this.#ssm.destroy();
    this.#secrets.destroy();
    await this.world.stop();
  }

  /** Simulates a cold start: the new instance of the function keeps no data of the previous instance. */
  coldStart(): void {
    this.#handle = this.#start();
  }

  #start() {
    const { clock: simulated, environment } = this.world;
    const resolveEndpoint = createEndpointResolver(environment);
    const clock: Clock = {
      now: () => simulated.now(),
      sleepUntil: async (instant) => {
        simulated.set(Math.max(simulated.now(), instant));
      },
    };
    const line = (level: LogLine['level']) => (message: string, fields: LogLine['fields']) => {
      this.log.push({ level, message, fields });
    };
    const store = new ParameterStore({
      ssm: this.#ssm,
      prefix: environment['PARAMETER_PREFIX'] ?? '',
      tokenKeyArn: environment['TOKEN_KEY_ARN'] ?? '',
      now: clock.now,
    });
    const limits = { timeout: 500, maximumBody: 64 * 1024 };
    return createSqsHandler({
      ports: {
        store,
        secrets: new SecretsManagerSecrets(this.#secrets),
        connect: (config) => connectToBroker(config, resolveEndpoint, limits),
        tokenKeyArn: environment['TOKEN_KEY_ARN'] ?? '',
        clock,
      },
      log: { info: line('info'), warn: line('warn'), error: line('error') },
      metrics: {
        publishReadings: (id, readings) => this.readings.push({ id, at: simulated.now(), readings }),
        countIssueCalls: (count) => {
          this.issueCallCount += count;
        },
        countInvalidMessage: () => {
          this.refusedMessageCount += 1;
        },
      },
    });
  }

  async deliver(event: SQSEvent, timeout = 450_000): Promise<SQSBatchResponse> {
    return this.#handle(event, this.world.clock.now() + timeout);
  }

  async send(message: InboxMessage, messageId?: string): Promise<DeliveryResult> {
    const before = this.log.length;
    const { credential } = message;
    const response = await this.deliver(this.world.event(message, messageId), this.world.timeout(credential));
    const lines = this.log
      .slice(before)
      .filter(({ message: text }) => text === 'decision')
      .map(({ fields }) => fields as unknown as DecisionLine);
    return { response, lines, state: this.state(credential) };
  }

  /**
   * Returns the stored state. If `paused`, `pending` or `refused` is absent, the field has the value
   * undefined, so that `toMatchObject` can check its absence.
   */
  state(credential: string): State | undefined {
    const { state } = this.world.published(credential);
    return state && { paused: undefined, pending: undefined, refused: undefined, ...state };
  }

  tick(credential: string): Promise<DeliveryResult> {
    return this.send({ credential, cause: 'schedule' });
  }

  /**
   * Runs a tick at each check interval, from the current time to `until`. If the refresher waits during a
   * tick, the next tick is late.
   */
  async run(credential: string, until: number): Promise<DecisionLine[]> {
    const { clock } = this.world;
    const interval = this.world.config(credential).checkEverySeconds * 1000;
    const lines: DecisionLine[] = [];
    for (let due = clock.now(); due <= until; due += interval) {
      clock.set(Math.max(clock.now(), due));
      lines.push(...(await this.tick(credential)).lines);
    }
    clock.set(Math.max(clock.now(), until));
    return lines;
  }
}

/** Returns the logged decisions in the form `action reason outcome verdict`, without idle ticks. */
export function formatDecisions(lines: readonly DecisionLine[]): string[] {
  return lines
    .filter(({ action, reason }) => !(action === 'keep' && reason === 'Fresh'))
    .map(({ action, reason, outcome, verdict }) =>
      [action, reason, outcome, verdict].filter(Boolean).join(' '),
    );
}
