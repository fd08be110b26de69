import type { BrokerId } from '../../lambdas/shared/credential.ts';
import type { RequestFunction, SimulatedRequest, SimulatedResponse } from '../http.ts';
import type { KisSimulator } from './kis.ts';
import type { KiwoomSimulator } from './kiwoom.ts';
import { OptionError, readOptions } from './options.ts';

const ROOT = '/simulator';

/** Adds HTTP endpoints to a simulator, with which tests in any language control the running simulator. */
export function withHttpControl(name: BrokerId, simulator: KisSimulator | KiwoomSimulator): RequestFunction {
  return (request) => {
    if (request.path !== ROOT && !request.path.startsWith(`${ROOT}/`)) return simulator.handle(request);
    try {
      return answer(name, simulator, request);
    } catch (error) {
      if (error instanceof OptionError) return json(400, { error: error.message });
      if (error instanceof SyntaxError) return json(400, { error: 'the body is not JSON' });
      throw error;
    }
  };
}

function answer(
  name: BrokerId,
  simulator: KisSimulator | KiwoomSimulator,
  { method, path, body }: SimulatedRequest,
): SimulatedResponse {
  switch (`${method} ${path}`) {
    case `GET ${ROOT}`:
      return json(200, { options: simulator.options, calls: simulator.calls, tokens: simulator.tokens });
    case `POST ${ROOT}/forget`:
      simulator.deleteTokensAndCalls();
      return json(200, {});
    case `POST ${ROOT}/options`: {
      const options = readObject(body);
      if (!options) return json(400, { error: 'the body must be a JSON object of options' });
      simulator.set(readOptions(name, options));
      return json(200, simulator.options);
    }
    case `POST ${ROOT}/kill-token`: {
      const token = readObject(body)?.['token'];
      if (typeof token !== 'string') return json(400, { error: 'the body must be {"token": "..."}' });
      if (!simulator.find(token)) return json(404, { error: 'this broker issued no such token' });
      simulator.kill(token);
      return json(200, {});
    }
    default:
      return json(404, {
        error: `the control calls are GET ${ROOT}, POST ${ROOT}/options, POST ${ROOT}/kill-token and POST ${ROOT}/forget`,
      });
  }
}

function readObject(body: string): Readonly<Record<string, unknown>> | undefined {
  const value: unknown = JSON.parse(body);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function json(status: number, body: object): SimulatedResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
