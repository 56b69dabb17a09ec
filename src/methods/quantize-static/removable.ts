import { attrFloat } from '../../onnx/attributes.ts';
import type { NodeProto } from '../../onnx/proto.ts';
import { readFloats } from '../../onnx/tensor.ts';
import { QUANT } from '../ort/arithmetic.ts';
import type { Parameters } from './parameters.ts';
import type { Scope } from './scope.ts';

/**
 * Whether a quantizer lets through nothing that a Relu or Clip would cut off, so that the node can go. Half a step is allowed,
 * since scales are rounded.
 */
export async function staysWithin(node: NodeProto, p: Parameters, scope: Scope): Promise<boolean> {
  const bounds = await boundsOf(node, scope);
  if (!bounds) return false;
  const [qmin, qmax] = QUANT[p.type].full;
  const low = (qmin - p.zeroPoint) * p.scale;
  const high = (qmax - p.zeroPoint) * p.scale;
  return low >= bounds[0] - p.scale / 2 && high <= bounds[1] + p.scale / 2;
}

/** Where Relu or Clip cuts; undefined when that is computed. */
async function boundsOf(node: NodeProto, { wiring, opset }: Scope): Promise<[number, number] | undefined> {
  if (node.opType === 'Relu') return [0, Number.POSITIVE_INFINITY];
  if (opset < 11) {
    return [attrFloat(node, 'min', Number.NEGATIVE_INFINITY), attrFloat(node, 'max', Number.POSITIVE_INFINITY)];
  }
  const bounds: [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const i of [0, 1]) {
    const name = node.input[i + 1];
    if (!name) continue;
    const tensor = wiring.constant(name);
    if (!tensor) return undefined;
    [bounds[i]] = await readFloats(tensor);
  }
  return bounds;
}
