/** Marks that this tab was reloaded once to become isolated, so that a browser that refuses is not reloaded for ever. */
const RELOADED = 'pare.isolated';

/**
 * Installs the service worker, once the page is up. Where the host sent no isolation headers the page is loaded once more, through the
 * worker, unless `busy` says that the person has begun something.
 */
export async function startOffline(busy: () => boolean): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('./sw.js');
    const { active } = await navigator.serviceWorker.ready;
    if (!window.crossOriginIsolated && !busy() && reloadOnce()) return;
    // The copies of the app are made when the page has nothing better to do.
    setTimeout(() => active?.postMessage('keep'), 3000);
  } catch {
    // A browser may forbid service workers (a private window, a setting): the page works on, online and on one thread.
  }
}

function reloadOnce(): boolean {
  if (sessionStorage.getItem(RELOADED)) return false;
  sessionStorage.setItem(RELOADED, '1');
  location.reload();
  return true;
}
