import type { Backend } from '../runtime/types.ts';

/** A measured number with its 95 % confidence interval. Which interval is said where the number is made. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** One model's answers on labelled samples. */
export interface Accuracy {
  samples: number;
  /** Wilson interval. */
  top1: Estimate;
  /** Only with more than five classes. */
  top5?: Estimate;
  /** Correct and total by true class. */
  perClass: { correct: number; total: number }[];
  /** classes × classes, row = truth, column = answer, row-major. */
  confusion: Uint32Array;
}

/** The two models side by side on the same samples. */
export interface Comparison {
  samples: number;
  /** compressed − original, as a fraction. Paired interval (Newcombe 1998, method 10). Only with labels. */
  top1Change?: Estimate;
  top5Change?: Estimate;
  /** Share of samples where both give the same top-1. Absent for outputs that are not class scores. */
  agreement?: Estimate;
  /** Of the compressed output against the original's: 10·log10(Σy²/Σ(y−ŷ)²), over all samples and outputs, in dB. */
  sqnr: number;
  /** Mean over samples of the cosine of the two flattened outputs. */
  cosine: Estimate;
  /** Largest absolute difference of any output element. */
  maxAbsError: number;
  /** Samples where either model gave NaN or Inf. */
  notFinite: { original: number; compressed: number };
  /** Mean squared error to the targets, for regression data. */
  mse?: { original: Estimate; compressed: Estimate };
}

/** Milliseconds per batch of `batch` samples, from warmed runs, the two models taking turns. */
export interface Latency {
  backend: Backend;
  threads: number;
  batch: number;
  runs: number;
  original: { median: number; p95: number };
  compressed: { median: number; p95: number };
  /** original / compressed, median of the paired ratios with a bootstrap interval: above 1 is faster. */
  speedup: Estimate;
}

/** What the samples were. Synthetic input says nothing about accuracy. */
export type Evidence = 'labels' | 'targets' | 'unlabelled' | 'synthetic';

/** A report as it stands: partial while `done < total`, final when equal. Structured-cloneable. */
export interface JudgeReport {
  evidence: Evidence;
  backend: Backend;
  done: number;
  total: number;
  classes?: readonly string[];
  original?: Accuracy;
  compressed?: Accuracy;
  comparison: Comparison;
  latency?: Latency;
  /** Share of the wall time so far that was spent inside the runtime. */
  runtimeShare: number;
  /** How far WebGPU's outputs are from WASM's, where both were run; float noise included. */
  backendGap?: { sqnr: number; agreement: number };
}
