import * as v from 'valibot';
import { PareError } from '../../base/errors.ts';
import { loopKernels } from '../../kernels/loops/kernels.ts';
import type { Sketch } from '../../kernels/sketch.ts';
import type { Model } from '../../onnx/model.ts';
import type { NodeProto } from '../../onnx/proto.ts';
import { scopes } from '../../onnx/scopes.ts';
import { listWeights } from '../../onnx/weights.ts';
import { float16Method } from '../float16/index.ts';
import { quantizeBlocksMethod } from '../quantize-blocks/index.ts';
import { quantizeDynamicMethod } from '../quantize-dynamic/index.ts';
import type { Method, MethodContext, StepNote } from '../types.ts';
import { deviceFindings } from './kernels.ts';
import { type Backend, speedOf, verdictOf } from './speed.ts';

/** A change of a recipe that a click makes: these options of that step, or another step in its place. */
export type RecipeEdit =
  | { readonly step: number; readonly set: Readonly<Record<string, unknown>> }
  | { readonly step: number; readonly replace: Readonly<{ method: string } & Record<string, unknown>> };

/** Something worth knowing before a recipe runs. `key` and `values` are what the page says it with. */
export interface Finding {
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly step: number;
  readonly values: Readonly<Record<string, string | number>>;
  readonly fix?: RecipeEdit;
}

/** Where the result will run. */
export interface Device {
  readonly backend: Backend;
  /** Whether an x86 has 8-bit dot products; undefined when nobody knows. Of no matter to WASM. */
  readonly vnni?: boolean;
}

type Step = Readonly<{ method: string } & Record<string, unknown>>;

// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
const METHODS: readonly Method<any>[] = [quantizeDynamicMethod, quantizeBlocksMethod, float16Method];
/** Operators that compute most of what a model does. */
const HEAVY = new Set(['MatMul', 'Gemm', 'Conv', 'ConvTranspose', 'LSTM', 'GRU', 'Attention', 'Gather']);
const QUANTIZED =
  /^(MatMulInteger|ConvInteger|MatMulNBits|GatherBlockQuantized|QAttention|QEmbedLayerNormalization|DynamicQuantizeLSTM)$/;

/**
 * What a recipe's steps of this room will do to a model on a device: the steps are applied, which reads no weight, and the
 * graph that comes out is looked at. Steps of other methods are passed over.
 * @param sketches of weights by id, where known: they tell whether one scale for all channels is enough
 */
export async function preflight(
  model: Model,
  recipe: { readonly steps: readonly Step[] },
  device: Device = { backend: 'wasm' },
  sketches: (id: string) => Sketch | undefined = () => undefined,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let current = model;
  for (let step = 0; step < recipe.steps.length; step++) {
    const method = METHODS.find((m) => m.name === recipe.steps[step].method);
    if (!method) continue;
    const parsed = v.safeParse(method.schema, recipe.steps[step]);
    // Whoever parses the recipe says what is wrong with it.
    if (!parsed.success) continue;
    const notes: StepNote[] = [];
    try {
      const after = await method.apply(current, parsed.output, quiet(current, step, notes));
      findings.push(...notes.map((n) => ({ key: n.key, severity: 'info' as const, step, values: n.values })));
      findings.push(...unknownNodes(current, parsed.output, step));
      if (method !== float16Method) findings.push(...coverage(current, after, step));
      findings.push(...deviceFindings(after, parsed.output, device, step));
      if (method === quantizeDynamicMethod) findings.push(...channels(current, parsed.output, step, sketches));
      findings.push(...speed(current, method.name, device, step));
      current = after;
    } catch (error) {
      const { code, message, hint = '' } = PareError.from(error);
      findings.push({ key: 'refused', severity: 'error', step, values: { code, message, hint } });
      break;
    }
  }
  return findings;
}

function quiet(original: Model, step: number, notes: StepNote[]): MethodContext {
  const never = () => Promise.reject(new PareError('internal', 'A preflight runs and reads nothing.'));
  return {
    ...{ seed: 0, step, original, kernels: loopKernels, sketch: never, openSession: never },
    report: () => {},
    note: (n) => notes.push(n),
  };
}

function nodesOf(model: Model): NodeProto[] {
  return [...scopes(model.proto)].flatMap((s) => [...s.nodes]);
}

function countBy(nodes: readonly NodeProto[], key: (n: NodeProto) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const n of nodes) {
    const k = key(n);
    if (k !== undefined) counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  return counts;
}

const listed = (counts: ReadonlyMap<string, number>) => [...counts].map(([op, n]) => `${op} ×${n}`).join(', ');

/** Which operators run quantized afterwards, and which of the heavy ones stay as they were. */
function coverage(before: Model, after: Model, step: number): Finding[] {
  const nodes = nodesOf(after);
  const quantized = countBy(nodes, (n) => (QUANTIZED.test(n.opType) ? n.opType : undefined));
  const dequantized = new Set(nodes.filter((n) => n.opType === 'DequantizeLinear').flatMap((n) => n.output));
  const widened = nodes.filter((n) => n.input.some((name) => dequantized.has(name))).length;
  const floats = nodes.filter((n) => HEAVY.has(n.opType) && !n.input.some((name) => dequantized.has(name)));
  const stay = countBy(floats, (n) => (isWeighted(n, before) ? n.opType : undefined));
  const count = [...quantized.values()].reduce((a, b) => a + b, 0) + widened;
  const out: Finding[] = [];
  if (count === 0) out.push({ key: 'nothing-quantized', severity: 'warning', step, values: {} });
  else out.push({ key: 'runs-quantized', severity: 'info', step, values: { count, ops: listed(quantized) } });
  if (stay.size) {
    const names = floats.filter((n) => stay.has(n.opType)).map((n) => n.name || n.output[0]);
    const values = { ops: listed(stay), nodes: names.slice(0, 3).join(', '), count: names.length };
    out.push({ key: 'stays-float', severity: 'info', step, values });
  }
  return out;
}

const weighted = new WeakMap<Model, Set<string>>();

/** Whether a node reads a weight that could have been quantized. */
function isWeighted(n: NodeProto, model: Model): boolean {
  let names = weighted.get(model);
  if (!names) {
    const roles = new Set(['weight', 'embedding', 'recurrent']);
    names = new Set(listWeights(model.proto).flatMap((w) => (roles.has(w.role) ? [w.name] : [])));
    weighted.set(model, names);
  }
  return n.input.some((name) => names.has(name));
}

/** Names in lists of nodes that no node has: a Gemm goes by another once it is MatMul and Add. */
function unknownNodes(model: Model, options: Record<string, unknown>, step: number): Finding[] {
  const nodes = new Map(nodesOf(model).map((n) => [n.name, n]));
  const dynamic = options.method === 'quantize-dynamic';
  const known = new Set(nodes.keys());
  if (dynamic) for (const [name, n] of nodes) if (n.opType === 'Gemm') known.add(`${name}_MatMul`).add(`${name}_Add`);
  const out: Finding[] = [];
  for (const key of ['nodesToExclude', 'nodesToInclude', 'nodesToQuantize', 'nodeBlockList']) {
    const list = options[key];
    if (!Array.isArray(list)) continue;
    for (const name of list as string[]) {
      const gemm = dynamic && nodes.get(name)?.opType === 'Gemm';
      if (known.has(name) && !gemm) continue;
      const set = { [key]: list.flatMap((x: string) => (x !== name ? [x] : gemm ? [`${name}_MatMul`] : [])) };
      const meant = gemm ? 'gemm-renamed' : 'unknown-node';
      out.push({ key: meant, severity: 'warning', step, values: { name, list: key }, fix: { step, set } });
    }
  }
  return out;
}

/** Ranges of channels further apart than this lose two bits or more to one scale for all. */
const SPREAD = 4;

/** Weights whose channels differ so much that one scale serves the quiet ones badly. */
function channels(
  model: Model,
  options: Record<string, unknown>,
  step: number,
  sketches: (id: string) => Sketch | undefined,
): Finding[] {
  if (options.perChannel) return [];
  const names: string[] = [];
  for (const w of listWeights(model.proto)) {
    const own =
      w.uses.some((u) => u.op === 'MatMul' || u.op === 'Gemm' || u.op === 'Attention') && sketches(w.id)?.channels;
    if (!own) continue;
    const ranges = Array.from(own.max, (x, i) => Math.max(x, -own.min[i])).sort((a, b) => a - b);
    if (ranges.at(-1)! > SPREAD * ranges[ranges.length >> 1]) names.push(w.name);
  }
  if (names.length === 0) return [];
  const values = { count: names.length, names: names.slice(0, 3).join(', ') };
  return [{ key: 'channels-differ', severity: 'warning', step, values, fix: { step, set: { perChannel: true } } }];
}

/** Whether it is likely to be faster, by what was measured elsewhere. */
function speed(model: Model, method: string, { backend }: Device, step: number): Finding[] {
  const ratio = speedOf(method, backend);
  if (!ratio) return [{ key: 'speed-unknown', severity: 'info', step, values: { backend } }];
  const verdict = verdictOf(ratio, rowsOf(model));
  const severity = verdict === 'slower' ? 'warning' : 'info';
  const better = method === 'quantize-blocks' && backend === 'wasm' && verdict === 'slower';
  const fix = better ? { fix: { step, replace: { method: 'quantize-dynamic' } } } : {};
  return [{ key: `speed-${verdict}`, severity, step, values: { backend, one: ratio.one, many: ratio.many }, ...fix }];
}

/** How many rows go through the model at a time, where its first input says so: images have thousands. */
function rowsOf(model: Model): number | undefined {
  const type = model.proto.graph?.input[0]?.type?.value;
  if (type?.case !== 'tensorType' || !type.value.shape) return undefined;
  const dims = type.value.shape.dim.map((d) => (d.value.case === 'dimValue' ? Number(d.value.value) : undefined));
  if (dims.length === 4) return 64;
  const rows = dims.slice(0, -1);
  return rows.length && rows.every((d) => d !== undefined) ? rows.reduce((a, b) => a! * b!, 1) : undefined;
}
