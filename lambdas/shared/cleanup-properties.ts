/**
 * The properties of the custom resource that deletes parameters. CloudFormation converts every value to text.
 */
export interface CleanupProperties {
  readonly Parameters: string[];
  readonly Keep: 'true' | 'false';
  /**
   * The parameter prefix of a fleet. The cleanup function also deletes the parameters of all fleet
   * credentials.
   */
  readonly FleetPrefix?: string | undefined;
  /**
   * The ARN of the report topics of the fleet, with `*` in place of the credential id. The cleanup function
   * also deletes these topics.
   */
  readonly ReportTopics?: string | undefined;
}
