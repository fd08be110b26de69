import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Starts a program that prints one line of JSON for each line of its input.
 * @returns functions that send a line, and that kill the program
 */
export function startLineProgram(command: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(command, args, { cwd: env['HOME'], env, stdio: ['pipe', 'pipe', 'pipe'] });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(String(chunk)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = async (line = ''): Promise<Readonly<Record<string, unknown>>> => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`the program ended:\n${errors.join('').slice(-3000)}`);
    return JSON.parse(value) as Record<string, unknown>;
  };
  return { send, kill: () => child.kill('SIGKILL') };
}
