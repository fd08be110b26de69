import { Aspects, CfnElement, CfnResource, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * Gives the resources below a construct the logical ids that they had at its former path in the same stack.
 * With new logical ids, an update would fail, because it would create resources whose names exist already.
 */
export function keepLogicalIds(moved: Construct, formerPath: string): void {
  // The CDK derives the former logical ids from the constructs of this separate stack.
  const formerStack = new Stack();
  Aspects.of(moved).add({
    visit: (node) => {
      if (!CfnElement.isCfnElement(node)) return;
      const relativePath = node.node.path.slice(moved.node.path.length + 1);
      const [id = '', ...parents] = `${formerPath}/${relativePath}`.split('/').reverse();
      const scope = parents.reduceRight<Construct>(
        (parent, each) => (parent.node.tryFindChild(each) as Construct) ?? new Construct(parent, each),
        formerStack,
      );
      // The construct already exists if the app is synthesized a second time.
      const formerResource =
        (scope.node.tryFindChild(id) as CfnResource | undefined) ??
        new CfnResource(scope, id, { type: 'AWS::CloudFormation::WaitConditionHandle' });
      node.overrideLogicalId(formerStack.resolve(formerResource.logicalId));
    },
  });
}
