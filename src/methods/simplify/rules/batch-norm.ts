import { attrFloat, attrInt } from '../../../onnx/attributes.ts';
import { DataType } from '../../../onnx/proto.ts';
import { sizeOf } from '../../../onnx/tensor.ts';
import { foldInto, layerBefore } from './channels.ts';
import { onlyFirstOutput, type Rule } from './rule.ts';

/**
 * Conv, ConvTranspose or Gemm and the BatchNormalization behind it become one layer: with s = γ/√(σ² + ε) the weight is
 * W·s and the bias (b − μ)·s + β (Jacob et al. 2018, arXiv 1712.05877, section 3.2; onnx/defs/nn/defs.cc).
 */
export const batchNorm: Rule = {
  ops: ['BatchNormalization'],
  apply(op, work) {
    const training = attrInt(op.node, 'training_mode', 0) || attrInt(op.node, 'spatial', 1) !== 1;
    if (work.opset < 7 || training || !onlyFirstOutput(op)) return false;
    const layer = layerBefore(op, op.inputs[0], work);
    const sources = op.inputs.slice(1, 5).map((name) => work.constant(op.scope, name));
    if (!layer || sources.length !== 4) return false;
    if (!sources.every((t) => t?.dataType === DataType.FLOAT && sizeOf(t) === layer.channels)) return false;
    const epsilon = attrFloat(op.node, 'epsilon', 1e-5);
    const factor = ([gamma, , , variance]: readonly Float32Array[], c: number) =>
      gamma[c] / Math.sqrt(variance[c] + epsilon);
    foldInto(
      layer,
      {
        sources: sources.map((t) => t!),
        scale: factor,
        shift: (s, c) => s[1][c] - s[2][c] * factor(s, c),
      },
      work,
    );
    return work.bypass(op, op.inputs[0]);
  },
};
