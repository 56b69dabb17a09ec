import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test';
import { build, type PreviewServer, preview } from 'vite';
import { ensureChromium } from '../setup.mjs';
import { highestOf } from './memory.ts';

const root = join(import.meta.dirname, '..', '..');

const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Ranges of memory in finer steps than the rounded ones that pages get.
  '--enable-precise-memory-info',
];

export interface Tab {
  browser: Browser;
  page: Page;
  close(): Promise<void>;
}

let built: Promise<unknown> | undefined;

const VIEWPORT = { width: 1440, height: 900 };

/** Chromium with a profile that lasts as long as it runs, or with one in a folder. */
async function launch(profile?: string): Promise<BrowserContext> {
  const options = { executablePath: await ensureChromium(), args: QUIET };
  if (profile) return chromium.launchPersistentContext(profile, { ...options, viewport: VIEWPORT });
  return (await chromium.launch(options)).newContext({ viewport: VIEWPORT });
}

/**
 * The built page in a real Chromium with a fresh profile.
 * @param profile a folder for it; without one the browser keeps private files in its own memory, as private windows do
 */
export async function openTab(profile?: string): Promise<Tab> {
  // What is measured is what is written now, not what was built some time.
  built ??= build({ root, logLevel: 'warn' });
  await built;
  const server: PreviewServer = await preview({ root, preview: { port: 0, host: 'localhost' } });
  const context = await launch(profile);
  const browser = context.browser()!;
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(server.resolvedUrls!.local[0]);
  return {
    browser,
    page,
    async close() {
      // A profile in a folder belongs to its one context.
      await context.close();
      await browser.close();
      await server.close();
    },
  };
}

/** The processes that render pages, their workers included. */
export async function renderers({ browser }: Tab): Promise<number[]> {
  const cdp = await browser.newBrowserCDPSession();
  const { processInfo } = (await cdp.send('SystemInfo.getProcessInfo')) as {
    processInfo: { type: string; id: number }[];
  };
  await cdp.detach();
  return processInfo.filter((p) => p.type === 'renderer').map((p) => p.id);
}

/**
 * Highest resident memory so far, in bytes, of the process that renders the page, its workers included (Linux only; 0
 * elsewhere).
 */
export async function peakMemory(tab: Tab): Promise<number> {
  let peak = 0;
  for (const id of await renderers(tab)) peak = Math.max(peak, highestOf(id) ?? 0);
  return peak;
}

/** Waits for one of the page's own measures and gives its duration in ms. */
export async function measured({ page }: Tab, name: string, count = 1, timeout = 600_000): Promise<number> {
  await page.waitForFunction(
    ([n, c]) => performance.getEntriesByName(n as string).length >= (c as number),
    [name, count],
    { timeout, polling: 50 },
  );
  return page.evaluate(([n, c]) => performance.getEntriesByName(n as string)[(c as number) - 1].duration, [
    name,
    count,
  ] as const);
}

/** Milliseconds to read a file once through File.slice, in a worker as Pare does. */
export async function readingFloor({ page }: Tab, path: string): Promise<number> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'floor';
    document.body.append(input);
  });
  await page.locator('#floor').setInputFiles(path);
  return page.evaluate(async () => {
    const input = document.getElementById('floor') as HTMLInputElement;
    const file = input.files![0];
    input.remove();
    const start = performance.now();
    for (let at = 0; at < file.size; at += 8 << 20) await file.slice(at, at + (8 << 20)).arrayBuffer();
    return performance.now() - start;
  });
}
