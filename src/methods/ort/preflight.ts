import * as v from 'valibot';
import { PareError } from '../../base/errors.ts';
import { checkCancelled } from '../../base/progress.ts';
import { loopKernels } from '../../kernels/loops/kernels.ts';
import type { Sketch } from '../../kernels/sketch.ts';
import type { Model } from '../../onnx/model.ts';
import type { NodeProto } from '../../onnx/proto.ts';
import { scopes } from '../../onnx/scopes.ts';
import { listWeights } from '../../onnx/weights.ts';
import { float16Method } from '../float16/index.ts';
import { quantizeBlocksMethod } from '../quantize-blocks/index.ts';
import { quantizeDynamicMethod } from '../quantize-dynamic/index.ts';
import { quantizeStaticMethod } from '../quantize-static/index.ts';
import { staticFindings } from '../quantize-static/preflight.ts';
import type { Method, MethodContext, StepNote } from '../types.ts';
import { countBy, listed } from './count.ts';
import { deviceFindings } from './kernels.ts';
import { type Backend, speedFindings } from './speed.ts';

/** A change of a recipe that a click makes: these options of that step, another step in its place, or one before it. */
export type RecipeEdit =
  | { readonly step: number; readonly set: Readonly<Record<string, unknown>> }
  | { readonly step: number; readonly replace: Step }
  | { readonly step: number; readonly insert: Step };

type Step = Readonly<{ method: string } & Record<string, unknown>>;

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

// biome-ignore lint/suspicious/noExplicitAny: each method takes the options that its own schema gives
const METHODS: readonly Method<any>[] = [
  quantizeDynamicMethod,
  quantizeBlocksMethod,
  quantizeStaticMethod,
  float16Method,
];
/** What a scale for each channel serves: operators whose weight has one in that step. */
const CHANNELED: Readonly<Record<string, ReadonlySet<string>>> = {
  'quantize-dynamic': new Set(['MatMul', 'Gemm', 'Attention']),
  'quantize-static': new Set(['MatMul', 'Gemm', 'Conv', 'ConvTranspose']),
};

/** What a preflight may know besides the model and the recipe. */
export interface PreflightContext {
  /** Of weights by id, where known: they tell whether one scale for all channels is enough. */
  readonly sketches?: (id: string) => Sketch | undefined;
  /** The model that a step is given, where an earlier run has made it. */
  readonly before?: (step: number) => Model | undefined;
  /** Data is open, or will be; true when absent. */
  readonly hasData?: boolean;
  readonly signal?: AbortSignal;
}
/** Operators that compute most of what a model does. */
const HEAVY = new Set(['MatMul', 'Gemm', 'Conv', 'ConvTranspose', 'LSTM', 'GRU', 'Attention', 'Gather']);
const QUANTIZED =
  /^(MatMulInteger|ConvInteger|MatMulNBits|GatherBlockQuantized|QAttention|QEmbedLayerNormalization|DynamicQuantizeLSTM)$/;

/**
 * What a recipe's steps of this room will do to a model on a device: the steps are applied, which reads no weight, and the
 * graph that comes out is looked at. Steps of other methods are passed over, and static quantization, which calibrates, is told by its rules.
 * @throws PareError `cancelled`
 */
export async function preflight(
  model: Model,
  recipe: { readonly steps: readonly Step[] },
  device: Device = { backend: 'wasm' },
  { sketches = () => undefined, before = () => undefined, hasData = true, signal }: PreflightContext = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  let current = model;
  for (let step = 0; step < recipe.steps.length; step++) {
    checkCancelled(signal);
    current = before(step) ?? current;
    const method = METHODS.find((m) => m.name === recipe.steps[step].method);
    if (!method) continue;
    const parsed = v.safeParse(method.schema, recipe.steps[step]);
    // Whoever parses the recipe says what is wrong with it.
    if (!parsed.success) continue;
    const notes: StepNote[] = [];
    try {
      if (method === quantizeStaticMethod) {
        const simplified = recipe.steps.slice(0, step).some((s) => s.method === 'simplify');
        findings.push(...staticFindings(current, parsed.output, { step, hasData, simplified }));
        findings.push(...unknownNodes(current, parsed.output, step));
        findings.push(...channels(current, parsed.output, step, sketches));
        findings.push(...speedFindings(current, parsed.output, device, step));
        findings.push(...biasesTwice(recipe.steps, parsed.output, step));
        continue;
      }
      const after = await method.apply(current, parsed.output, quiet(current, step, notes));
      findings.push(...notes.map((n) => ({ key: n.key, severity: 'info' as const, step, values: n.values })));
      findings.push(...unknownNodes(current, parsed.output, step));
      if (method !== float16Method) findings.push(...coverage(current, after, step));
      findings.push(...deviceFindings(after, parsed.output, device, step));
      if (method === quantizeDynamicMethod) findings.push(...channels(current, parsed.output, step, sketches));
      findings.push(...speedFindings(current, parsed.output, device, step));
      current = after;
    } catch (error) {
      const { code, message, hint = '' } = PareError.from(error);
      findings.push({ key: 'refused', severity: 'error', step, values: { code, message, hint } });
      break;
    }
  }
  return findings;
}

/** Biases that an earlier step corrected for the same rounding: a second correction overshoots (MobileNet: .39 instead of .57). */
function biasesTwice(steps: readonly Step[], options: Record<string, unknown>, step: number): Finding[] {
  if (options.exact || !options.biasCorrection) return [];
  const at = steps.slice(0, step).findIndex((s) => s.method === 'equalize' && (s.biasCorrection ?? 'none') !== 'none');
  if (at < 0) return [];
  return [
    { key: 'biases-twice', severity: 'warning', step, values: {}, fix: { step: at, set: { biasCorrection: 'none' } } },
  ];
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
    const own = w.uses.some((u) => CHANNELED[options.method as string]?.has(u.op)) && sketches(w.id)?.channels;
    if (!own) continue;
    const ranges = Array.from(own.max, (x, i) => Math.max(x, -own.min[i])).sort((a, b) => a - b);
    if (ranges.at(-1)! > SPREAD * ranges[ranges.length >> 1]) names.push(w.name);
  }
  if (names.length === 0) return [];
  const values = { count: names.length, names: names.slice(0, 3).join(', ') };
  return [{ key: 'channels-differ', severity: 'warning', step, values, fix: { step, set: { perChannel: true } } }];
}
