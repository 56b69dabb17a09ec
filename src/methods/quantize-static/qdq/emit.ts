import { PareError } from '../../../base/errors.ts';
import { DataType, type NodeProto } from '../../../onnx/proto.ts';
import { readFloats } from '../../../onnx/tensor.ts';
import { quantizeBias } from '../bias.ts';
import { type InitializerParameters, integerTensor, parameterTensors } from '../initializers.ts';
import type { BiasMark, Marks } from './marks.ts';
import { type Pair, QdqNodes } from './nodes.ts';

/** What a marked tensor has become. */
interface Done {
  readonly original: Pair;
  readonly converted?: Pair;
  readonly receivers?: ReadonlySet<string>;
}

/**
 * Puts QuantizeLinear and DequantizeLinear around what was marked: qdq_quantizer.py, `_quantize_normal_tensors`,
 * `_quantize_sharing_param_tensors`, `_quantize_bias_tensors`.
 */
export class Emitter extends QdqNodes {
  private readonly done = new Map<string, Done>();
  /** DequantizeLinear nodes of the model as it came: what they make is quantized already. */
  private readonly dequantized = new Map<string, NodeProto>();

  constructor(
    private readonly marks: Marks,
    private readonly initializers: ReadonlyMap<string, InitializerParameters>,
    microsoft: boolean,
  ) {
    super(marks.scope, microsoft);
    for (const n of this.scope.wiring.list()) {
      if (n.opType === 'DequantizeLinear') for (const name of n.output) this.dequantized.set(name, n);
    }
  }

  async run(): Promise<void> {
    const shared: string[] = [];
    for (const [name, mark] of this.marks.tensors) {
      if (mark.provider) shared.push(name);
      else if (this.scope.wiring.initializer(name)) this.initializer(name);
      else if (!this.dequantized.has(name)) this.activation(name);
    }
    this.sameAs(shared);
    if (this.scope.options.quantizeBias) for (const [name, bias] of this.marks.biases) await this.bias(name, bias);
    this.scope.wiring.remove(this.marks.removed);
  }

  private initializer(name: string): void {
    const { wiring, options, work } = this.scope;
    const tensor = wiring.initializer(name)!;
    const p = this.initializers.get(name)!;
    const named = (suffix: string) => this.scope.name(name + suffix);
    const [scale, zeroPoint] = parameterTensors(p, tensor.dataType, named('_scale'), named('_zero_point'));
    const pair = { scale: this.put(scale), zeroPoint: this.put(zeroPoint) };
    const { granularity, axis, block } = p.grouping;
    const attributes = { tensor: {}, channel: { axis }, block: { axis, block_size: block } }[granularity];
    const output = named('_DequantizeLinear_Output');
    wiring.redirect(name, output);
    if (options.addQDQPairToWeight) {
      const q = named('_QuantizeLinear_Output');
      this.quantize(name, q, `${name}_QuantizeLinear`, pair, attributes);
      this.dequantize(q, output, `${name}_DequantizeLinear`, pair, attributes);
    } else {
      const q = this.put(integerTensor(tensor, p, named('_quantized'), work));
      this.dequantize(q, output, `${name}_DequantizeLinear`, pair, attributes);
    }
    this.done.set(name, { original: pair });
  }

  private activation(name: string): void {
    const p = this.scope.parameters.get(name);
    if (!p) {
      throw new PareError('recipe/not-applicable', `"${name}" was not seen while calibrating, so it has no range.`, {
        where: name,
        hint: 'Give it a range, or exclude the node that reads it.',
      });
    }
    const original = this.parameters(name, p.original);
    if (!p.converted) this.pair(name, original);
    else this.convert(name, original, this.parameters(name, p.converted, '_convert'), p.receivers);
  }

  private pair(name: string, pair: Pair): void {
    const { wiring, options } = this.scope;
    const receivers = this.marks.receivers.get(name) ?? [];
    this.done.set(name, { original: pair });
    if (options.dedicatedQDQPair && receivers.length > 1) {
      receivers.forEach((receiver, i) => {
        const end = `_${i + 1}`;
        const q = this.scope.name(`${name}_QuantizeLinear_Output${end}`);
        const dq = this.scope.name(`${name}_DequantizeLinear_Output${end}`);
        this.quantize(name, q, `${name}_QuantizeLinear${end}`, pair);
        this.dequantize(q, dq, `${name}_DequantizeLinear${end}`, pair);
        wiring.redirect(name, dq, (n) => n === receiver);
      });
      return;
    }
    let input = name;
    let output = name;
    if (wiring.isGraphOutput(name)) {
      input = this.scope.name(`${name}_QuantizeLinear_Input`);
      wiring.rename(name, input);
    } else {
      output = this.scope.name(`${name}_DequantizeLinear_Output`);
      wiring.redirect(name, output);
    }
    const q = this.scope.name(`${name}_QuantizeLinear_Output`);
    this.quantize(input, q, `${name}_QuantizeLinear`, pair);
    this.dequantize(q, output, `${name}_DequantizeLinear`, pair);
  }

  /** Some readers, or all, get a second type: `_add_qdq_ops_for_converted_activation`. */
  private convert(name: string, first: Pair, second: Pair, wanted: ReadonlySet<string> | undefined): void {
    const { wiring, options } = this.scope;
    const receivers = this.marks.receivers.get(name) ?? [];
    if (options.dedicatedQDQPair && receivers.length > 1) {
      throw new PareError('recipe/not-applicable', `"${name}" is converted, and dedicatedQDQPair is on.`, {
        where: name,
        hint: 'Set dedicatedQDQPair to false, or take convert out of tensorQuantOverrides.',
      });
    }
    const all = new Set(receivers.map((n) => n.name));
    const converting = wanted ?? all;
    const everyone = converting.size === all.size;
    const isOutput = wiring.isGraphOutput(name);
    const named = (suffix: string) => this.scope.name(name + suffix);
    const reading = (set: ReadonlySet<string>) => (n: NodeProto) => set.has(n.name);

    let input = name;
    if (isOutput) {
      input = named('_QuantizeLinear_Input');
      wiring.rename(name, input);
    }
    const q1 = named('_QuantizeLinear_Output');
    const dq1 = isOutput && !everyone ? name : named('_DequantizeLinear_Output');
    const staying = new Set(wanted ? [...all].filter((n) => !converting.has(n)) : []);
    if (dq1 !== name && staying.size > 0) wiring.redirect(name, dq1, reading(staying));
    const dq2 = isOutput && everyone ? name : named('_convert_DequantizeLinear_Output');
    if (dq2 !== name) wiring.redirect(name, dq2, reading(converting));
    this.quantize(input, q1, `${name}_QuantizeLinear`, first);
    this.dequantize(q1, dq1, `${name}_DequantizeLinear`, first);
    let between = dq1;
    if (!everyone) {
      between = named('_convert_QuantizeLinear_Input');
      this.dequantize(q1, between, `${name}_convert_clone_DequantizeLinear`, first);
    }
    const q2 = named('_convert_QuantizeLinear_Output');
    this.quantize(between, q2, `${name}_convert_QuantizeLinear`, second);
    this.dequantize(q2, dq2, `${name}_convert_DequantizeLinear`, second);
    this.done.set(name, { original: first, converted: second, receivers: converting });
  }

  /** Tensors that share the scale of another, once that has one. */
  private sameAs(names: readonly string[]): void {
    let waiting = names;
    while (waiting.length > 0) {
      const left = waiting.filter((name) => {
        const { input, node } = this.marks.tensors.get(name)!.provider!;
        const pair = this.pairFor(input, node);
        if (!pair) return true;
        const p = this.scope.parameters.get(name);
        if (p?.converted) this.convert(name, pair, this.parameters(name, p.converted, '_convert'), p.receivers);
        else this.pair(name, pair);
        return false;
      });
      // What its provider never got, it cannot share: it stays float.
      if (left.length === waiting.length) {
        for (const name of left) this.scope.work.note('left-float-scale', { tensor: name });
        return;
      }
      waiting = left;
    }
  }

  /** Scale and zero point of a tensor as one node sees it. */
  private pairFor(name: string, node: string): Pair | undefined {
    const done = this.done.get(name);
    if (!done) return undefined;
    return done.converted && done.receivers?.has(node) ? done.converted : done.original;
  }

  private async scalesFor(name: string, node: string): Promise<{ scale: Float32Array; half: boolean } | undefined> {
    const scaleName = this.pairFor(name, node)?.scale ?? this.dequantized.get(name)?.input[1];
    const tensor = scaleName === undefined ? undefined : this.scope.wiring.initializer(scaleName);
    return tensor && { scale: await readFloats(tensor), half: tensor.dataType === DataType.FLOAT16 };
  }

  private async bias(name: string, { node, input, weight, beta }: BiasMark): Promise<void> {
    const { wiring } = this.scope;
    const [x, w] = [await this.scalesFor(input, node), await this.scalesFor(weight, node)];
    const tensor = wiring.initializer(name)!;
    if (!x || !w) {
      this.scope.work.note('left-float-scale', { tensor: name });
      return;
    }
    const p = this.initializers.get(weight);
    if (p?.grouping.granularity === 'block') {
      throw new PareError('recipe/not-applicable', `The bias "${name}" has no scale beside a weight in blocks.`, {
        where: name,
        hint: 'Set quantizeBias to false, or blockSize to 0.',
      });
    }
    const names = {
      q: this.scope.name(`${name}_quantized`),
      scale: this.scope.name(`${name}_quantized_scale`),
      zeroPoint: this.scope.name(`${name}_quantized_zero_point`),
    };
    const made = await quantizeBias(tensor, x.scale[0], w.scale, beta, x.half && w.half, names);
    const pair = { scale: this.put(made.scale), zeroPoint: this.put(made.zeroPoint) };
    const q = this.put(made.q);
    wiring.removeInitializer(name);
    this.dequantize(q, name, `${name}_DequantizeLinear`, pair, made.channels > 1 ? { axis: 0 } : {});
    this.done.set(name, { original: pair });
  }
}
