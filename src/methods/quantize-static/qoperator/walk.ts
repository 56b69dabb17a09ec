import { node as makeNode } from '../../../onnx/build.ts';
import { copyWith, DataType, type GraphProto, type NodeProto, type TensorProto } from '../../../onnx/proto.ts';
import { makeTensor } from '../../../onnx/tensor.ts';
import { isWeightSymmetric, QUANT, type QuantType } from '../../ort/arithmetic.ts';
import { inOrder, takenBy } from '../../ort/graphs.ts';
import { scaleBytes } from '../../ort/initializer.ts';
import { rawQuantized } from '../../ort/quantize.ts';
import { type InitializerParameters, initializerParameters, integerTensor, parameterTensors } from '../initializers.ts';
import type { Scope } from '../scope.ts';

/** A value in its quantized form. */
export interface Quantized {
  readonly q: string;
  readonly scale: string;
  readonly zeroPoint: string;
  /** Of per-channel scales. */
  readonly axis?: number;
  /** Of a constant. */
  readonly parameters?: InitializerParameters;
}

/** How a constant input is quantized. */
export interface Use {
  readonly as: 'weight' | 'activation';
  readonly reduceRange: boolean;
  /** Per channel along it; a type of its own then too. */
  readonly axis?: number;
  readonly type?: QuantType;
}

export const ACTIVATION: Use = { as: 'activation', reduceRange: false };

/** The name of the node that takes another's place; nodes without a name stay so. */
export const named = (n: NodeProto) => (n.name ? { name: `${n.name}_quant` } : {});

/** Whether a node's first input is a float that can be quantized. */
export function isFloatIn(walk: Walk, n: NodeProto): boolean {
  return walk.scope.isFloat(n.input[0]);
}

/** The key of a constant's form as a weight, where it may have another as an activation. */
const asWeight = (name: string) => `${name}\0weight`;

/** Rewrites a node; false to keep it by the plain rule. */
export type Rule = (walk: Walk, node: NodeProto) => boolean | Promise<boolean>;

/** One pass over the nodes in their order, building a new list: onnxruntime/quantization/onnx_quantizer.py, QLinearOps. */
export class Walk {
  private readonly nodes: NodeProto[] = [];
  private readonly quantized = new Map<string, Quantized>();
  /** Values that exist in float. */
  private readonly generated: Set<string>;

  constructor(readonly scope: Scope) {
    const { wiring } = scope;
    this.generated = new Set(wiring.graph.input.map((v) => v.name).filter((name) => !wiring.initializer(name)));
  }

  async run(rules: Readonly<Record<string, Rule>>, always: ReadonlySet<string>): Promise<GraphProto> {
    const { wiring } = this.scope;
    for (const n of wiring.list()) {
      const rule = this.scope.shouldQuantize(n) || always.has(n.opType) ? rules[n.opType] : undefined;
      if (!rule || !(await rule(this, n))) this.keep(n);
    }
    for (const v of wiring.graph.output) this.dequantize(v.name);
    return copyWith(wiring.finish(), { node: inOrder(this.nodes) });
  }

  emit(...nodes: readonly NodeProto[]): void {
    for (const n of nodes) {
      this.nodes.push(n);
      for (const name of n.output) this.generated.add(name);
    }
  }

  /** The node as it is, after dequantizing what it or its bodies take and exists only quantized. */
  keep(n: NodeProto): void {
    for (const name of takenBy(n)) this.dequantize(name);
    this.emit(n);
  }

  private dequantize(name: string): void {
    const value = this.quantized.get(name) ?? this.quantized.get(asWeight(name));
    if (!value || this.generated.has(name)) return;
    const attributes: Record<string, number> = value.axis === undefined ? {} : { axis: value.axis };
    const inputs = [value.q, value.scale, value.zeroPoint];
    this.emit(makeNode('DequantizeLinear', inputs, [name], attributes, { name: `${name}_DequantizeLinear` }));
  }

  find(name: string): Quantized | undefined {
    return this.quantized.get(name);
  }

  set(name: string, value: Quantized): void {
    this.quantized.set(name, value);
  }

  /** Whether an input has, or can get, a quantized form. */
  can(...names: readonly string[]): boolean {
    const { wiring, parameters } = this.scope;
    return names.every(
      (name) =>
        this.quantized.has(name) || (wiring.initializer(name) ? this.scope.isFloat(name) : parameters.has(name)),
    );
  }

  put(tensor: TensorProto): string {
    const { wiring } = this.scope;
    if (!wiring.initializer(tensor.name)) wiring.addInitializer(tensor);
    return tensor.name;
  }

  /**
   * Scale and zero point of a calibrated tensor as initializers.
   * @param fixed what an operator always gives
   */
  output(
    name: string,
    fixed?: { scale: number; zeroPoint: number },
  ): Pick<Quantized, 'scale' | 'zeroPoint'> | undefined {
    const p = this.scope.parameters.get(name)?.original;
    if (!p) return undefined;
    const type = fixed ? this.scope.options.activationType : p.type;
    const { scale, zeroPoint } = fixed ?? p;
    return {
      zeroPoint: this.put(
        makeTensor(
          this.scope.name(`${name}_zero_point`),
          QUANT[type].dataType,
          [],
          rawQuantized(Int32Array.of(zeroPoint), type),
        ),
      ),
      scale: this.put(
        makeTensor(this.scope.name(`${name}_scale`), p.dataType, [], scaleBytes(Float32Array.of(scale), p.dataType)),
      ),
    };
  }

  /** The quantized form of an input that `can` be quantized. */
  async quantize(name: string, use: Use): Promise<Quantized> {
    if (name === '') return { q: '', scale: '', zeroPoint: '' };
    const constant = this.scope.wiring.initializer(name);
    // The reference has one form for each constant. What one operator wants as int8 weight does not suit another's uint8.
    const key = constant && !this.scope.options.exact && use.as === 'weight' ? asWeight(name) : name;
    const known = this.quantized.get(key);
    if (known) return known;
    if (constant) {
      const made = await this.constant(constant, use);
      this.quantized.set(key, made);
      return made;
    }
    const pair = this.output(name)!;
    const value = { q: this.scope.name(`${name}_quantized`), ...pair };
    this.emit(
      makeNode('QuantizeLinear', [name, pair.scale, pair.zeroPoint], [value.q], {}, { name: `${name}_QuantizeLinear` }),
    );
    this.quantized.set(name, value);
    return value;
  }

  private async constant(tensor: TensorProto, use: Use): Promise<Quantized> {
    const { options, work } = this.scope;
    const { name } = tensor;
    const perChannel = options.perChannel && use.axis !== undefined;
    const own = options.tensorQuantOverrides[name] ?? [];
    const [first] = own;
    const type =
      first?.quantType ??
      (perChannel && use.type ? use.type : use.as === 'weight' ? options.weightType : options.activationType);
    const likeWeight = perChannel || type === options.weightType;
    const spec = {
      type,
      axis: perChannel ? use.axis : undefined,
      symmetric:
        first?.symmetric ??
        (likeWeight ? (options.weightSymmetric ?? isWeightSymmetric(type)) : options.activationSymmetric),
      reduceRange: options.reduceRange && (first?.reduceRange ?? use.reduceRange),
      blockSize: 0,
    };
    const parameters = await initializerParameters(tensor, spec, own, options.minimumRealRange, work);
    const [scale, zeroPoint] = parameterTensors(
      parameters,
      tensor.dataType,
      this.scope.name(`${name}_scale`),
      this.scope.name(`${name}_zero_point`),
    );
    return {
      scale: this.put(scale),
      zeroPoint: this.put(zeroPoint),
      q: this.put(integerTensor(tensor, parameters, this.scope.name(`${name}_quantized`), work)),
      parameters,
      ...(perChannel && { axis: use.axis }),
    };
  }

  /** Stores a weight's scales anew, after they were widened. */
  rescale(tensor: TensorProto, value: Quantized): void {
    const half = tensor.dataType === DataType.FLOAT16 ? DataType.FLOAT16 : DataType.FLOAT;
    this.scope.wiring.addInitializer(parameterTensors(value.parameters!, half, value.scale, value.zeroPoint)[0]);
  }

  /** The same node on the quantized input 0, writing a quantized output 0 of the same scale. */
  passThrough(n: NodeProto, input: Quantized): void {
    const q = this.scope.name(`${n.output[0]}_quantized`);
    this.quantized.set(n.output[0], { q, scale: input.scale, zeroPoint: input.zeroPoint });
    this.emit(copyWith(n, { input: [input.q, ...n.input.slice(1)], output: [q, ...n.output.slice(1)] }));
  }
}
