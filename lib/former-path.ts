import { Aspects, CfnElement, CfnResource, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/**
 * Gives the resources below a construct the logical ids that they had at its former path in the same stack.
 * With new ids, an update would fail: it would create resources whose names exist already. Without a former
 * path it does nothing.
 */
export function keepLogicalIds(moved: Construct, formerPath: string | undefined): void {
  if (formerPath === undefined) return;
  // Constructs with the former ids, in a separate stack, show the former logical ids.
  const formerStack = new Stack();
  Aspects.of(moved).add({
    visit: (node) => {
      if (!CfnElement.isCfnElement(node)) return;
      const below = node.node.path.slice(moved.node.path.length + 1);
      const [id = '', ...parents] = `${formerPath}/${below}`.split('/').reverse();
      const scope = parents.reduceRight<Construct>(
        (parent, each) => (parent.node.tryFindChild(each) as Construct) ?? new Construct(parent, each),
        formerStack,
      );
      // A second synthesis visits the same constructs.
      const sameIdResource =
        (scope.node.tryFindChild(id) as CfnResource | undefined) ??
        new CfnResource(scope, id, { type: 'AWS::CloudFormation::WaitConditionHandle' });
      node.overrideLogicalId(formerStack.resolve(sameIdResource.logicalId));
    },
  });
}
