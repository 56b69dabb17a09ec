import type { Tab } from './chromium.ts';

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
}

/** What a page's own thread did in one frame, in ms. */
export interface Frame {
  /** CPU time of the thread. */
  cpu: number;
  /** The same by the clock: with fewer cores than the browser has busy threads, the thread also waits for its turn. */
  wall: number;
}

const FRAME = 'BeginMainThreadFrame';

/** The frames that the page makes while something is done to it, from the browser's own trace. */
export async function framesDuring(tab: Tab, work: () => Promise<void>): Promise<Frame[]> {
  const events: TraceEvent[] = [];
  const cdp = await tab.browser.newBrowserCDPSession();
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const traceConfig = {
    includedCategories: [
      'toplevel',
      'disabled-by-default-devtools.timeline.frame',
      'devtools.timeline.frame',
      'devtools.timeline',
    ],
  };
  await cdp.send('Tracing.start', { traceConfig, transferMode: 'ReportEvents' });
  await work();
  const complete = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  await cdp.send('Tracing.end');
  await complete;
  await cdp.detach();
  return framesOf(events);
}

/** Sums the outermost tasks of the thread that begins the most frames, from one frame's beginning to the next. */
function framesOf(events: readonly TraceEvent[]): Frame[] {
  const threadOf = (e: TraceEvent) => `${e.pid}/${e.tid}`;
  const begun = new Map<string, number[]>();
  for (const e of events) {
    if (e.name === FRAME) begun.set(threadOf(e), [...(begun.get(threadOf(e)) ?? []), e.ts]);
  }
  const [thread, starts] = [...begun].sort((a, b) => b[1].length - a[1].length)[0] ?? ['', []];
  starts.sort((a, b) => a - b);
  const frames = starts.map((): Frame => ({ cpu: 0, wall: 0 }));
  const tasks = events.filter((e) => e.name === 'ThreadControllerImpl::RunTask' && threadOf(e) === thread);
  tasks.sort((a, b) => a.ts - b.ts);
  let end = 0;
  let at = -1;
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    if (ts < end) continue;
    end = ts + dur;
    // The task that begins a frame belongs to it from its start.
    while (at + 1 < starts.length && starts[at + 1] <= end) at++;
    if (at < 0) continue;
    frames[at].cpu += tdur / 1000;
    frames[at].wall += dur / 1000;
  }
  return frames;
}
