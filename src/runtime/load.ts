import { PareError } from '../base/errors.ts';
import { inNode, plannedThreads, runtimeConfig } from './configure.ts';
import type { Backend } from './types.ts';

type Ort = typeof import('onnxruntime-web');

const loading = new Map<Backend, Promise<Ort>>();

/**
 * onnxruntime for one backend, loaded on first use and set up once. Each backend is its own build with its own heap.
 * @throws PareError `runtime/unavailable`; a page's worker has to be restarted after that
 */
export function loadRuntime(backend: Backend, threads?: number): Promise<Ort> {
  let ort = loading.get(backend);
  if (!ort) {
    ort = load(backend, threads);
    loading.set(backend, ort);
  }
  return ort;
}

async function load(backend: Backend, threads: number | undefined): Promise<Ort> {
  if (inNode && backend === 'webgpu') {
    throw new PareError('runtime/unavailable', 'There is no WebGPU outside a browser.', {
      hint: 'Choose the WASM backend.',
    });
  }
  let ort: Ort;
  try {
    ort = await importBuild(backend);
  } catch (cause) {
    throw unavailable(backend, cause);
  }
  const { env } = ort;
  const planned = plannedThreads();
  env.wasm.numThreads = Math.max(1, Math.min(threads ?? planned, planned));
  const paths = runtimeConfig().wasmPaths?.[backend];
  if (paths) env.wasm.wasmPaths = { ...paths };
  // Errors come back as exceptions with the same text; the console need not repeat them.
  env.logLevel = 'fatal';
  if (backend === 'webgpu') env.webgpu.powerPreference = 'high-performance';
  return ort;
}

function importBuild(backend: Backend): Promise<Ort> {
  if (inNode) {
    // The bare entry is the one that runs threads in Node. Its name is kept from the bundler, which would add the
    // whole deprecated WebGPU build to the page.
    const entry = 'onnxruntime-web';
    return import(/* @vite-ignore */ entry);
  }
  // Imported when needed and never statically: a static import runs the worker's own code again in every thread.
  return backend === 'webgpu' ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm');
}

/** The error of a runtime that could not start. It stays that way until the page's worker is restarted. */
export function unavailable(backend: Backend, cause: unknown): PareError {
  const reason = (cause instanceof Error ? cause.message : String(cause))
    .replace(/^no available backend found\. ERR: \[\w+\] (?:\w*Error: )?/, '')
    .replace(/ Build with -sASSERTIONS for more info\.$/, '');
  const name = backend === 'webgpu' ? 'WebGPU' : 'WASM';
  return new PareError('runtime/unavailable', `The ${name} runtime could not start: ${reason}`, {
    hint:
      backend === 'webgpu'
        ? 'Choose the WASM backend. To try WebGPU again, reload the page.'
        : 'Reload the page. If it fails again, the browser is too old or blocks WebAssembly.',
    cause,
  });
}
