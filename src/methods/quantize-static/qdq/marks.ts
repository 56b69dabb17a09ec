import type { NodeProto } from '../../../onnx/proto.ts';
import { copyWith } from '../../../onnx/proto.ts';
import type { Scope } from '../scope.ts';

/** Whose scale a tensor shares, as one node sees it. */
export interface Provider {
  readonly input: string;
  readonly node: string;
}

/** What a tensor was marked as. */
export interface Mark {
  /** Weights get the weight type, the rest the activation type. */
  readonly weight: boolean;
  /** Of a weight that is quantized per channel. */
  readonly axis?: number;
  readonly provider?: Provider;
}

/** A bias that becomes int32 at the scale of its node's input times that of its weight. */
export interface BiasMark {
  readonly node: string;
  readonly input: string;
  readonly weight: string;
  readonly beta: number;
}

/**
 * Which tensors of a graph get QuantizeLinear and DequantizeLinear, in the order in which rules asked for them
 * (qdq_quantizer.py, `tensors_to_quantize` and `bias_to_quantize`).
 */
export class Marks {
  readonly tensors = new Map<string, Mark>();
  readonly biases = new Map<string, BiasMark>();
  /** Quantized nodes that read each tensor, once for each input. */
  readonly receivers = new Map<string, NodeProto[]>();
  readonly removed = new Set<NodeProto>();

  constructor(readonly scope: Scope) {}

  has(name: string): boolean {
    return this.tensors.has(name) || this.biases.has(name);
  }

  /** A plain mark never replaces one that is there. */
  activation(name: string): void {
    if (name && !this.tensors.has(name) && this.scope.isFloat(name)) this.tensors.set(name, { weight: false });
  }

  same(output: string, input: string, node: NodeProto): void {
    if (output && this.scope.isFloat(output)) {
      this.tensors.set(output, { weight: false, provider: { input, node: node.name } });
    }
  }

  /**
   * A weight, per channel where the options and its rank allow: `is_tensor_per_channel`.
   * @param ofOp the operator whose axis QDQOpTypePerChannelSupportToAxis may change
   */
  weight(name: string, defaultAxis: number, ofOp?: string): void {
    if (!this.scope.isFloat(name)) return;
    const axis = this.channelAxis(name, defaultAxis, ofOp);
    if (axis !== undefined) this.tensors.set(name, { weight: true, axis });
    else if (!this.tensors.has(name)) this.tensors.set(name, { weight: true });
  }

  private channelAxis(name: string, defaultAxis: number, ofOp?: string): number | undefined {
    const { wiring, options } = this.scope;
    const tensor = wiring.initializer(name);
    if (!tensor) return undefined;
    const overrides = options.tensorQuantOverrides[name];
    const own = overrides?.[0].axis;
    if (own === undefined && (overrides || !options.perChannel)) return undefined;
    const axis = own ?? (ofOp ? options.qdqOpTypePerChannelSupportToAxis[ofOp] : undefined) ?? defaultAxis;
    const rank = tensor.dims.length;
    return axis >= -rank && axis < rank ? (axis + rank) % rank : undefined;
  }

  /**
   * A bias. One that another node's bias is already is copied, since its scale is the node's own.
   * @param beta what the reference multiplies the scale by
   */
  bias(node: NodeProto, name: string, beta = 1): void {
    const { wiring, options } = this.scope;
    if (options.tensorQuantOverrides[name]) {
      this.weight(name, 0);
      return;
    }
    const tensor = wiring.initializer(name);
    if (!tensor || !this.scope.isFloat(name)) return;
    let own = name;
    if (this.biases.has(name)) {
      own = this.copyName(name);
      const copy = copyWith(tensor, { name: own });
      wiring.addInitializer(copy);
      this.scope.work.derive(tensor, copy);
      const { exact } = options;
      // The reference finds the node by its name; nodes without names are then all the same to it.
      wiring.redirect(name, own, (n) => (exact ? n.name === node.name : n === node));
    }
    this.biases.set(own, { node: node.name, input: node.input[0], weight: node.input[1], beta });
  }

  /** The name with the next integer behind it: onnx_model.py, `get_largest_initializer_name_suffix`. */
  private copyName(name: string): string {
    let largest = -1;
    for (const t of this.scope.wiring.initializers()) {
      if (!t.name.startsWith(name)) continue;
      const suffix = t.name.slice(name.length);
      if (/^\d+$/.test(suffix)) largest = Math.max(largest, Number(suffix));
    }
    return `${name}${largest + 1}`;
  }

  /** The output of a Relu or Clip takes its input's place, and the input's mark goes. */
  replaceUpstream(input: string, output: string): void {
    this.scope.wiring.rename(input, output);
    this.tensors.delete(input);
  }
}
