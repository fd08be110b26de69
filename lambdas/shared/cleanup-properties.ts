/**
 * The properties of the custom resource that deletes parameters. CloudFormation converts every value to text.
 */
export interface CleanupProperties {
  readonly Parameters: string[];
  readonly Keep: 'true' | 'false';
  /** The parameter prefix of a fleet, whose parameters are deleted as well. */
  readonly FleetPrefix?: string | undefined;
  /**
   * The ARN of the report topic of each of these credentials, with `*` in place of the credential id; these
   * topics are deleted as well.
   */
  readonly ReportTopics?: string | undefined;
}
