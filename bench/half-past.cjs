// Moves the clock to the middle of an hour: at its start a tick also compares the version of the secret.
const realNow = Date.now;
const shift = Number(process.env.BENCH_CLOCK_SHIFT ?? 0);
Date.now = () => realNow() + shift;
