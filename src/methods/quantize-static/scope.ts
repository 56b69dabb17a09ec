import { Names } from '../../encodings/names.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { DataType, type NodeProto } from '../../onnx/proto.ts';
import { inferTypes, type Types } from '../ort/types.ts';
import type { Work } from '../ort/work.ts';
import type { QuantizeStaticOptions } from './options.ts';
import type { ActivationParameters, CalibratedRange } from './parameters.ts';
import { Wiring } from './wiring.ts';

/** What the rules of one run share. */
export class Scope {
  readonly wiring: Wiring;
  readonly opset: number;
  /** Of the calibrated tensors, adjusted to the graph. */
  ranges: ReadonlyMap<string, CalibratedRange> = new Map();
  /** Of the calibrated tensors; set once their ranges have been adjusted to the graph. */
  parameters: ReadonlyMap<string, ActivationParameters> = new Map();
  private readonly types: Types;
  private readonly names: Names;
  private readonly include: ReadonlySet<string>;
  private readonly exclude: ReadonlySet<string>;
  private readonly opTypes: ReadonlySet<string>;

  constructor(
    model: Model,
    readonly options: QuantizeStaticOptions,
    readonly work: Work,
  ) {
    const graph = mainGraph(model);
    this.wiring = new Wiring(graph);
    this.opset = opsetOf(model);
    this.types = inferTypes(model.proto).get(graph)!;
    this.names = new Names(model.proto);
    this.include = new Set(options.nodesToQuantize);
    this.exclude = new Set(options.nodesToExclude);
    this.opTypes = new Set(options.opTypesToQuantize);
  }

  /** The name the reference gives. When it is taken the reference uses what is there; Pare takes the next free one. */
  name(wanted: string): string {
    return this.options.exact ? wanted : this.names.fresh(wanted);
  }

  /** Whether this node is to be quantized at all: base_quantizer.py, `should_quantize_node`. */
  shouldQuantize(node: NodeProto): boolean {
    if (this.include.size > 0 && !this.include.has(node.name)) return false;
    if (!this.opTypes.has(node.opType) || this.exclude.has(node.name)) return false;
    if (node.opType === 'QuantizeLinear' || node.opType === 'DequantizeLinear') return false;
    return !node.input.some((name) => {
      const tensor = this.wiring.initializer(name);
      return tensor && this.work.isSkipped(tensor);
    });
  }

  /** The dtype of a value; undefined when nothing says it. */
  typeOf(name: string): number | undefined {
    return this.types.of(name);
  }

  /** Whether it is a float of a type that can be quantized. */
  isFloat(name: string): boolean {
    const type = this.wiring.initializer(name)?.dataType ?? this.types.of(name);
    return type === DataType.FLOAT || type === DataType.FLOAT16;
  }
}
