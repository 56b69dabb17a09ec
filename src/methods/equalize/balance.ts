import { readFloats } from '../../onnx/tensor.ts';
import { type Layer, visit } from './layers.ts';

/** What becomes of a layer: the factors and the bias found so far, and the magnitudes that decide them. */
export interface Balance {
  readonly layer: Layer;
  /** The largest magnitude of each output channel in each of its slots, before the factors; 0 for what is dropped. */
  readonly largest: Float32Array<ArrayBuffer>;
  /** The weight is divided by these along its outputs. */
  readonly outputs: Float64Array<ArrayBuffer>;
  /** The weight is multiplied by these along its inputs; 0 for inputs that are one value, which is in the bias. */
  readonly inputs: Float64Array<ArrayBuffer>;
  /** The value of each output channel that has only one; NaN for the others. */
  readonly constant: Float64Array<ArrayBuffer>;
  readonly bias: Float64Array<ArrayBuffer>;
  /** Whether the bias is no longer what it was. */
  moved: boolean;
}

/** @returns undefined when something is NaN or infinite */
export async function balanceOf(layer: Layer): Promise<Balance | undefined> {
  const weight = await readFloats(layer.weight);
  const bias = layer.bias ? Float64Array.from(await readFloats(layer.bias)) : new Float64Array(layer.outputs);
  const largest = new Float32Array(layer.outputs * layer.perOutput);
  let finite = bias.every(Number.isFinite);
  visit(layer, (i, o, s) => {
    const x = Math.abs(weight[i]);
    if (!(x < Infinity)) finite = false;
    const at = o * layer.perOutput + s;
    if (x > largest[at]) largest[at] = x;
  });
  if (!finite) return undefined;
  return {
    ...{ layer, largest, bias, moved: false },
    outputs: new Float64Array(layer.outputs).fill(1),
    inputs: new Float64Array(layer.inputs).fill(1),
    constant: new Float64Array(layer.outputs).fill(Number.NaN),
  };
}
