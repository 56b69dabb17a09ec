import { defineConfig } from '@playwright/test';

/** Quiet and closed: nothing in the browser calls home, and nothing needs a sandbox the machine may not offer. */
const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A WebGPU adapter in software: slow, but a real one to check results on. */
const WEBGPU = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan,WebGPU',
  '--use-vulkan=swiftshader',
  '--ignore-gpu-blocklist',
];
const launch = (args: string[]) => ({
  launchOptions: { executablePath: process.env.PARE_CHROMIUM || undefined, args },
});

export default defineConfig({
  testDir: 'e2e',
  timeout: 120_000,
  // What the page shows within a moment takes longer where two stories share two cores with a build.
  expect: { timeout: 15_000 },
  fullyParallel: true,
  workers: 2,
  reporter: [['list'], ['json', { outputFile: process.env.PARE_STORIES_REPORT ?? 'test-results/stories.json' }]],
  use: { baseURL: 'http://localhost:4174', viewport: { width: 1440, height: 900 }, acceptDownloads: true },
  webServer: [
    {
      command: 'npx vite preview --port 4174 --strictPort',
      url: 'http://localhost:4174',
      reuseExistingServer: !process.env.CI,
    },
    // A plain static host that sets no headers, as many are.
    { command: 'node tools/plain-host.mjs 4175', url: 'http://localhost:4175', reuseExistingServer: !process.env.CI },
  ],
  projects: [
    { name: 'chromium', testIgnore: '**/webgpu*.spec.ts', use: launch(QUIET) },
    { name: 'webgpu', testMatch: '**/webgpu*.spec.ts', use: launch([...QUIET, ...WEBGPU]) },
  ],
});
