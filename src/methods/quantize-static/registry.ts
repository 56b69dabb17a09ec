/** Operators that only pass values on, so that what comes out has the scale of what goes in (`QDQDirect8BitOp`). */
export const SAME_SCALE: ReadonlySet<string> = new Set([
  'Reshape',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'AveragePool',
  'Slice',
  'TopK',
  'Resize',
  'MaxPool',
]);

/**
 * The operators that the reference quantizes statically: the union of `QLinearOpsRegistry` and `QDQRegistry` of
 * onnxruntime/quantization/registry.py, which is its default whatever the format.
 */
export const STATIC_OPS = [
  'Add',
  'ArgMax',
  'AveragePool',
  'BatchNormalization',
  'Clip',
  'Concat',
  'Conv',
  'ConvTranspose',
  'CumSum',
  'EmbedLayerNormalization',
  'Flatten',
  'Gather',
  'GatherElements',
  'Gemm',
  'GlobalAveragePool',
  'InstanceNormalization',
  'LayerNormalization',
  'LeakyRelu',
  'MatMul',
  'MaxPool',
  'Mul',
  'Pad',
  'Relu',
  'Reshape',
  'Resize',
  'Sigmoid',
  'Slice',
  'Softmax',
  'Split',
  'Squeeze',
  'TopK',
  'Transpose',
  'Unsqueeze',
  'Where',
] as const;
