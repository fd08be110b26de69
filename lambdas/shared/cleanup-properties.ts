import * as v from 'valibot';

/** The properties of the custom resource that deletes parameters. CloudFormation converts values to text. */
export const cleanupPropertiesSchema = v.object({
  Parameters: v.array(v.pipe(v.string(), v.nonEmpty())),
  Keep: v.picklist(['true', 'false']),
  /** The cleanup function also deletes the parameters of all fleet credentials under this prefix. */
  FleetPrefix: v.optional(v.pipe(v.string(), v.nonEmpty())),
  /** The ARN of the fleet's report topics, which are also deleted; `*` replaces the credential id. */
  ReportTopics: v.optional(v.pipe(v.string(), v.includes('*'))),
});

export type CleanupProperties = Readonly<v.InferOutput<typeof cleanupPropertiesSchema>>;
