/**
 * The service worker. It brings cross-origin isolation where the host cannot send headers (WASM threads need it), and it keeps the app
 * so that it works offline. Pages come from the network first, so that a new version is seen at once; hashed files from the cache.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;

const CACHE = 'pare-1';
/** Written in by the build: every file of the app but the wasm, which is kept when it is first used. */
const FILES: readonly string[] = JSON.parse('__PARE_FILES__');
const PUBLIC = ['./', 'theme.js', 'icon.svg', 'icon-192.png', 'icon-512.png', 'manifest.webmanifest'];

worker.addEventListener('install', () => {
  // Nothing is fetched yet: isolation waits for this worker, the copies can wait for a quiet moment.
  void worker.skipWaiting();
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

worker.addEventListener('message', (event) => {
  if (event.data === 'keep') event.waitUntil(keepApp());
});

/** Brings the cache up to this build: what is new is fetched, what no build uses any more is dropped. */
async function keepApp(): Promise<void> {
  const cache = await caches.open(CACHE);
  const samples = await sampleFiles();
  const wanted = [...PUBLIC, ...FILES, ...(samples ?? [])].map((path) => new URL(path, worker.registration.scope).href);
  const have = new Set((await cache.keys()).map((request) => request.url));
  for (const url of wanted) {
    const hashed = /\/assets\//.test(url);
    if (hashed && have.has(url)) continue;
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) await cache.put(url, response);
  }
  // Without the list, as offline, nobody knows which samples a build still uses: they stay.
  if (!samples) return;
  const keep = new Set(wanted);
  for (const url of have) if (!keep.has(url) && !url.endsWith('.wasm')) await cache.delete(url);
}

/** Undefined where the list cannot be had. */
async function sampleFiles(): Promise<string[] | undefined> {
  const response = await fetch(new URL('samples/index.json', worker.registration.scope)).catch(() => undefined);
  if (!response?.ok) return undefined;
  const cards: { model: string; data: Record<string, { images: string; labels: string }> }[] = await response.json();
  const names = cards.flatMap((c) => [c.model, ...Object.values(c.data).flatMap((d) => [d.images, d.labels])]);
  return ['index.json', ...new Set(names)].map((name) => `samples/${name}`);
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin || request.headers.has('range')) return;
  event.respondWith(answer(request, url).then(isolated));
});

async function answer(request: Request, url: URL): Promise<Response> {
  const cache = await caches.open(CACHE);
  const immutable = /\/assets\//.test(url.pathname);
  // Hosts say "Vary: Origin", and a module is asked for with an origin where its copy was fetched without: the copy serves all the same.
  const kept = await cache.match(request, { ignoreSearch: request.mode === 'navigate', ignoreVary: true });
  if (immutable && kept) return kept;
  try {
    const response = await fetch(request);
    // The wasm is the one large file that is not fetched ahead; whoever has used it once has it offline.
    if (response.ok && immutable) await cache.put(request, response.clone()).catch(() => {});
    return response;
  } catch (error) {
    const fallback =
      kept ??
      (request.mode === 'navigate' ? await cache.match(worker.registration.scope, { ignoreVary: true }) : undefined);
    if (fallback) return fallback;
    throw error;
  }
}

/** The response with the headers that make a page cross-origin isolated. */
function isolated(response: Response): Response {
  if (response.status === 0 || response.headers.get('Cross-Origin-Embedder-Policy')) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const { status, statusText } = response;
  return new Response(status === 204 || status === 304 ? null : response.body, { status, statusText, headers });
}
