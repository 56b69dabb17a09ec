import { PareError } from '../../base/errors.ts';
import { loopKernels } from '../../kernels/loops/kernels.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import type { NodeProto } from '../../onnx/proto.ts';
import { QUANT } from '../ort/arithmetic.ts';
import { countBy, listed } from '../ort/count.ts';
import type { Finding, RecipeEdit } from '../ort/preflight.ts';
import { Work } from '../ort/work.ts';
import type { MethodContext } from '../types.ts';
import { prepare } from './apply.ts';
import type { QuantizeStaticOptions } from './options.ts';
import { Scope } from './scope.ts';

/*
 * Which operators ONNX Runtime 1.30 fuses with the pairs around them into integer ones, as its optimized graphs show on the CPU
 * provider, of which WASM is a build. What is not fused is dequantized, computed in float, and quantized again.
 */
const FUSED: ReadonlySet<string> = new Set(['Conv', 'MatMul', 'Gemm']);
const FUSED_BESIDE: ReadonlySet<string> = new Set([
  ...['Add', 'Mul', 'Sigmoid', 'LeakyRelu', 'Softmax', 'GlobalAveragePool', 'AveragePool', 'Concat'],
]);
const NOT_FUSED: ReadonlySet<string> = new Set([
  ...['ConvTranspose', 'LayerNormalization', 'InstanceNormalization', 'BatchNormalization', 'CumSum', 'Pad'],
]);
/** Fused for unsigned bytes only. */
const UNSIGNED_ONLY: ReadonlySet<string> = new Set(['Add', 'Mul', 'Concat']);
/** Operators that compute most of what a model does. */
const HEAVY: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'MatMul', 'Gemm', 'LSTM', 'GRU', 'Attention']);
/** More nodes than this are excluded by their operators. */
const BY_NAME = 8;

export interface StaticQuestion {
  readonly step: number;
  readonly hasData: boolean;
  /** A step before it folds normalization. */
  readonly simplified: boolean;
}

/**
 * What quantizing statically will do, from the graph and the options alone: what runs on integers, what stays or falls back to float, and
 * what to change. Reads no weight and runs nothing.
 * @throws PareError `recipe/not-applicable` when the options do not go together
 */
export function staticFindings(model: Model, options: QuantizeStaticOptions, question: StaticQuestion): Finding[] {
  const { step, hasData, simplified } = question;
  const found: Finding[] = [];
  const say = (key: string, severity: Finding['severity'], values: Finding['values'] = {}, fix?: RecipeEdit) =>
    found.push({ key, severity, step, values, ...(fix && { fix }) });
  const nodes = quantizedNodes(prepare(model, options), options);
  const wide = [options.activationType, options.weightType].filter((type) => QUANT[type].bits !== 8);

  if (!hasData) say('needs-data', 'warning');
  if (wide.length) {
    const set = {
      ...(QUANT[options.activationType].bits !== 8 && { activationType: 'QUInt8' }),
      ...(QUANT[options.weightType].bits !== 8 && { weightType: 'QInt8' }),
    };
    say('runs-as-float', 'warning', { types: wide.join(', ') }, { step, set });
  } else {
    const fused = nodes.filter((n) => FUSED.has(n.opType) || FUSED_BESIDE.has(n.opType));
    const signed = options.activationType === 'QInt8' ? fused.filter((n) => UNSIGNED_ONLY.has(n.opType)) : [];
    const ops = listed(countBy(fused, (n) => (signed.includes(n) ? undefined : n.opType)));
    if (ops) say('runs-quantized', 'info', { count: fused.length - signed.length, ops });
    else say('nothing-quantized', 'warning');
    if (signed.length) {
      const values = { ops: listed(countBy(signed, (n) => n.opType)), count: signed.length };
      say('signed-runs-as-float', 'warning', values, { step, set: { activationType: 'QUInt8' } });
    }
  }
  const stays = mainGraph(model).node.filter((n) => HEAVY.has(n.opType) && !nodes.some((q) => sameNode(q, n)));
  if (stays.length) {
    const values = {
      ops: listed(countBy(stays, (n) => n.opType)),
      nodes: stays
        .slice(0, 3)
        .map((n) => n.name || n.output[0])
        .join(', '),
      count: stays.length,
    };
    say('stays-float', 'info', values);
  }
  const normalized = simplified ? [] : nodes.filter((n) => n.opType === 'BatchNormalization');
  if (normalized.length) {
    say('normalization-unfolded', 'warning', { count: normalized.length }, { step, insert: { method: 'simplify' } });
  }
  const unfused = nodes.filter((n) => NOT_FUSED.has(n.opType) && !(n.opType === 'BatchNormalization'));
  if (unfused.length) {
    const values = { ops: listed(countBy(unfused, (n) => n.opType)), count: unfused.length };
    say('not-fused', 'warning', values, { step, set: without(unfused, options) });
  }
  if (options.weightType === 'QInt8' && options.activationType === 'QUInt8' && !options.reduceRange) {
    say('saturates-elsewhere', 'info', {}, { step, set: { reduceRange: true } });
  }
  return found;
}

const sameNode = (a: NodeProto, b: NodeProto) => a.output[0] === b.output[0];

/** Options that leave these nodes alone: by name where they are few and have names, else by operator. */
function without(nodes: readonly NodeProto[], { nodesToExclude, opTypesToQuantize }: QuantizeStaticOptions) {
  if (nodes.length <= BY_NAME && nodes.every((n) => n.name)) {
    return { nodesToExclude: [...nodesToExclude, ...nodes.map((n) => n.name)] };
  }
  const ops = new Set(nodes.map((n) => n.opType));
  return { opTypesToQuantize: opTypesToQuantize.filter((op) => !ops.has(op)) };
}

/** The nodes that the options choose and that compute on floats. */
function quantizedNodes(model: Model, options: QuantizeStaticOptions): NodeProto[] {
  const scope = new Scope(model, options, new Work(model.proto, quiet(model), options.layers));
  return scope.wiring
    .list()
    .filter((n) => scope.shouldQuantize(n) && n.input.some((name) => name !== '' && scope.isFloat(name)));
}

function quiet(original: Model): MethodContext {
  const never = () => Promise.reject(new PareError('internal', 'A preflight runs and reads nothing.'));
  return {
    ...{ seed: 0, step: 0, original, kernels: loopKernels, sketch: never, openSession: never },
    report: () => {},
    note: () => {},
  };
}
