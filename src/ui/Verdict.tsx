import './Verdict.css';
import type { ReactNode } from 'react';
import { Icon } from './icons.tsx';
import { useUiText } from './strings.tsx';
import { VisuallyHidden } from './VisuallyHidden.tsx';

export interface VerdictProps {
  /** SIZE, ACCURACY, SPEED. */
  label: string;
  /** Written values with their units; absent while unknown. */
  before?: string;
  after?: string;
  /** The change: `7.2×`, `−0.2 pp`. */
  change?: string;
  /** How sure it is and on what: `± 0.2 pp on 2,000 images`. */
  certainty?: string;
  /** Not measured yet: italics and a `~`. */
  forecast?: boolean;
  /** Told by sign and by word, never by colour. */
  quality?: 'better' | 'worse' | 'neutral';
  /** Said in place of the values while there are none: "drop data to judge on". */
  empty?: ReactNode;
  explain?: ReactNode;
  /** Base type size, for the pinned bar of a phone. */
  compact?: boolean;
}

/** One measure, before → after. A verdict never mixes measures. */
export function Verdict(props: VerdictProps) {
  const { label, before, after, change, certainty, forecast, quality, empty, explain, compact } = props;
  const text = useUiText();
  const about = forecast ? '~' : '';
  // A narrow space keeps the ~ of a forecast and the sign of a change from reading as one sign.
  const aboutChange = forecast ? '~\u202f' : '';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls; this groups words
    <div
      className="ui-verdict"
      role="group"
      aria-label={label}
      data-forecast={forecast || undefined}
      data-compact={compact || undefined}
    >
      <div className="ui-verdict-head">
        <span className="ui-label">{label}</span>
        {explain}
      </div>
      {before === undefined && after === undefined ? (
        <div className="ui-verdict-note">{empty}</div>
      ) : (
        <div className="ui-verdict-values">
          {before !== undefined && (
            <span className="ui-verdict-before">
              <VisuallyHidden>{text('before')} </VisuallyHidden>
              {before}
            </span>
          )}
          {before !== undefined && after !== undefined && (
            <span className="ui-verdict-arrow" aria-hidden="true">
              →
            </span>
          )}
          {after !== undefined && (
            <span className="ui-verdict-after">
              <VisuallyHidden>
                {' '}
                {text('after')} {forecast && `(${text('forecast')}) `}
              </VisuallyHidden>
              {about}
              {after}
            </span>
          )}
        </div>
      )}
      {change !== undefined && (
        <span className="ui-verdict-change">
          {quality && <Icon name={quality === 'neutral' ? 'same' : quality} size={14} />}
          {aboutChange}
          {change}
          {quality && <VisuallyHidden> {text(quality === 'neutral' ? 'unchanged' : quality)}</VisuallyHidden>}
        </span>
      )}
      {certainty && <span className="ui-verdict-note">{certainty}</span>}
    </div>
  );
}
