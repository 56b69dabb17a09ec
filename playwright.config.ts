import { defineConfig } from '@playwright/test';
import { DIST, HOST, PLAIN_HOST, PORTS } from './e2e/hosts.ts';
import type { Options } from './e2e/pare.ts';

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

/** The stories that must hold whatever the page runs on, and in both languages. */
const EVERYWHERE = '**/{story,journey}.spec.ts';

export default defineConfig<Options>({
  testDir: 'e2e',
  timeout: 120_000,
  // What the page shows within a moment takes longer where two stories share two cores with a build.
  expect: { timeout: 15_000 },
  fullyParallel: true,
  workers: 2,
  reporter: [['list'], ['json', { outputFile: process.env.PARE_STORIES_REPORT ?? 'test-results/stories.json' }]],
  use: { baseURL: HOST, viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...launch(QUIET) },
  webServer: [
    {
      command: `npx vite preview --port ${PORTS.host} --strictPort --outDir ${DIST}`,
      url: HOST,
      reuseExistingServer: !process.env.CI,
    },
    // A plain static host that sets no headers, as many are.
    {
      command: `node tools/plain-host.mjs ${PORTS.plain} ${DIST}`,
      url: PLAIN_HOST,
      reuseExistingServer: !process.env.CI,
    },
  ],
  projects: [
    { name: 'chromium', testIgnore: '**/webgpu*.spec.ts' },
    { name: 'not isolated', testMatch: EVERYWHERE, use: { baseURL: PLAIN_HOST, serviceWorkers: 'block' } },
    { name: '中文', testMatch: EVERYWHERE, use: { locale: 'zh-CN' } },
    {
      name: 'webgpu',
      testMatch: [EVERYWHERE, '**/webgpu*.spec.ts'],
      use: {
        // Software is slow: as many samples and timed runs as tell the same story.
        settings: { backend: 'webgpu', judgeLimit: 100, latencyRuns: 3 },
        // The adapter may say that it is made of software, which is no fault of the page.
        allowed: [/WebGPU|adapter|powerPreference/i],
        ...launch([...QUIET, ...WEBGPU]),
      },
    },
  ],
});
