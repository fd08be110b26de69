import type { CleanupProperties } from '../shared/cleanup-properties.ts';
import { type CleanupAnswer, type CleanupEvent, readProperties } from './event.ts';

export interface CleanupPorts {
  /** Deletes parameters, those that exist; a missing one is no error. Returns the names of the missing ones. */
  readonly remove: (names: readonly string[]) => Promise<readonly string[]>;
  /** Names of all parameters of the credentials that were added under a prefix. */
  readonly added: (prefix: string) => Promise<readonly string[]>;
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/**
 * What a request of CloudFormation is answered. Only Delete does anything: what the refresher created
 * goes when its credential, or the whole stack, goes.
 */
export async function handleCleanup(
  event: CleanupEvent,
  { remove, added, log }: CleanupPorts,
): Promise<CleanupAnswer> {
  const properties = readProperties(event.ResourceProperties);
  const id = physicalId(event, properties);
  if (properties === undefined)
    // A resource that was never made right must still be deletable.
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
    // Told rather than hidden: a token left behind is a secret left behind.
    return {
      Status: 'FAILED',
      PhysicalResourceId: id,
      Reason: `could not delete ${describeProperties(properties)} (${reason}). Delete them by hand, then delete the stack again and let it keep this resource`,
    };
  }
}

/**
 * Names what is to be deleted, so that other names are another resource: CloudFormation then asks to
 * delete the old one, with its old properties.
 */
function physicalId(event: CleanupEvent, properties: CleanupProperties | undefined): string {
  if (event.RequestType === 'Delete') return event.PhysicalResourceId ?? event.LogicalResourceId;
  const { Parameters: [first] = [], AddedUnder: prefix } = properties ?? {};
  return first ?? (prefix && `${prefix}/*`) ?? event.PhysicalResourceId ?? event.LogicalResourceId;
}

function describeProperties({ Parameters: names, AddedUnder: prefix }: CleanupProperties): string {
  return [...names, ...(prefix === undefined ? [] : [`what was added under ${prefix}`])].join(', ');
}
