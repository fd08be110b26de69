import { Socket } from 'node:net';

/**
 * The hosts to which tests may connect. A connection to a different host fails at once, with the host in the
 * error message.
 */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0)$/;

const GUARD_MARKER = Symbol.for('broker-tokens.loopback-only');
const connect = Socket.prototype.connect;

// Several test files share a worker, and each worker needs only one guard.
if (!(GUARD_MARKER in connect))
  Socket.prototype.connect = Object.assign(guardedConnect as typeof connect, { [GUARD_MARKER]: true });

function guardedConnect(this: Socket, ...args: unknown[]): Socket {
  const host = hostOf(args);
  if (host !== undefined && !LOOPBACK.test(host))
    throw new Error(`a test tried to connect to ${host}: tests stay on loopback`);
  return (connect as (...args: unknown[]) => Socket).apply(this, args);
}

/**
 * Returns the host of a call of `net.Socket.connect`. The arguments of this call are options, a path,
 * or a port and a host; Node.js itself passes these arguments in an array.
 */
function hostOf(args: unknown[]): string | undefined {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null) return (first as { host?: string }).host;
  return typeof first === 'number' && typeof args[1] === 'string' ? args[1] : undefined;
}
