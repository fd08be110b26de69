import * as v from 'valibot';
import type { CleanupProperties } from '../shared/cleanup-properties.ts';

const propertiesSchema = v.object({
  Parameters: v.array(v.pipe(v.string(), v.nonEmpty())),
  Keep: v.picklist(['true', 'false']),
  FleetPrefix: v.optional(v.pipe(v.string(), v.nonEmpty())),
  ReportTopics: v.optional(v.pipe(v.string(), v.includes('*'))),
});

/** Source: CloudFormation Template Reference, "Custom resource request and response reference". */
const eventSchema = v.object({
  RequestType: v.picklist(['Create', 'Update', 'Delete']),
  ResponseURL: v.pipe(v.string(), v.url()),
  StackId: v.string(),
  RequestId: v.string(),
  LogicalResourceId: v.string(),
  PhysicalResourceId: v.optional(v.string()),
  ResourceProperties: v.unknown(),
});

export type CleanupEvent = v.InferOutput<typeof eventSchema>;

/** @throws ValiError if the event is no custom resource request of CloudFormation */
export function readEvent(event: unknown): CleanupEvent {
  return v.parse(eventSchema, event);
}

/** Parses the properties of the custom resource. Returns undefined if the properties are invalid. */
export function readProperties(properties: unknown): CleanupProperties | undefined {
  const parsed = v.safeParse(propertiesSchema, properties);
  return parsed.success ? parsed.output : undefined;
}

export interface CleanupAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}
