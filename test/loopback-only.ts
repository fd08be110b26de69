import { Socket } from 'node:net';

/**
 * Tests may connect only to this machine: any other connection fails at once, with the host in the message.
 */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0)$/;

const GUARDED = Symbol.for('broker-tokens.loopback-only');
const connect = Socket.prototype.connect;

// Test files share a worker, and one guard per worker is sufficient.
if (!(GUARDED in connect))
  Socket.prototype.connect = Object.assign(guardedConnect as typeof connect, { [GUARDED]: true });

function guardedConnect(this: Socket, ...args: unknown[]): Socket {
  const host = hostOf(args);
  if (host !== undefined && !LOOPBACK.test(host))
    throw new Error(`a test tried to connect to ${host}: tests stay on loopback`);
  return (connect as (...args: unknown[]) => Socket).apply(this, args);
}

/**
 * The arguments of net.Socket.connect are options, a path, or a port and a host; Node.js itself passes the
 * normalized array.
 */
function hostOf(args: unknown[]): string | undefined {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null) return (first as { host?: string }).host;
  return typeof first === 'number' && typeof args[1] === 'string' ? args[1] : undefined;
}
