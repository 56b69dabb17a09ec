/**
 * What an instruction takes as immediates: nothing, an index of a local, function or label, a constant, a memory
 * argument, a memory argument and a lane, a lane, or sixteen lanes.
 */
export type Immediate = 'none' | 'local' | 'func' | 'label' | 'const' | 'memory' | 'memory lane' | 'lane' | 'lanes';

export interface Opcode {
  readonly bytes: readonly number[];
  readonly immediate: Immediate;
}

/** An unsigned LEB128 number. */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  for (let left = value; ; ) {
    const low = left % 128;
    left = (left - low) / 128;
    if (left === 0) return [...out, low];
    out.push(low | 128);
  }
}

/** `name` or `name@code` for each that does not follow its predecessor. */
function group(table: Map<string, Opcode>, text: string, immediate: Immediate, prefix?: number): void {
  let code = -1;
  for (const word of text.trim().split(/\s+/)) {
    const [name, given] = word.split('@');
    code = given === undefined ? code + 1 : Number.parseInt(given, 10);
    table.set(name, { bytes: prefix === undefined ? [code] : [prefix, ...unsigned(code)], immediate });
  }
}

const table = new Map<string, Opcode>();

// The instructions that kernels use, by the numbers of the WebAssembly Core Specification 2.0, "Binary Format, Instructions".
group(table, 'return@15 drop@26 select@27', 'none');
group(table, 'br@12 br_if', 'label');
group(table, 'call@16', 'func');
group(table, 'local.get@32 local.set local.tee', 'local');
group(table, 'i32.load@40 f32.load@42 f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u', 'memory');
group(table, 'i32.store@54 f32.store@56 f64.store i32.store8 i32.store16', 'memory');
group(table, 'i32.const@65 f32.const@67 f64.const', 'const');
group(
  table,
  'i32.eqz@69 i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u',
  'none',
);
group(table, 'i32.add@106 i32.sub i32.mul i32.and@113 i32.or i32.xor i32.shl i32.shr_s i32.shr_u', 'none');
group(table, 'f32.add@146 f64.abs@153 f64.add@160 f64.sub f64.mul f64.max@165 f64.promote_f32@187', 'none');

const SIMD = 0xfd;
group(table, 'v128.load@0 v128.load32_splat@9 v128.store@11 v128.load32_zero@92 v128.load64_zero', 'memory', SIMD);
group(table, 'v128.const@12', 'const', SIMD);
group(table, 'i8x16.shuffle@13', 'lanes', SIMD);
group(table, 'i8x16.extract_lane_u@22 i16x8.extract_lane_u@25 i32x4.extract_lane@27', 'lane', SIMD);
group(table, 'f32x4.extract_lane@31 f64x2.extract_lane@33', 'lane', SIMD);
group(table, 'i32x4.splat@17 f32x4.splat@19 f64x2.splat', 'none', SIMD);
group(
  table,
  'i32x4.eq@55 i32x4.lt_s@57 i32x4.gt_s@59 f32x4.eq@65 f32x4.lt@67 f32x4.gt f32x4.le f32x4.ge',
  'none',
  SIMD,
);
group(table, 'v128.not@77 v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true', 'none', SIMD);
group(table, 'v128.store8_lane@88', 'memory lane', SIMD);
group(table, 'f64x2.promote_low_f32x4@95', 'none', SIMD);
group(table, 'i8x16.narrow_i16x8_s@101 i8x16.narrow_i16x8_u f32x4.floor@104 f32x4.trunc f32x4.nearest', 'none', SIMD);
group(table, 'i16x8.narrow_i32x4_s@133 i16x8.narrow_i32x4_u', 'none', SIMD);
group(table, 'i16x8.extend_low_i8x16_s@135 i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u', 'none', SIMD);
group(table, 'i16x8.extend_high_i8x16_u@138 i32x4.extend_low_i16x8_s@167 i32x4.extend_high_i16x8_s', 'none', SIMD);
group(table, 'i32x4.extend_low_i16x8_u@169 i32x4.extend_high_i16x8_u i32x4.shl i32x4.shr_s i32x4.shr_u', 'none', SIMD);
group(table, 'i32x4.add@174 i32x4.sub@177 i32x4.min_s@182 i32x4.max_s@184', 'none', SIMD);
group(
  table,
  'f32x4.abs@224 f32x4.add@228 f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax',
  'none',
  SIMD,
);
group(table, 'f64x2.abs@236 f64x2.add@240 f64x2.sub f64x2.mul f64x2.max@245 f64x2.pmax@247', 'none', SIMD);
group(table, 'i32x4.trunc_sat_f32x4_s@248 f32x4.convert_i32x4_s@250', 'none', SIMD);

/** Every instruction by its name in the text format, but for `block`, `loop` and `if`, which have bodies. */
export const OPCODES: ReadonlyMap<string, Opcode> = table;
