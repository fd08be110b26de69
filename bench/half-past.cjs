// Moves a process to the middle of an hour: at its beginning a tick also compares the secret's version.
const realNow = Date.now;
const shift = Number(process.env.BENCH_CLOCK_SHIFT ?? 0);
Date.now = () => realNow() + shift;
