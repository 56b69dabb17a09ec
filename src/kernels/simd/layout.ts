/**
 * Where things lie in the kernels' memory. What is worked on is copied in piece by piece, so that a piece stays in the
 * second-level cache whatever number of kernels run over it, and the memory stays small whatever the tensor's size.
 */

/** Elements of a piece. A multiple of 16, so that what lies behind a piece is aligned. */
export const PIECE = 16384;

/** Running sums of four lanes each, as `Sums` reads them. */
export const SUMS = 0;
/** Two histograms over the upper 16 bits of float32, which take turns: an increment need not wait for the last one. */
export const BINS = 65536;
export const BINS_BYTES = 65536 * 4;
/** A piece of floats, what they become, and the integers of it. Kernels may write a vector past the end of a piece. */
export const X = BINS + 2 * BINS_BYTES;
export const Y = X + PIECE * 4 + 64;
export const Q = Y + PIECE * 4 + 64;
/** Numbers for each channel: as many arrays as a kernel takes, one after the other. */
export const CHANNELS = Q + PIECE * 4 + 64;

/** Bytes of a page of WebAssembly's memory, and the pages that kernels need at least. */
export const PAGE = 65536;
export const PAGES = Math.ceil(CHANNELS / PAGE);

/** Offsets from `SUMS` in bytes: four float64, or four float32, or four int32. */
export const OF = { sum: 0, square: 32, low: 64, high: 80, zeros: 96, signal: 112, noise: 144 } as const;
