import type { RequestFunction, SimulatedRequest, SimulatedResponse } from '../http.ts';
import type { KisSimulator } from './kis.ts';
import type { KiwoomSimulator } from './kiwoom.ts';
import { type BrokerName, OptionError, readOptions } from './options.ts';

const ROOT = '/simulator';

/** A simulator that can be turned over HTTP while it runs, for tests in any language. */
export function control(name: BrokerName, simulator: KisSimulator | KiwoomSimulator): RequestFunction {
  return (request) =>
    request.path === ROOT || request.path.startsWith(`${ROOT}/`)
      ? answer(name, simulator, request)
      : simulator.handle(request);
}

function answer(
  name: BrokerName,
  simulator: KisSimulator | KiwoomSimulator,
  { method, path, body }: SimulatedRequest,
): SimulatedResponse {
  switch (`${method} ${path}`) {
    case `GET ${ROOT}`:
      return json(200, { options: simulator.options, calls: simulator.calls, tokens: simulator.tokens });
    case `POST ${ROOT}/forget`:
      simulator.forget();
      return json(200, {});
    case `POST ${ROOT}/options`:
      return turn(name, simulator, body);
    default:
      return json(404, { error: `there are GET ${ROOT}, POST ${ROOT}/options and POST ${ROOT}/forget` });
  }
}

function turn(name: BrokerName, simulator: KisSimulator | KiwoomSimulator, body: string): SimulatedResponse {
  try {
    const given: unknown = JSON.parse(body);
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      return json(400, { error: 'the body is a JSON object of options' });
    simulator.set(readOptions(name, { ...given }));
    return json(200, simulator.options);
  } catch (error) {
    if (error instanceof OptionError) return json(400, { error: error.message });
    if (error instanceof SyntaxError) return json(400, { error: 'the body is not JSON' });
    throw error;
  }
}

function json(status: number, body: object): SimulatedResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
