/** Properties of the custom resource that deletes parameters; texts, because CloudFormation makes texts of all else. */
export interface CleanupProperties {
  readonly Parameters: string[];
  readonly Keep: 'true' | 'false';
  /** A prefix: the parameters of all credentials that were added under it (`tokens add`) go as well. */
  readonly AddedUnder?: string | undefined;
}
