import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes, memory shared with others counted by its share; 0 once it is gone (Linux only). */
export function residentOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Highest resident memory of a process so far, in bytes, since its program was loaded; undefined where the kernel does not say (Linux does). */
export function highestOf(pid: number | 'self'): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}

/** Watches how much memory some processes have together, and keeps the most of it. A browser resets the kernel's own record. */
export class MemoryWatch {
  private most = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pids: () => readonly number[]) {
    this.timer = setInterval(() => this.look(), 50);
  }

  private look(): void {
    this.most = Math.max(
      this.most,
      this.pids().reduce((n, pid) => n + residentOf(pid), 0),
    );
  }

  /** The peak in bytes since it was last asked for. */
  take(): number {
    this.look();
    const { most } = this;
    this.most = 0;
    return most;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
