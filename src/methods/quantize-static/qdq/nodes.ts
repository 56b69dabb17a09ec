import { PareError } from '../../../base/errors.ts';
import { node as makeNode } from '../../../onnx/build.ts';
import type { TensorProto } from '../../../onnx/proto.ts';
import { makeTensor } from '../../../onnx/tensor.ts';
import { QUANT } from '../../ort/arithmetic.ts';
import { MICROSOFT } from '../../ort/graphs.ts';
import { scaleBytes } from '../../ort/initializer.ts';
import { rawQuantized } from '../../ort/quantize.ts';
import type { Parameters } from '../parameters.ts';
import type { Scope } from '../scope.ts';

/** Names of a tensor's scale and zero point. */
export interface Pair {
  readonly scale: string;
  readonly zeroPoint: string;
}

/** Makes QuantizeLinear and DequantizeLinear nodes and the initializers they read. */
export class QdqNodes {
  private readonly domain: string;

  /** @param microsoft whether the nodes are of com.microsoft, which had 4 and 16 bits before opset 21 */
  constructor(
    protected readonly scope: Scope,
    microsoft: boolean,
  ) {
    this.domain = microsoft ? MICROSOFT : '';
  }

  protected quantize(input: string, output: string, name: string, { scale, zeroPoint }: Pair, attributes = {}): void {
    this.emit('QuantizeLinear', [input, scale, zeroPoint], output, name, attributes);
  }

  protected dequantize(input: string, output: string, name: string, { scale, zeroPoint }: Pair, attributes = {}): void {
    this.emit('DequantizeLinear', [input, scale, zeroPoint], output, name, attributes);
  }

  private emit(op: string, input: string[], output: string, name: string, attributes: Record<string, number>): void {
    const { domain } = this;
    this.scope.wiring.add(makeNode(op, input, [output], attributes, { name, ...(domain && { domain }) }));
  }

  protected put(tensor: TensorProto): string {
    const { wiring } = this.scope;
    // With free names this never happens; the reference keeps what is there, and its numbers.
    if (!wiring.initializer(tensor.name)) wiring.addInitializer(tensor);
    return tensor.name;
  }

  /** Scale and zero point of an activation. */
  protected parameters(name: string, p: Parameters, suffix = ''): Pair {
    const { dataType, bits } = QUANT[p.type];
    const zero = Int32Array.of(p.zeroPoint);
    const scaleName = this.scope.name(`${name}_scale${suffix}`);
    const zeroName = this.scope.name(`${name}_zero_point${suffix}`);
    if (bits === 4) {
      throw new PareError('recipe/not-applicable', `"${name}" cannot be a 4-bit activation.`, { where: name });
    }
    return {
      zeroPoint: this.put(makeTensor(zeroName, dataType, [], rawQuantized(zero, p.type))),
      scale: this.put(makeTensor(scaleName, p.dataType, [], scaleBytes(Float32Array.of(p.scale), p.dataType))),
    };
  }
}
