/** Properties of the custom resource that deletes parameters; texts, because CloudFormation makes texts of all else. */
export interface CleanupProperties {
  readonly Parameters: string[];
  readonly Keep: 'true' | 'false';
}
