import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';
import { publishedToken } from '../sample-state.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { programPath } from './python.ts';
import { ROOT } from './stack.ts';

const EXAMPLE = join(ROOT, 'examples', 'kubernetes', 'external-secret.yaml');
const SCHEMAS = join(import.meta.dirname, 'external-secrets');

interface Manifest {
  readonly kind: string;
  readonly errors: readonly string[];
  readonly spec: {
    readonly data?: readonly {
      readonly secretKey: string;
      readonly remoteRef: { readonly key: string; readonly property?: string };
    }[];
  };
}

function check(path: string): readonly Manifest[] {
  const script = join(import.meta.dirname, 'check_manifests.py');
  const python = programPath('tools', 'python') ?? '';
  const lines = execFileSync(python, [script, SCHEMAS, path], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Manifest);
}

describe('examples/kubernetes/external-secret.yaml', () => {
  it('is valid against the published schema of External Secrets Operator', () => {
    expect(check(EXAMPLE).map(({ kind, errors }) => ({ kind, errors }))).toEqual([
      { kind: 'SecretStore', errors: [] },
      { kind: 'ExternalSecret', errors: [] },
    ]);
  });

  it.each([
    ['service: ParameterStore', 'service: ParamStore', /'ParamStore' is not one of/],
    ['refreshInterval: 1m0s', 'refreshEvery: 1m0s', /'refreshEvery' was unexpected/],
    ['refreshInterval: 1m0s', 'refreshInterval: 60', /60 is not of type 'string'/],
    ['external-secrets.io/v1', 'external-secrets.io/v1beta1', /apiVersion: external-secrets.io\/v1beta1/],
  ])('would be rejected with %s replaced by %s', (from, to, message) => {
    const path = join(createTemporaryDirectory('manifest'), 'changed.yaml');
    writeFileSync(path, readFileSync(EXAMPLE, 'utf8').replace(from, to));
    const errors = check(path).flatMap((manifest) => manifest.errors);
    expect(errors.join('\n')).toMatch(message);
  });

  it('refers only to parameters and properties that the refresher writes', () => {
    const data = check(EXAMPLE).flatMap(({ spec }) => spec.data ?? []);
    const { token, state } = names('kis-main');
    const published = publishedToken('FAKE-token', Date.now());
    const content: unknown = JSON.parse(formatState({ generation: 1, published, issues: [] }));
    expect(data.map(({ secretKey }) => secretKey)).toEqual(['token', 'health', 'expires-at', 'generation']);
    for (const { remoteRef } of data) {
      expect(remoteRef.key).toBe(remoteRef.property ? state : token);
      if (remoteRef.property) expect(content).toHaveProperty(remoteRef.property);
    }
  });
});
