/**
 * Which fields of which messages can hold a tensor, however deep. The scanner walks the wire format by
 * this table, and knows nothing else of the schema (onnx/onnx.proto3 of ONNX 1.20).
 */
export type Kind = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training';

export const CHILDREN: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};

/** The fields of a TensorProto that hold its numbers and are worth leaving where they are. */
export const PAYLOAD_FIELDS: ReadonlySet<number> = new Set([4, 5, 7, 9, 10, 11]);

/**
 * The field of a TensorProto that stands for a payload left outside. The number is free in ONNX; what makes a marker
 * ours is the random word in it, which a file cannot know.
 */
export const MARKER_FIELD = 536_870_000;
