import { plannedThreads } from './configure.ts';

/** What this device offers, for people to choose from. */
export interface BackendProbe {
  wasm: { threads: number };
  webgpu: {
    available: boolean;
    /** The adapter as the browser names it. */
    description?: string;
    /** Why it is not available, as a word the page translates. */
    reason?: 'no-api' | 'no-adapter' | 'failed';
  };
}

/** Asks the device which backends it has. Loads no runtime. */
export async function probeBackends(): Promise<BackendProbe> {
  return { wasm: { threads: plannedThreads() }, webgpu: await probeWebgpu() };
}

async function probeWebgpu(): Promise<BackendProbe['webgpu']> {
  const gpu = globalThis.navigator?.gpu;
  if (!gpu) return { available: false, reason: 'no-api' };
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return { available: false, reason: 'no-adapter' };
    const { description, vendor, architecture, device } = adapter.info;
    return { available: true, description: description || [vendor, architecture, device].filter(Boolean).join(' ') };
  } catch {
    return { available: false, reason: 'failed' };
  }
}
