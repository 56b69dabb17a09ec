import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { useFormat } from './i18n/useFormat.ts';
import type { Running } from './state/types.ts';

export interface RunningBarProps {
  /** What is going on while the task has not said anything yet. */
  phase: string;
  running: Running;
  onCancel?: () => void;
}

/** A long task: its step, the tensor or batch, a bar, the time left once it can be told, and Cancel. */
export function RunningBar({ phase, running, onCancel }: RunningBarProps) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const now = useClock();
  const { progress, startedAt, phaseAt } = running;
  const share = progress && progress.total > 0 ? progress.done / progress.total : undefined;
  const key = `progress.${progress?.phase}`;
  const words = progress && i18n.exists(key) ? t(key as 'progress.working') : phase;
  const spent = now - (phaseAt ?? startedAt);
  // Under two seconds, or near the start, an estimate is noise.
  const left = share && share > 0.05 && spent > 2000 ? (spent * (1 - share)) / share : undefined;
  return (
    <ProgressBar
      phase={words}
      detail={progress?.detail}
      share={share}
      eta={left ? format.remaining(left) : undefined}
      onCancel={onCancel}
    />
  );
}

function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
