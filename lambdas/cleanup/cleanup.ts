import * as v from 'valibot';
import { type CleanupProperties, cleanupPropertiesSchema } from '../shared/cleanup-properties.ts';
import { parameterNames } from '../shared/names.ts';

/** Source: CloudFormation Template Reference, "Custom resource request and response reference". */
export const eventSchema = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.url()),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
  PhysicalResourceId: v.optional(v.string()),
  ResourceProperties: v.unknown(),
});

export type CleanupEvent = v.InferOutput<typeof eventSchema>;

export interface CleanupAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

export interface CleanupPorts {
  /** Deletes parameters, and returns the names of the parameters that did not exist. */
  readonly remove: (names: readonly string[]) => Promise<readonly string[]>;
  /** A topic that does not exist causes no error. */
  readonly removeTopics: (arns: readonly string[]) => Promise<void>;
  /** Lists the ids of the fleet credentials under a prefix, page by page. A page may be empty. */
  readonly listFleetPages: (prefix: string) => AsyncIterable<readonly string[]>;
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Only a Delete request has an effect: it deletes parameters of credentials and topics of a fleet. */
export async function handleCleanup(event: CleanupEvent, ports: CleanupPorts): Promise<CleanupAnswer> {
  const { success: isValid, output } = v.safeParse(cleanupPropertiesSchema, event.ResourceProperties);
  const properties = isValid ? output : undefined;
  const PhysicalResourceId = physicalResourceId(event, properties);
  if (event.RequestType !== 'Delete' && properties === undefined) {
    const Reason = 'needs Parameters (a list of names) and Keep ("true" or "false")';
    return { Status: 'FAILED', PhysicalResourceId, Reason };
  }
  // CloudFormation must be able to delete a resource with invalid properties.
  if (event.RequestType !== 'Delete' || properties === undefined)
    return { Status: 'SUCCESS', PhysicalResourceId };
  try {
    await remove(properties, ports);
    return { Status: 'SUCCESS', PhysicalResourceId };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    ports.log('failed', { names: properties.Parameters, reason });
    // A remaining token parameter contains a secret, so the request must fail.
    return {
      Status: 'FAILED',
      PhysicalResourceId,
      Reason: `could not delete ${describeProperties(properties)} (${reason}). Delete them by hand, then delete the stack again and let it keep this resource`,
    };
  }
}

async function remove(properties: CleanupProperties, ports: CleanupPorts): Promise<void> {
  const { Parameters: names, Keep: keep, FleetPrefix: prefix, ReportTopics: topics } = properties;
  if (keep === 'true') {
    ports.log('kept', { names, prefix });
    // The topics are deleted, because the stack deletes the queue that subscribes to the topics.
    if (prefix !== undefined && topics !== undefined)
      for await (const ids of ports.listFleetPages(prefix))
        await ports.removeTopics(topicArnsOf(ids, topics));
    return;
  }
  const missing = await ports.remove(names);
  ports.log('deleted', { names: names.filter((name) => !missing.includes(name)), missing });
  if (prefix !== undefined) await removeFleet(prefix, topics, ports);
}

function topicArnsOf(ids: readonly string[], topicArnPattern: string | undefined): readonly string[] {
  return topicArnPattern === undefined ? [] : ids.map((id) => topicArnPattern.replace('*', id));
}

/** The maximum number of names in one DeleteParameters request (source: SSM API reference). */
export const MAX_NAMES_PER_REQUEST = 10;

/** Lists credentials until none is left, because a listing can miss some while parameters are deleted. */
async function removeFleet(
  prefix: string,
  topics: string | undefined,
  { remove, removeTopics, listFleetPages, log }: CleanupPorts,
): Promise<void> {
  for (let credentials = -1; credentials !== 0; ) {
    credentials = 0;
    let configs: string[] = [];
    for await (const ids of listFleetPages(prefix)) {
      credentials += ids.length;
      const names = ids.map((id) => parameterNames(prefix, id));
      await Promise.all([
        removeTopics(topicArnsOf(ids, topics)),
        remove(names.flatMap(({ token, state }) => [token, state])),
      ]);
      // A second invocation finds credentials by their config parameters, so these are deleted last.
      configs.push(...names.map(({ config }) => config));
      if (configs.length < MAX_NAMES_PER_REQUEST) continue;
      await remove(configs);
      configs = [];
    }
    await remove(configs);
    log('deleted fleet credentials', { prefix, credentials });
  }
}

/** If the id changes, CloudFormation deletes the previous resource with its previous properties. */
function physicalResourceId(event: CleanupEvent, properties: CleanupProperties | undefined): string {
  if (event.RequestType === 'Delete') return event.PhysicalResourceId ?? event.LogicalResourceId;
  const { Parameters: [first] = [], FleetPrefix: prefix } = properties ?? {};
  return first ?? (prefix && `${prefix}/*`) ?? event.PhysicalResourceId ?? event.LogicalResourceId;
}

function describeProperties({ Parameters: names, FleetPrefix: prefix }: CleanupProperties): string {
  return [...names, ...(prefix === undefined ? [] : [`the fleet credentials under ${prefix}`])].join(', ');
}
