// `tsx latency.ts THREADS ORIGINAL COMPRESSED INPUT`: one sample through two models in turns, on WASM with so many threads, which a process
// settles once. INPUT is the first input as JSON: name, dims, float32 data. Prints JSON: the compressed model's time × the original's, and its interval.
import { readFileSync } from 'node:fs';
import { measureLatency } from '../../src/judge/latency.ts';
import { configureRuntime } from '../../src/runtime/configure.ts';
import { openSession } from '../../src/runtime/session.ts';

const RUNS = 400;

const [threads, original, compressed, input] = process.argv.slice(2);
configureRuntime({ threads: Number(threads) });
const { name, dims, data } = JSON.parse(readFileSync(input, 'utf8'));
const feeds = { [name]: { dtype: 'float32', dims, data: Float32Array.from(data) } } as const;
const [a, b] = [
  await openSession(new Uint8Array(readFileSync(original))),
  await openSession(new Uint8Array(readFileSync(compressed))),
];
const { speedup } = await measureLatency(a, b, feeds, 1, RUNS, Number(threads));
console.log(JSON.stringify({ ratio: 1 / speedup.value, low: 1 / speedup.high, high: 1 / speedup.low }));
process.exit(0);
