import * as rule from './rules.ts';
import * as seven from './seven.ts';

/** The opsets that models are raised from and to. */
export const LOWEST_OPSET = 6;
export const HIGHEST_OPSET = 25;

const same = (ops: string): Record<string, rule.Rule> =>
  Object.fromEntries(
    ops
      .trim()
      .split(/\s+/)
      .map((op) => [op, 'same' as const]),
  );

const each = (ops: string, r: rule.Rule): Record<string, rule.Rule> =>
  Object.fromEntries(ops.split(' ').map((op) => [op, r]));

/** Types that came with opsets 19, 21, 23, 24 and 25 (float8, int4, float4, float8e8m0, int2) touch the same operators. */
const CARRIERS = 'Cast CastLike Constant DequantizeLinear Identity If Loop Pad QuantizeLinear Reshape Scan Shape Size';

/**
 * What each operator's change means to nodes written before it, by opset and operator: onnx/docs/Changelog.md read change by
 * change. `same` are changes that only add: dtypes, negative axes, attributes whose default is the old behaviour, optional
 * inputs. What is not here is not known to keep its meaning; `table.test.ts` holds it against `versions.ts`.
 */
export const CHANGES: Readonly<Record<number, Readonly<Record<string, rule.Rule>>>> = {
  7: {
    ...same('AveragePool'),
    ...each('Add And Div Equal Greater Less Mul Or Pow Sub Xor', seven.broadcast),
    ...each('GRU LSTM RNN', seven.drop('output_sequence')),
    BatchNormalization: seven.batchNormalization7,
    Dropout: seven.dropout7,
    Gemm: seven.drop('broadcast'),
    PRelu: seven.slope,
    Upsample: seven.upsample7,
  },
  8: same('Max MaxPool Mean Min Sum'),
  9: {
    ...same('Cast Constant Flatten Gemm Greater Less MatMul PRelu'),
    BatchNormalization: rule.batchNormalization9,
    Scan: rule.refuse('it lost its batch axis with opset 9'),
    Upsample: rule.upsample9,
  },
  10: {
    ...same('AveragePool MaxPool'),
    Dropout: rule.dropout10,
    Slice: rule.slice,
    TopK: rule.topK,
    Upsample: rule.upsample10,
  },
  11: {
    ...same(`ArgMax ArgMin AveragePool Compress Concat Constant Conv DepthToSpace Equal Flatten Gather Gemm Hardmax If
      LogSoftmax Loop LpPool MaxPool MaxUnpool NonMaxSuppression ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax
      ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Scan Slice Softmax Split Squeeze TopK Unsqueeze`),
    Clip: rule.clip,
    ConvTranspose: rule.convTranspose11,
    OneHot: rule.refuse('negative indices got a meaning with opset 11'),
    Pad: rule.pad,
    Resize: rule.resize11,
    Scatter: rule.scatter,
  },
  12: {
    ...same('ArgMax ArgMin Clip Constant GatherND Max MaxPool Min Pow ReduceMax ReduceMin'),
    Dropout: rule.dropout12,
  },
  13: {
    ...same(`Abs Add ArgMax ArgMin Cast Ceil Clip Concat Constant DepthToSpace DequantizeLinear Div Dropout Equal Erf Exp
      Expand Flatten Floor Gather GatherElements GatherND Gemm Greater Identity If IsNaN LRN Less Log Loop MatMul Max Mean
      MeanVarianceNormalization Min Mod Mul Neg NegativeLogLikelihoodLoss NonZero Pad Pow QuantizeLinear Reciprocal
      ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare Relu Reshape
      Resize ScatterElements ScatterND Shape Sigmoid Sign Size Slice SoftmaxCrossEntropyLoss SpaceToDepth Sqrt Sub Sum Tanh
      Tile Transpose`),
    ...each('Hardmax LogSoftmax Softmax', rule.softmax),
    ...each('ReduceSum Squeeze Unsqueeze', rule.axesToInput),
    Split: rule.splitToInput,
  },
  14: {
    ...same('Add CumSum Div GRU Identity LSTM Mul RNN Relu Reshape Sub'),
    BatchNormalization: rule.batchNormalization14,
  },
  15: same('BatchNormalization Pow Shape'),
  16: {
    ...same('GreaterOrEqual Identity If LeakyRelu LessOrEqual Loop PRelu Scan ScatterElements ScatterND Where'),
    RoiAlign: rule.roiAlign16,
  },
  18: {
    ...same('LpPool OptionalGetElement OptionalHasElement Pad Resize ScatterElements ScatterND'),
    ...each(
      'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSumSquare',
      rule.axesToInput,
    ),
    Split: rule.numOutputs,
  },
  19: {
    ...same(`${CARRIERS} Equal Resize`),
    AveragePool: rule.averagePool19,
  },
  20: {
    ...same('ConstantOfShape IsInf IsNaN ReduceMax ReduceMin'),
    DFT: rule.dft20,
    GridSample: rule.gridSample20,
  },
  21: {
    ...same(`${CARRIERS} ConstantOfShape Flatten QLinearMatMul Squeeze Transpose Unsqueeze`),
    GroupNormalization: rule.groupNormalization21,
  },
  22: same(`Acos Acosh Asin Asinh Atan Atanh AveragePool Bernoulli Conv ConvTranspose Cos Cosh DeformConv Det Dropout Elu
    EyeLike GRU GlobalAveragePool GlobalLpPool GlobalMaxPool GridSample HardSigmoid HardSwish InstanceNormalization LSTM
    LpNormalization LpPool MaxPool MaxRoiPool MaxUnpool Mish Multinomial NegativeLogLikelihoodLoss RNN RandomNormal
    RandomNormalLike RandomUniform RandomUniformLike RoiAlign Round Selu Sin Sinh Softplus Softsign Tan ThresholdedRelu`),
  23: same(`${CARRIERS} ConstantOfShape Flatten Squeeze Transpose Unsqueeze`),
  24: {
    ...same(`${CARRIERS} ConstantOfShape Flatten SplitToSequence Squeeze TopK Transpose Unsqueeze`),
    Attention: rule.refuse('its masking was reworked with opset 24'),
  },
  25: {
    ...same(`${CARRIERS} ConstantOfShape Flatten Squeeze Transpose Unsqueeze`),
    Attention: rule.refuse('it was reworked with opset 25'),
  },
};
