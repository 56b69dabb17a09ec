import './ProgressBar.css';
import { useId } from 'react';
import { Button } from './Button.tsx';
import { useUiText } from './strings.tsx';

export interface ProgressBarProps {
  /** What is going on, in words: "Quantizing weights". */
  phase: string;
  /** The tensor, batch or file in work. */
  detail?: string;
  /** 0…1; absent when the end is not known. */
  share?: number;
  /** Time left, in words, when known: "12 s". */
  eta?: string;
  onCancel?: () => void;
}

export function ProgressBar({ phase, detail, share, eta, onCancel }: ProgressBarProps) {
  const text = useUiText();
  const id = useId();
  const known = share !== undefined && Number.isFinite(share);
  const percent = known ? Math.round(Math.min(1, Math.max(0, share)) * 100) : undefined;
  return (
    <div className="ui-progress">
      <div className="ui-progress-text">
        <span className="ui-progress-phase" id={id}>
          {phase}
          {detail && <span className="ui-progress-detail"> · {detail}</span>}
        </span>
        <span className="ui-progress-left">
          {known && `${percent} %`}
          {eta && ` · ${text('timeLeft', { time: eta })}`}
        </span>
      </div>
      <div
        className="ui-progress-track"
        role="progressbar"
        aria-labelledby={id}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        data-unknown={known ? undefined : true}
      >
        <div style={known ? { width: `${percent}%` } : undefined} />
      </div>
      {onCancel && <Button onPress={onCancel}>{text('cancel')}</Button>}
    </div>
  );
}
