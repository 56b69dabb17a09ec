import { expect, test } from 'vitest';
import { assemble } from './assemble.ts';
import { BINARY } from './binary.ts';
import { PAGES } from './layout.ts';
import { KERNELS } from './text.ts';

function instantiate(text: string): {
  call: Record<string, (...args: number[]) => number>;
  memory: WebAssembly.Memory;
} {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble(text, 1)), { env: { memory } });
  return { call: exports as Record<string, (...args: number[]) => number>, memory };
}

test('constants of any size come out as they were written', () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31), 0x4b400000]) {
    const { call } = instantiate(`(func $f (result i32) (i32.const ${value}))`);
    expect(call.f()).toBe(value);
  }
  const { call } = instantiate('(func $f (result f64) (f64.const -0.1)) (func $g (result f32) (f32.const 0.1))');
  expect(call.f()).toBe(-0.1);
  expect(call.g()).toBe(Math.fround(0.1));
});

test('loops, branches out of them, conditions and calls', () => {
  const { call } = instantiate(`
    ;; n! modulo 2^32, and 0 for n = 7
    (func $factorial (param $n i32) (result i32) (local $f i32)
      (local.set $f (i32.const 1))
      (if (i32.eq (local.get $n) (i32.const 7)) (then (local.set $f (i32.const 0))) (else (local.set $f (i32.const 1))))
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $f (i32.mul (local.get $f) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (if (i32.lt_s (local.get $n) (i32.const 0)) (then (br $done)))
        (br $next)))
      (local.get $f))
    (func $twice (param $n i32) (result i32) (i32.add (call $factorial (local.get $n)) (call $factorial (local.get $n))))`);
  expect([0, 1, 5, 7].map((n) => call.factorial(n))).toEqual([1, 1, 120, 0]);
  expect(call.twice(5)).toBe(240);
});

test('vectors: offsets, lanes and shuffles', () => {
  const { call, memory } = instantiate(`
    (func $f (param $p i32)
      (v128.store offset=16 (local.get $p)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (v128.load (local.get $p)) (v128.load (local.get $p))))
      (v128.store8_lane offset=300 5 (local.get $p) (v128.load (local.get $p))))`);
  const floats = new Float32Array(memory.buffer);
  floats.set([1, 2, 3, 4]);
  call.f(0);
  expect([...floats.subarray(4, 8)]).toEqual([3, 4, 1, 2]);
  expect(new Uint8Array(memory.buffer)[300]).toBe(new Uint8Array(memory.buffer)[5]);
});

test('what is wrong is said, with the function it is in', () => {
  const wrong: [string, RegExp][] = [
    ['(func $f (i32.nonsense))', /\$f: no instruction is called i32.nonsense/],
    ['(func $f (local.get $x))', /\$f: \$x is not declared/],
    ['(func $f (br $away))', /\$f: \$away is not declared/],
    ['(func $f (i32.const))', /\$f: i32.const with 0 immediates/],
    ['(func $f (i32.const a))', /a is no number/],
    ['(func $f (param $a i31))', /no type is called i31/],
    ['(func $f', /not closed/],
    ['(func $f))', /too many/],
  ];
  for (const [text, message] of wrong) expect(() => assemble(text, 1)).toThrow(message);
});

test('the binary that is kept is what the text says: npm run kernels', () => {
  expect(btoa(String.fromCharCode(...assemble(KERNELS, PAGES)))).toBe(BINARY);
});
