/**
 * The IR version that came with each opset of the default domain, from opset 1 on (onnx.helper.OP_SET_ID_VERSION_MAP; ONNX's
 * Versioning.md). A file may state a newer one, and should not state an older one.
 */
const IR_OF_OPSET = [3, 3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 7, 7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13, 13, 13, 14];

/** The lowest IR version that goes with an opset of the default domain. */
export function irVersionFor(opset: number): number {
  return IR_OF_OPSET[Math.min(Math.max(opset, 1), IR_OF_OPSET.length) - 1];
}
