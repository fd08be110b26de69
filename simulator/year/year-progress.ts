const EVERY = 10_000;

/** How far it is and how long it will take: one line that is rewritten on a terminal, now and then a line elsewhere. */
export class YearProgress {
  readonly #total: number;
  readonly #stream: NodeJS.WriteStream;
  readonly #begun = Date.now();
  #done = 0;
  #lastWrite = Date.now();

  constructor(total: number, stream: NodeJS.WriteStream) {
    this.#total = total;
    this.#stream = stream;
  }

  step(): void {
    this.#done += 1;
    const now = Date.now();
    const often = this.#stream.isTTY ? 200 : EVERY;
    if (now - this.#lastWrite < often) return;
    this.#lastWrite = now;
    const left = ((now - this.#begun) / this.#done) * (this.#total - this.#done);
    const line = `${Math.floor((100 * this.#done) / this.#total)} % · ${this.#done} of ${this.#total} lived · about ${Math.ceil(left / 1000)} s to go`;
    this.#stream.write(this.#stream.isTTY ? `\r${line}   ` : `${line}\n`);
  }

  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }
}
