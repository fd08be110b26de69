/** Properties of the custom resource that deletes parameters. CloudFormation converts every value to text. */
export interface CleanupProperties {
  readonly Parameters: string[];
  readonly Keep: 'true' | 'false';
  /** Parameter prefix: the parameters of its fleet credentials are deleted as well. */
  readonly AddedUnder?: string | undefined;
  /** ARN of the report topic of each of these credentials, with `*` in place of its id: deleted as well. */
  readonly ReportTopics?: string | undefined;
}
