import { GiB, KiB, MiB } from '../base/limits.ts';

/** What a data file may ask of us. Every length a file claims is checked against one of these before it is trusted. */

/** Largest output of one compressed stream (a zip entry or a .gz), all of which is held in memory. */
export const MAX_INFLATED_BYTES = 1 * GiB;

/** Largest sum of the sizes a zip's compressed entries claim, none of which need be read. */
export const MAX_ZIP_INFLATED_BYTES = 16 * GiB;

/** Output over input. DEFLATE itself reaches 1032; images, tables and one-hot labels stay far below 200. */
export const MAX_INFLATE_RATIO = 200;

/** Outputs up to here may have any ratio: a small array of zeros is honest. */
export const RATIO_FREE_BYTES = 16 * MiB;

/** Entries in a zip, or files in a folder. ImageNet's training set has 1.3 million. */
export const MAX_FILES = 2_000_000;

/** Bytes of a zip's central directory: 2 million entries with paths of 60 characters. */
export const MAX_ZIP_DIRECTORY_BYTES = 256 * MiB;

/** The end-of-directory record is within this of the end: 22 bytes and a comment of at most 65,535. */
export const ZIP_TAIL_BYTES = 64 * KiB + 22;

/** A .npy header is a line of text; NumPy itself refuses more than 10,000 characters. */
export const MAX_NPY_HEADER_BYTES = 64 * KiB;

/** Dimensions of one array. NumPy allows 64, models use 8. */
export const MAX_RANK = 16;

/** Bytes of one array that must be held whole (deflated, gzipped, or in Fortran order). */
export const MAX_ARRAY_BYTES = 1 * GiB;

/** Arrays up to here are read once and kept; larger ones are read by ranges, batch by batch. */
export const RESIDENT_BYTES = 64 * MiB;

/** Samples in one dataset: labels are held as 32-bit integers. */
export const MAX_SAMPLES = 100_000_000;

/** A CSV is held as text while it is parsed, and a string has at most 512 Mi characters. */
export const MAX_TEXT_BYTES = 256 * MiB;

/** Columns of a table: an RGB image of 256×256, flattened, has 196,608. */
export const MAX_COLUMNS = 1_000_000;

/** One image file. */
export const MAX_IMAGE_FILE_BYTES = 128 * MiB;

/** Pixels of one image: 4 bytes each once decoded. */
export const MAX_IMAGE_PIXELS = 64 * 1024 * 1024;

/** Elements of one batch tensor: 2 GiB as float32. */
export const MAX_BATCH_ELEMENTS = 512 * MiB - 1;

/** Bytes of all the labels or targets read with a dataset. */
export const MAX_LABEL_BYTES = 1 * GiB;
