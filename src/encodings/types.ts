import type { Grouping } from '../kernels/grouping.ts';
import type { NodeProto, TensorProto } from '../onnx/proto.ts';

export type Bits = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * A weight as integers: w ≈ (q − zero point) · scale + offset, in float32, in this order. All arrays are row-major.
 * Scales, zero points and offsets: one (`tensor`), one per index of `axis` (`channel`), or one per block of `block`
 * elements along `axis` (`block`; the last block of a row may be short).
 */
export interface Affine extends Grouping {
  readonly kind: 'affine';
  /**
   * The dims that `axis` and `block` speak of, of as many elements as the weight: a convolution's blocks run through
   * its kernels as rows, [O, I·kh·kw].
   */
  readonly dims: readonly number[];
  readonly bits: Bits;
  readonly signed: boolean;
  /** Whether zero points are stored. */
  readonly zeroPoint: boolean;
  /** Whether offsets are stored, for quantizers whose zero is no integer. */
  readonly offset: boolean;
}

/** A weight as indices into a table of floats. One table for the tensor, or one per index of `axis`. */
export interface Codebook {
  readonly kind: 'codebook';
  readonly dims: readonly number[];
  readonly bits: Bits;
  readonly axis?: number;
}

/** The numbers that fill an Affine layout. `q` holds one integer per element, unpacked. */
export interface AffineValues {
  q: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  scale: Float32Array<ArrayBuffer>;
  /** In the range of q. */
  zeroPoint?: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  offset?: Float32Array<ArrayBuffer>;
}

/** The numbers that fill a Codebook layout. */
export interface CodebookValues {
  index: Uint8Array<ArrayBuffer>;
  /** 2^bits levels, once or per channel. */
  table: Float32Array<ArrayBuffer>;
}

/** How an encoded weight stands in a graph: what takes the place of the old initializer (`onnx/replace.ts`). */
export interface Encoded {
  readonly initializers: readonly TensorProto[];
  /** The last one outputs the weight's own name. */
  readonly nodes: readonly NodeProto[];
  /** Bytes of the initializers that are the weight's own (tables of a few bytes are shared). */
  readonly bytes: number;
  /** The lowest default opset whose operators are used. */
  readonly opset: number;
}
