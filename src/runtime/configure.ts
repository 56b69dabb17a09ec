import type { Backend } from './types.ts';

/** The two files of one build of the runtime: the loader and its WebAssembly. */
export interface WasmFiles {
  mjs: string;
  wasm: string;
}

export interface RuntimeConfig {
  /** Where each backend's files are. A page's worker gives them (`assets.browser.ts`); Node finds them itself. */
  wasmPaths?: Readonly<Record<Backend, WasmFiles>>;
  threads?: number;
}

let config: RuntimeConfig = {};

/** Settles how the runtime starts. Only what is set before the first session counts. */
export function configureRuntime(next: RuntimeConfig): void {
  config = { ...config, ...next };
}

export function runtimeConfig(): RuntimeConfig {
  return config;
}

/** Each thread costs a worker and a stack, and the small layers of a tab's models leave most of many idle. */
const MAX_THREADS = 8;

export const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

/** How many threads the WASM backend runs on. Pages that are not cross-origin isolated have no shared memory: one. */
export function plannedThreads(): number {
  if (!inNode && !globalThis.crossOriginIsolated) return 1;
  const cores = inNode
    ? process.getBuiltinModule('node:os').availableParallelism()
    : (globalThis.navigator?.hardwareConcurrency ?? 1);
  return Math.max(1, Math.min(config.threads ?? MAX_THREADS, cores, MAX_THREADS));
}
