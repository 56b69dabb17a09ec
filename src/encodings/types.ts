import type { NodeProto, TensorProto } from '../onnx/proto.ts';

/**
 * A weight as integers: w ≈ (q − zero point) · scale. All arrays are row-major.
 * Scales and zero points: one (`tensor`), one per index of `axis` (`channel`), or one per block of `block` elements
 * along `axis` (`block`; the last block of a row may be short).
 */
export interface Affine {
  readonly kind: 'affine';
  readonly dims: readonly number[];
  readonly bits: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  readonly signed: boolean;
  readonly granularity: 'tensor' | 'channel' | 'block';
  readonly axis: number;
  readonly block: number;
}

/** A weight as indices into a table of floats. One table for the tensor, or one per index of `axis`. */
export interface Codebook {
  readonly kind: 'codebook';
  readonly dims: readonly number[];
  readonly bits: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  readonly axis?: number;
}

/** The numbers that fill an Affine layout. `q` holds one integer per element, unpacked. */
export interface AffineValues {
  q: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  scale: Float32Array<ArrayBuffer>;
  /** In the range of q. All zero, or absent, when symmetric. */
  zeroPoint?: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
}

export interface CodebookValues {
  index: Uint8Array<ArrayBuffer>;
  table: Float32Array<ArrayBuffer>;
}

/** How an encoded weight stands in a graph: what takes the place of the old initializer (`onnx/replace.ts`). */
export interface Encoded {
  readonly initializers: readonly TensorProto[];
  /** The last one outputs the weight's own name. */
  readonly nodes: readonly NodeProto[];
  /** Bytes of all the initializers. */
  readonly bytes: number;
  /** The lowest default opset whose operators are used. */
  readonly opset: number;
}
