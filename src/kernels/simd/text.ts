import { BINS, BINS_BYTES, OF, SUMS } from './layout.ts';

/**
 * The kernels, in WebAssembly's text format (`assemble.ts`). Each is the twin of a loop, named at its head, and gives the
 * same bits. Element i of a call is added up in lane i mod 4, in the loops as here.
 */

const times = (n: number, text: (i: number) => string) => Array.from({ length: n }, (_, i) => text(i)).join('\n');
const get = (name: string) => `(local.get $${name})`;
const i32 = (value: number) => `(i32.const ${value})`;
const splat = (value: number) => `(v128.const i32x4 ${value} ${value} ${value} ${value})`;
const fsplat = (value: string | number) => `(v128.const f32x4 ${value} ${value} ${value} ${value})`;
const advance = (name: string, by: number | string) =>
  `(local.set $${name} (i32.add ${get(name)} ${typeof by === 'number' ? i32(by) : by}))`;

/** While at least `step` elements are left in `n`. */
const loop = (label: string, n: string, step: number, body: string) => `
  (block $${label}_end (loop $${label}
    (br_if $${label}_end (i32.lt_s ${get(n)} ${i32(step)}))
    ${body}
    (local.set $${n} (i32.sub ${get(n)} ${i32(step)}))
    (br $${label})))`;

/** Counts the float at $y + 4·i by its upper half. */
const count = (i: number) => `
  (local.set $bin (i32.shl (i32.load16_u offset=${4 * i + 2} ${get('y')}) ${i32(2)}))
  (i32.store offset=${BINS + (i % 2) * BINS_BYTES} ${get('bin')}
    (i32.add (i32.load offset=${BINS + (i % 2) * BINS_BYTES} ${get('bin')}) ${i32(1)}))`;

/** Two floats from $p + offset as float64. */
const doubles = (p: string, offset: number) =>
  `(f64x2.promote_low_f32x4 (v128.load64_zero offset=${offset} ${get(p)}))`;

const sumsAt = (name: keyof typeof OF, half = 0) => `offset=${SUMS + OF[name] + 16 * half} ${i32(0)}`;
const restore = (local: string, name: keyof typeof OF, half = 0) =>
  `(local.set $${local} (v128.load ${sumsAt(name, half)}))`;
const keep = (local: string, name: keyof typeof OF, half = 0) => `(v128.store ${sumsAt(name, half)} ${get(local)})`;

/** Float64 sums in four lanes, by the local that has them while a kernel runs. */
const SUM = { s: 'sum', q: 'square', a: 'signal', e: 'noise' } as const;

/**
 * One pass over n floats y, n a multiple of 4: extremes and zeros, with Σ(y − shift), Σ(y − shift)² and a histogram (`sketch.ts`,
 * `moments`), and with Σx² and Σ(x − y)² (`loops/measure.ts`, `errors`).
 */
const pass = (name: string, { moments, errors }: { moments: boolean; errors: boolean }) => {
  const sums = (['s', 'q', 'a', 'e'] as const).filter((sum) => (sum === 's' || sum === 'q' ? moments : errors));
  const each = (text: (sum: keyof typeof SUM, half: number) => string) =>
    sums.map((sum) => text(sum, 0) + text(sum, 1)).join(' ');
  const add = (sum: string, half: number, value: string) =>
    `(local.set $${sum}${half} (f64x2.add ${get(`${sum}${half}`)} ${value}))`;
  const squared = (local: string) => `(f64x2.mul ${get(local)} ${get(local)})`;
  return `
(func $${name} ${errors ? '(param $x i32)' : ''} (param $y i32) (param $n i32) (param $shift f64)
  (local $bin i32) (local $v v128) (local $by v128) (local $d v128) (local $u v128) (local $zero v128)
  ${each((sum, half) => `(local $${sum}${half} v128)`)} (local $low v128) (local $high v128) (local $zeros v128)
  (local.set $by (f64x2.splat ${get('shift')}))
  ${each((sum, half) => restore(`${sum}${half}`, SUM[sum], half))}
  ${restore('low', 'low')} ${restore('high', 'high')} ${restore('zeros', 'zeros')}
  ${loop(
    'four',
    'n',
    4,
    `
    ${moments ? times(4, count) : ''}
    (local.set $v (v128.load ${get('y')}))
    (local.set $low (f32x4.pmin ${get('low')} ${get('v')}))
    (local.set $high (f32x4.pmax ${get('high')} ${get('v')}))
    (local.set $zeros (i32x4.sub ${get('zeros')} (f32x4.eq ${get('v')} ${get('zero')})))
    ${times(
      2,
      (half) => `
    (local.set $u ${doubles('y', 8 * half)})
    ${
      moments
        ? `(local.set $d (f64x2.sub ${get('u')} ${get('by')})) ${add('s', half, get('d'))} ${add('q', half, squared('d'))}`
        : ''
    }
    ${
      errors
        ? `(local.set $d ${doubles('x', 8 * half)}) ${add('a', half, squared('d'))}
    (local.set $d (f64x2.sub ${get('d')} ${get('u')})) ${add('e', half, squared('d'))}`
        : ''
    }`,
    )}
    ${errors ? advance('x', 16) : ''} ${advance('y', 16)}`,
  )}
  ${each((sum, half) => keep(`${sum}${half}`, SUM[sum], half))}
  ${keep('low', 'low')} ${keep('high', 'high')} ${keep('zeros', 'zeros')})`;
};

/** Writes the bins that hold something to $out, each as its upper half and its count, and empties them. Gives how many. */
const gather = `
(func $gather (param $out i32) (result i32)
  (local $at i32) (local $n i32) (local $bin i32) (local $from i32) (local $zero v128)
  (local.set $from ${get('out')})
  (local.set $n ${i32(65536)})
  ${loop(
    'four',
    'n',
    4,
    `
    (if (v128.any_true (v128.or (v128.load offset=${BINS} ${get('at')}) (v128.load offset=${BINS + BINS_BYTES} ${get('at')})))
      (then
        ${times(
          4,
          (i) => `
        (local.set $bin (i32.add (i32.load offset=${BINS + 4 * i} ${get('at')})
          (i32.load offset=${BINS + BINS_BYTES + 4 * i} ${get('at')})))
        (if ${get('bin')} (then
          (i32.store ${get('out')} (i32.add (i32.shr_u ${get('at')} ${i32(2)}) ${i32(i)}))
          (i32.store offset=4 ${get('out')} ${get('bin')})
          ${advance('out', 8)}))`,
        )}
        (v128.store offset=${BINS} ${get('at')} ${get('zero')})
        (v128.store offset=${BINS + BINS_BYTES} ${get('at')} ${get('zero')})))
    ${advance('at', 16)}`,
  )}
  (i32.shr_u (i32.sub ${get('out')} ${get('from')}) ${i32(3)}))`;

/** What four vectors of sums of x · 0 say together. */
const poisonOf = `
  (local.set $p0 (f32x4.add (f32x4.add ${get('p0')} ${get('p1')}) (f32x4.add ${get('p2')} ${get('p3')})))
  (local.set $p0 (f32x4.add ${get('p0')} (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 ${get('p0')} ${get('p0')})))
  (f32.add (f32x4.extract_lane 0 ${get('p0')}) (f32x4.extract_lane 1 ${get('p0')}))`;
/** Adds x · 0, which is NaN for what is not finite. */
const poisonWith = (sum: string, value: string) =>
  `(local.set $${sum} (f32x4.add ${get(sum)} (f32x4.mul ${value} ${fsplat(0)})))`;

/** A number that is NaN where one of n floats is not finite: `loops/extremes.ts`. */
const poison = `
(func $poison (param $x i32) (param $n i32) (result f32)
  ${times(4, (i) => `(local $p${i} v128)`)}
  ${loop(
    'sixteen',
    'n',
    16,
    `
    ${times(4, (i) => poisonWith(`p${i}`, `(v128.load offset=${16 * i} ${get('x')})`))}
    ${advance('x', 64)}`,
  )}
  ${loop(
    'one',
    'n',
    1,
    `
    ${poisonWith('p0', `(v128.load32_splat ${get('x')})`)}
    ${advance('x', 4)}`,
  )}
  ${poisonOf})`;

/**
 * Runs over n elements that are in channels c, c + 1, … of `channels`, again and again: `body(width)` for 4 and for 1 of
 * them at a time, with `$at` the byte offset of the channel in its arrays.
 */
const rows = (body: (width: 4 | 1) => string) => `
  (local.set $at (i32.shl ${get('c')} ${i32(2)}))
  (block $done (loop $row
    (br_if $done (i32.le_s ${get('n')} ${i32(0)}))
    (local.set $left (i32.sub ${get('channels')} (i32.shr_u ${get('at')} ${i32(2)})))
    (if (i32.gt_s ${get('left')} ${get('n')}) (then (local.set $left ${get('n')})))
    (local.set $n (i32.sub ${get('n')} ${get('left')}))
    ${loop('four', 'left', 4, body(4))}
    ${loop('one', 'left', 1, body(1))}
    (local.set $at ${i32(0)})
    (br $row)))`;

const load = (width: 4 | 1, address: string, offset = 0) =>
  `(${width === 4 ? 'v128.load' : 'v128.load32_zero'} offset=${offset} ${address})`;
const store = (width: 4 | 1, address: string, value: string, offset = 0) =>
  width === 4
    ? `(v128.store offset=${offset} ${address} ${value})`
    : `(f32.store offset=${offset} ${address} (f32x4.extract_lane 0 ${value}))`;
const channel = (array: string) => `(i32.add ${get(array)} ${get('at')})`;

/** Extremes by channel where neighbours are in neighbouring channels: `sketch.ts`, `ranges`. */
const rowRanges = `
(func $rowRanges (param $x i32) (param $n i32) (param $c i32) (param $channels i32) (param $low i32) (param $high i32)
  (local $at i32) (local $left i32) (local $v v128) (local $p v128)
  ${rows(
    (width) => `
    (local.set $v ${load(width, get('x'))})
    ${store(width, channel('low'), `(f32x4.pmin ${load(width, channel('low'))} ${get('v')})`)}
    ${store(width, channel('high'), `(f32x4.pmax ${load(width, channel('high'))} ${get('v')})`)}
    ${advance('x', 4 * width)} ${advance('at', 4 * width)}`,
  )})`;

/** From so many elements on the quarters of a run are looked at side by side. */
const LONG = 16384;
/** Where the quarters begin. */
const QUARTERS = ['x', 'x1', 'x2', 'x3'];
/** The four floats at $x + 16 · j bytes into the extremes, and the poison, number i. */
const extend = (i: number, x: string, j: number) => `
      (local.set $v (v128.load offset=${16 * j} ${get(x)}))
      (local.set $l${i} (f32x4.pmin ${get(`l${i}`)} ${get('v')}))
      (local.set $h${i} (f32x4.pmax ${get(`h${i}`)} ${get('v')}))
      ${poisonWith(`p${i}`, get('v'))}`;

/**
 * Extremes by channel where $inner neighbours are in one channel. The first $left of them are what is left of channel c:
 * `sketch.ts`, `rangesOf`. Gives what `poison` gives. What is not in the cache of this processor arrives sooner when it is asked for in
 * four places: floats that another thread has just read took .20 ns each instead of .36.
 */
const runRanges = `
(func $runRanges (param $x i32) (param $n i32) (param $left i32) (param $inner i32)
    (param $c i32) (param $channels i32) (param $low i32) (param $high i32) (result f32)
  (local $at i32) (local $v v128) (local $l v128) (local $h v128)
  (local $m i32) (local $x1 i32) (local $x2 i32) (local $x3 i32)
  ${times(4, (i) => `(local $l${i} v128) (local $h${i} v128) (local $p${i} v128)`)}
  (block $done (loop $run
    (br_if $done (i32.le_s ${get('n')} ${i32(0)}))
    (if (i32.gt_s ${get('left')} ${get('n')}) (then (local.set $left ${get('n')})))
    (local.set $n (i32.sub ${get('n')} ${get('left')}))
    (local.set $at (i32.shl ${get('c')} ${i32(2)}))
    (local.set $l (v128.load32_splat ${channel('low')}))
    (local.set $h (v128.load32_splat ${channel('high')}))
    ${times(4, (i) => `(local.set $l${i} ${get('l')}) (local.set $h${i} ${get('h')})`)}
    (if (i32.ge_s ${get('left')} ${i32(LONG)}) (then
      (local.set $m (i32.and (i32.shr_u ${get('left')} ${i32(2)}) ${i32(-16)}))
      (local.set $left (i32.sub ${get('left')} (i32.shl ${get('m')} ${i32(2)})))
      ${times(3, (i) => `(local.set $x${i + 1} (i32.add ${get(QUARTERS[i])} (i32.shl ${get('m')} ${i32(2)})))`)}
      ${loop('quarters', 'm', 16, QUARTERS.map((x, i) => `${times(4, (j) => extend(i, x, j))} ${advance(x, 64)}`).join(''))}
      (local.set $x ${get('x3')})))
    ${loop('sixteen', 'left', 16, `${times(4, (i) => extend(i, 'x', i))} ${advance('x', 64)}`)}
    ${times(4, (i) => `(local.set $l (f32x4.pmin ${get('l')} ${get(`l${i}`)})) (local.set $h (f32x4.pmax ${get('h')} ${get(`h${i}`)}))`)}
    ${(['v128.load', 'v128.load32_splat'] as const)
      .map((read, i) =>
        loop(
          read === 'v128.load' ? 'four' : 'one',
          'left',
          i === 0 ? 4 : 1,
          `
      (local.set $v (${read} ${get('x')}))
      (local.set $l (f32x4.pmin ${get('l')} ${get('v')}))
      (local.set $h (f32x4.pmax ${get('h')} ${get('v')}))
      ${poisonWith('p0', get('v'))}
      ${advance('x', i === 0 ? 16 : 4)}`,
        ),
      )
      .join('')}
    ${(['l', 'h'] as const)
      .map(
        (side) => `
    (local.set $${side} (f32x4.pm${side === 'l' ? 'in' : 'ax'} ${get(side)} (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 ${get(side)} ${get(side)})))
    (local.set $${side} (f32x4.pm${side === 'l' ? 'in' : 'ax'} ${get(side)} (i8x16.shuffle 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 ${get(side)} ${get(side)})))
    ${store(1, channel(side === 'l' ? 'low' : 'high'), get(side))}`,
      )
      .join('')}
    (local.set $left ${get('inner')})
    (local.set $c (i32.add ${get('c')} ${i32(1)}))
    (if (i32.eq ${get('c')} ${get('channels')}) (then (local.set $c ${i32(0)})))
    (br $run)))
  ${poisonOf})`;

/** Adding 1.5 · 2²³ rounds a float32 below 2²² to an integer, ties to even, and leaves it in the lowest bits. */
const ROUND = 12582912;
const ROUND_BITS = 0x4b400000;

/**
 * $v, a number over its scale, between its bounds and rounded: $r as 1.5 · 2²³ + integer. NaN becomes 0, as in the loops.
 */
const rounded = (low: string, high: string) => `
  (local.set $v (f32x4.pmax (f32x4.pmin ${get('v')} ${high}) ${low}))
  (local.set $v (v128.and ${get('v')} (f32x4.eq ${get('v')} ${get('v')})))
  (local.set $r (f32x4.add ${get('v')} ${fsplat(ROUND)}))`;

/** x̂ = integer · scale, without the zero point in between: it would only be added and taken away. */
const floats = (scale: string) => `(f32x4.mul (f32x4.sub ${get('r')} ${fsplat(ROUND)}) ${scale})`;

/**
 * n elements of one group to integers and, unless they are bare, to what these stand for: `loops/quantize.ts`, `quantizeRun` and
 * `dequantizeRun`. Sixteen at a time: what follows the last element is worked on too.
 * @param sign of the narrowing: `s` for int8, `u` for uint8
 */
const quantizeRun = (sign: 's' | 'u', bare = false) => `
(func $${bare ? 'bareQ' : 'q'}uantizeRun_${sign} (param $x i32) (param $n i32) (param $q i32) (param $y i32)
    (param $scale f32) (param $low f32) (param $high f32) (param $zero i32)
  (local $v v128) (local $r v128) (local $s v128) (local $lows v128) (local $highs v128) (local $z v128)
  ${times(4, (i) => `(local $i${i} v128)`)}
  (local.set $n (i32.add ${get('n')} ${i32(15)}))
  (local.set $s (f32x4.splat ${get('scale')}))
  (local.set $lows (f32x4.splat ${get('low')}))
  (local.set $highs (f32x4.splat ${get('high')}))
  (local.set $z (i32x4.splat (i32.sub ${get('zero')} ${i32(ROUND_BITS)})))
  ${loop(
    'sixteen',
    'n',
    16,
    `
    ${times(
      4,
      (i) => `
    (local.set $v (f32x4.div (v128.load offset=${16 * i} ${get('x')}) ${get('s')}))
    ${rounded(get('lows'), get('highs'))}
    (local.set $i${i} (i32x4.add ${get('r')} ${get('z')}))
    ${bare ? '' : `(v128.store offset=${16 * i} ${get('y')} ${floats(get('s'))})`}`,
    )}
    (v128.store ${get('q')} (i8x16.narrow_i16x8_${sign}
      (i16x8.narrow_i32x4_s ${get('i0')} ${get('i1')}) (i16x8.narrow_i32x4_s ${get('i2')} ${get('i3')})))
    ${advance('x', 64)} ${advance('y', 64)} ${advance('q', 16)}`,
  )})`;

/**
 * The same where neighbours are in neighbouring groups, from channel c on: `loops/quantize.ts`, `quantizeRow`. Scales,
 * bounds and zero points of the channels are arrays of float32 and int32, `stride` bytes apart.
 */
const quantizeRows = `
(func $quantizeRows (param $x i32) (param $n i32) (param $q i32) (param $y i32)
    (param $c i32) (param $channels i32) (param $scale i32) (param $stride i32)
  (local $at i32) (local $left i32) (local $v v128) (local $r v128) (local $i v128) (local $s v128)
  (local $low i32) (local $high i32) (local $zero i32)
  (local.set $low (i32.add ${get('scale')} ${get('stride')}))
  (local.set $high (i32.add ${get('low')} ${get('stride')}))
  (local.set $zero (i32.add ${get('high')} ${get('stride')}))
  ${rows(
    (width) => `
    (local.set $s ${load(width, channel('scale'))})
    (local.set $v (f32x4.div ${load(width, get('x'))} ${get('s')}))
    ${rounded(load(width, channel('low')), load(width, channel('high')))}
    (local.set $i (i32x4.add (i32x4.sub ${get('r')} ${splat(ROUND_BITS)}) ${load(width, channel('zero'))}))
    ${store(width, get('y'), floats(get('s')))}
    ${
      width === 4
        ? `(local.set $i (v128.and ${get('i')} ${splat(255)}))
    (local.set $i (i16x8.narrow_i32x4_u ${get('i')} ${get('i')}))
    (i32.store ${get('q')} (i32x4.extract_lane 0 (i8x16.narrow_i16x8_u ${get('i')} ${get('i')})))`
        : `(i32.store8 ${get('q')} (i32x4.extract_lane 0 ${get('i')}))`
    }
    ${advance('x', 4 * width)} ${advance('y', 4 * width)} ${advance('q', width)} ${advance('at', 4 * width)}`,
  )})`;

/** What is larger than a in its exponent is infinite or no number. */
const INFINITE = 0x7f800000;

/**
 * Four floats at $x + offset to float16, clamped, in the low halves of $h, and to what these are, at $y + offset:
 * `loops/halves.ts`. Adding one half lets the processor round what is subnormal in float16, in units of 2⁻²⁴.
 */
const half = (offset: number, out: string) => `
  (local.set $v (v128.load offset=${offset} ${get('x')}))
  (local.set $a (v128.and ${get('v')} ${splat(0x7fffffff)}))
  (local.set $h (v128.bitselect
    (i32x4.sub (f32x4.add ${get('a')} ${fsplat(0.5)}) ${splat(0x3f000000)})
    (i32x4.min_s ${splat(0x7c00)} (i32x4.shr_u
      (i32x4.add (i32x4.sub ${get('a')} ${splat(0x38000000 - 0xfff)}) (v128.and (i32x4.shr_u ${get('a')} ${i32(13)}) ${splat(1)}))
      ${i32(13)}))
    (i32x4.lt_s ${get('a')} ${splat(0x38800000)})))
  (local.set $h (v128.bitselect ${get('least')} ${get('h')} (v128.and (i32x4.lt_s ${get('a')} ${get('min')}) (i32x4.gt_s ${get('a')} ${splat(0)}))))
  (local.set $h (v128.bitselect ${get('most')} ${get('h')} (v128.and (i32x4.gt_s ${get('a')} ${get('max')}) (i32x4.lt_s ${get('a')} ${splat(INFINITE)}))))
  (local.set $nan (i32x4.gt_s ${get('a')} ${splat(INFINITE)}))
  (local.set $f (v128.and (i32x4.shr_u ${get('a')} ${i32(13)}) ${splat(0x3ff)}))
  (local.set $f (v128.or ${splat(0x7c00)} (v128.or ${get('f')} (v128.and (i32x4.eq ${get('f')} ${splat(0)}) ${splat(1)}))))
  (local.set $h (v128.bitselect ${get('f')} ${get('h')} ${get('nan')}))
  (local.set $f (f32x4.mul (i32x4.shl ${get('h')} ${i32(13)}) ${fsplat(2 ** 112)}))
  (local.set $f (v128.or ${get('f')} (v128.and (i32x4.gt_s ${get('h')} ${splat(0x7bff)}) ${splat(INFINITE)})))
  (local.set $f (v128.or ${get('f')} (v128.and ${get('v')} ${splat(-0x80000000)})))
  (v128.store offset=${offset} ${get('y')} (v128.bitselect ${splat(0x7fc00000)} ${get('f')} ${get('nan')}))
  (local.set $${out} (v128.or ${get('h')} (v128.and (i32x4.shr_u ${get('v')} ${i32(16)}) ${splat(0x8000)})))`;

/** The least number that is normal in float16, and the last one before those that become infinite. */
const NORMAL = 0x38800000;
const LARGEST = 0x477fefff;

/**
 * Loads four floats at $x + offset, whole to $v and without their signs to $a, and says in $rare whether there are others than zero
 * and what is normal in float16 and inside the clamp.
 */
const look = (offset: number, i: number) => `
  (local.set $v${i} (v128.load offset=${offset} ${get('x')}))
  (local.set $a${i} (v128.and ${get(`v${i}`)} ${splat(0x7fffffff)}))
  (local.set $rare (v128.or ${get('rare')} (v128.or
    (i32x4.gt_s ${get(`a${i}`)} ${get('high')})
    (v128.andnot (i32x4.lt_s ${get(`a${i}`)} ${get('low')}) (i32x4.eq ${get(`a${i}`)} ${get('none')})))))`;

/** The same as `half` where none is rare: the exponent is changed and 13 bits are rounded away. */
const commonHalf = (offset: number, i: number, out: string) => `
  (local.set $h (i32x4.add (i32x4.add ${get(`a${i}`)} ${splat(0xfff)})
    (v128.and (i32x4.shr_u ${get(`a${i}`)} ${i32(13)}) ${splat(1)})))
  (v128.store offset=${offset} ${get('y')} (v128.or
    (v128.and ${get('h')} ${splat(-0x2000)}) (v128.and ${get(`v${i}`)} ${splat(-0x80000000)})))
  (local.set $h (i32x4.max_s ${splat(0)} (i32x4.sub (i32x4.shr_u ${get('h')} ${i32(13)}) ${splat(0x1c000)})))
  (local.set $${out} (v128.or ${get('h')} (v128.and (i32x4.shr_u ${get(`v${i}`)} ${i32(16)}) ${splat(0x8000)})))`;

/** n floats to float16 and to what these are. Eight at a time: what follows the last element is worked on too. */
const halves = `
(func $halves (param $x i32) (param $n i32) (param $q i32) (param $y i32)
    (param $minBits i32) (param $maxBits i32) (param $minHalf i32) (param $maxHalf i32)
  (local $v v128) (local $a v128) (local $h v128) (local $f v128) (local $nan v128) (local $first v128) (local $second v128)
  (local $min v128) (local $max v128) (local $least v128) (local $most v128)
  (local $v0 v128) (local $v1 v128) (local $a0 v128) (local $a1 v128) (local $rare v128) (local $low v128) (local $high v128) (local $none v128)
  (local.set $n (i32.add ${get('n')} ${i32(7)}))
  (local.set $min (i32x4.splat ${get('minBits')}))
  (local.set $max (i32x4.splat ${get('maxBits')}))
  (local.set $least (i32x4.splat ${get('minHalf')}))
  (local.set $most (i32x4.splat ${get('maxHalf')}))
  (local.set $low (i32x4.max_s ${get('min')} ${splat(NORMAL)}))
  (local.set $high (i32x4.min_s ${get('max')} ${splat(LARGEST)}))
  ${loop(
    'eight',
    'n',
    8,
    `
    (local.set $rare ${get('none')})
    ${look(0, 0)}
    ${look(16, 1)}
    (if (v128.any_true ${get('rare')})
      (then ${half(0, 'first')} ${half(16, 'second')})
      (else ${commonHalf(0, 0, 'first')} ${commonHalf(16, 1, 'second')}))
    (v128.store ${get('q')} (i16x8.narrow_i32x4_u ${get('first')} ${get('second')}))
    ${advance('x', 32)} ${advance('y', 32)} ${advance('q', 16)}`,
  )})`;

/**
 * Four columns of a row (at $x, or of the one after it at $x2) in 4 bits, halves away from zero, as int32; what they stand
 * for goes to $y or $y2.
 */
const nibble = (row: '' | '2', offset: number, out: string) => `
  (local.set $z (v128.load offset=${offset} ${get('zero')}))
  (local.set $v (f32x4.mul (v128.load offset=${offset} ${get(`x${row}`)}) (v128.load offset=${offset} ${get('inverse')})))
  (local.set $v (f32x4.add ${get('v')} ${get('z')}))
  (local.set $v (f32x4.pmin (f32x4.pmax ${fsplat(0)} ${get('v')}) ${fsplat(15)}))
  (local.set $t (f32x4.trunc ${get('v')}))
  (local.set $t (f32x4.add ${get('t')} (v128.and (f32x4.ge (f32x4.sub ${get('v')} ${get('t')}) ${fsplat(0.5)}) ${fsplat(1)})))
  (v128.store offset=${offset} ${get(`y${row}`)}
    (f32x4.mul (f32x4.sub ${get('t')} ${get('z')}) (v128.load offset=${offset} ${get('scale')})))
  (local.set $${out} (v128.and (f32x4.add ${get('t')} ${fsplat(ROUND)}) ${splat(15)}))`;

/**
 * A block of rows to 4 bits, two rows to a byte, column by column: `methods/quantize-blocks/nbits.ts`, `fourBitTile`. Rows and
 * columns are whole pairs and whole sixteens. Each column has its bytes at $q, $blob apart, and its reciprocal, scale and
 * zero point in arrays of float32.
 */
const nibbles = `
(func $nibbles (param $x i32) (param $rows i32) (param $columns i32) (param $q i32) (param $blob i32) (param $y i32)
    (param $inverse i32) (param $scale i32) (param $zero i32)
  (local $row i32) (local $x2 i32) (local $y2 i32) (local $out i32) (local $stride i32) (local $xs i32) (local $ys i32) (local $to i32)
  (local $v v128) (local $t v128) (local $z v128) (local $low v128) (local $up v128)
  ${times(4, (i) => `(local $b${i} v128)`)}
  (local.set $stride (i32.shl ${get('columns')} ${i32(2)}))
  ${loop(
    'sixteen',
    'columns',
    16,
    `
    (local.set $row ${get('rows')})
    (local.set $xs ${get('x')}) (local.set $ys ${get('y')}) (local.set $to ${get('q')})
    ${loop(
      'pair',
      'row',
      2,
      `
      (local.set $x2 (i32.add ${get('x')} ${get('stride')}))
      (local.set $y2 (i32.add ${get('y')} ${get('stride')}))
      ${times(
        4,
        (i) => `
      ${nibble('', 16 * i, 'low')}
      ${nibble('2', 16 * i, 'up')}
      (local.set $b${i} (v128.or ${get('low')} (i32x4.shl ${get('up')} ${i32(4)})))`,
      )}
      (local.set $low (i8x16.narrow_i16x8_u
        (i16x8.narrow_i32x4_s ${get('b0')} ${get('b1')}) (i16x8.narrow_i32x4_s ${get('b2')} ${get('b3')})))
      (local.set $out ${get('to')})
      ${times(16, (i) => `(v128.store8_lane ${i} ${get('out')} ${get('low')}) ${advance('out', get('blob'))}`)}
      (local.set $x (i32.add ${get('x2')} ${get('stride')}))
      (local.set $y (i32.add ${get('y2')} ${get('stride')}))
      ${advance('to', 1)}`,
    )}
    (local.set $x (i32.add ${get('xs')} ${i32(64)}))
    (local.set $y (i32.add ${get('ys')} ${i32(64)}))
    ${advance('q', `(i32.shl ${get('blob')} ${i32(4)})`)}
    ${advance('inverse', 64)} ${advance('scale', 64)} ${advance('zero', 64)}`,
  )})`;

/**
 * Scale, zero point and reciprocal of 4-bit blocks from the range of each column, whole fours of them:
 * `methods/quantize-blocks/nbits.ts`, `rangeParameters`. Where the scale is 0, so is the reciprocal.
 */
const blockParameters = `
(func $blockParameters (param $low i32) (param $high i32) (param $n i32) (param $symmetric i32)
    (param $inverse i32) (param $scale i32) (param $zero i32)
  (local $l v128) (local $h v128) (local $s v128) (local $z v128) (local $t v128)
  ${loop(
    'four',
    'n',
    4,
    `
    (local.set $l (v128.load ${get('low')}))
    (local.set $h (v128.load ${get('high')}))
    (if ${get('symmetric')}
      (then
        (local.set $s (f32x4.div (v128.xor ${splat(-0x80000000)} (v128.bitselect ${get('h')} ${get('l')}
          (f32x4.gt (f32x4.abs ${get('h')}) (f32x4.abs ${get('l')})))) ${fsplat(8)}))
        (local.set $z ${fsplat(8)}))
      (else
        (local.set $l (f32x4.min ${get('l')} ${fsplat(0)}))
        (local.set $s (f32x4.div (f32x4.sub (f32x4.max ${get('h')} ${fsplat(0)}) ${get('l')}) ${fsplat(15)}))
        (local.set $z (v128.bitselect ${get('l')} (f32x4.sub ${fsplat(0)} (f32x4.div ${get('l')} ${get('s')}))
          (f32x4.eq ${get('s')} ${fsplat(0)})))
        (local.set $t (f32x4.trunc ${get('z')}))
        (local.set $t (f32x4.add ${get('t')} (v128.and (f32x4.ge (f32x4.sub ${get('z')} ${get('t')}) ${fsplat(0.5)}) ${fsplat(1)})))
        (local.set $t (v128.andnot ${get('t')} (f32x4.lt ${get('z')} ${fsplat(0)})))
        (local.set $z (v128.bitselect ${fsplat(15)} ${get('t')} (f32x4.gt ${get('z')} ${fsplat(15)})))))
    (v128.store ${get('scale')} ${get('s')})
    (v128.store ${get('zero')} ${get('z')})
    (v128.store ${get('inverse')} (v128.andnot (f32x4.div ${fsplat(1)} ${get('s')}) (f32x4.eq ${get('s')} ${fsplat(0)})))
    ${['low', 'high', 'inverse', 'scale', 'zero'].map((p) => advance(p, 16)).join(' ')}`,
  )})`;

/** The whole module as text. */
export const KERNELS = [
  pass('moments', { moments: true, errors: false }),
  pass('measure', { moments: true, errors: true }),
  pass('bareMeasure', { moments: false, errors: true }),
  gather,
  poison,
  rowRanges,
  runRanges,
  quantizeRun('s'),
  quantizeRun('u'),
  quantizeRun('s', true),
  quantizeRun('u', true),
  quantizeRows,
  halves,
  nibbles,
  blockParameters,
].join('\n');
