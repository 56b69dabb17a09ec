import './ErrorNote.css';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from './IconButton.tsx';
import { Icon } from './icons.tsx';
import { useUiText } from './strings.tsx';

export interface ErrorNoteProps {
  /** What happened, and to what. */
  message: string;
  /** What to do next. */
  hint?: string;
  /** The stable word of the error, for a bug report. */
  code?: string;
  onDismiss?: () => void;
}

/** A fault, beside what it is about. Announced at once, and brought into sight: what it is about may be scrolled away. */
export function ErrorNote({ message, hint, code, onDismiss }: ErrorNoteProps) {
  const text = useUiText();
  const [copied, setCopied] = useState(false);
  const note = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another message in the same note is as new as a new note
  useEffect(() => {
    note.current?.scrollIntoView({ block: 'nearest' });
  }, [message, hint]);
  const copy = () => {
    const lines = [code ? `${code}: ${message}` : message, hint].filter(Boolean).join('\n');
    navigator.clipboard.writeText(lines).then(
      () => setCopied(true),
      // Without leave to write the clipboard the text can still be selected by hand.
      () => setCopied(false),
    );
  };
  return (
    <div ref={note} className="ui-error" role="alert">
      <Icon name="warning" />
      <p className="ui-error-message">{message}</p>
      <div className="ui-error-actions">
        <IconButton icon={copied ? 'check' : 'copy'} label={text(copied ? 'copied' : 'copy')} onPress={copy} />
        {onDismiss && <IconButton icon="close" label={text('dismiss')} onPress={onDismiss} />}
      </div>
      <div className="ui-error-more">
        {hint && <p className="ui-error-hint">{hint}</p>}
        {code && <p className="ui-error-code">{code}</p>}
      </div>
    </div>
  );
}
