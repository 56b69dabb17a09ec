import webgpuMjs from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import webgpuWasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmMjs from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasmWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { RuntimeConfig } from './configure.ts';

const here = (url: string) => new URL(url, self.location.href).href;

/**
 * The runtime's files as the bundler placed them, on our own origin. Only for code that Vite builds; nothing is fetched
 * before a session of that backend opens.
 */
export const wasmPaths: NonNullable<RuntimeConfig['wasmPaths']> = {
  wasm: { mjs: here(wasmMjs), wasm: here(wasmWasm) },
  webgpu: { mjs: here(webgpuMjs), wasm: here(webgpuWasm) },
};
