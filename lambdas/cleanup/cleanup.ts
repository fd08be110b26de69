import type { CleanupProperties } from '../shared/cleanup-properties.ts';
import { type CleanupAnswer, type CleanupEvent, readProperties } from './event.ts';

export interface CleanupPorts {
  /** Deletes parameters. A missing one is no error. Returns the names of the missing ones. */
  readonly remove: (names: readonly string[]) => Promise<readonly string[]>;
  /** Names of all parameters of the fleet credentials under a prefix. */
  readonly added: (prefix: string) => Promise<readonly string[]>;
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/**
 * The answer to a request of CloudFormation. Only Delete has an effect: the parameters that the refresher
 * created are deleted with their credential or with the whole stack.
 */
export async function handleCleanup(
  event: CleanupEvent,
  { remove, added, log }: CleanupPorts,
): Promise<CleanupAnswer> {
  const properties = readProperties(event.ResourceProperties);
  const id = physicalId(event, properties);
  if (properties === undefined)
    // A resource with invalid properties must still be deletable.
    return event.RequestType === 'Delete'
      ? { Status: 'SUCCESS', PhysicalResourceId: id }
      : {
          Status: 'FAILED',
          PhysicalResourceId: id,
          Reason: 'needs Parameters (a list of names) and Keep ("true" or "false")',
        };
  if (event.RequestType !== 'Delete') return { Status: 'SUCCESS', PhysicalResourceId: id };
  const { Keep: keep, AddedUnder: prefix } = properties;
  let names: readonly string[] = properties.Parameters;
  if (keep === 'true') {
    log('kept', { names, prefix });
    return { Status: 'SUCCESS', PhysicalResourceId: id };
  }
  try {
    if (prefix !== undefined) names = [...names, ...(await added(prefix))];
    const missing = await remove(names);
    log('deleted', { names: names.filter((name) => !missing.includes(name)), missing });
    return { Status: 'SUCCESS', PhysicalResourceId: id };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    log('failed', { names, reason });
    // The failure is reported, because a token that remains is a secret that remains.
    return {
      Status: 'FAILED',
      PhysicalResourceId: id,
      Reason: `could not delete ${describeProperties(properties)} (${reason}). Delete them by hand, then delete the stack again and let it keep this resource`,
    };
  }
}

/**
 * Identifies the parameters to delete. Other parameters are another resource, so that CloudFormation
 * requests the deletion of the old one with its old properties.
 */
function physicalId(event: CleanupEvent, properties: CleanupProperties | undefined): string {
  if (event.RequestType === 'Delete') return event.PhysicalResourceId ?? event.LogicalResourceId;
  const { Parameters: [first] = [], AddedUnder: prefix } = properties ?? {};
  return first ?? (prefix && `${prefix}/*`) ?? event.PhysicalResourceId ?? event.LogicalResourceId;
}

function describeProperties({ Parameters: names, AddedUnder: prefix }: CleanupProperties): string {
  return [...names, ...(prefix === undefined ? [] : [`the fleet credentials under ${prefix}`])].join(', ');
}
