import './DropZone.css';
import { useEffect, useRef, useState } from 'react';
import { carriesFiles, type DroppedFile, filesOf } from './droppedFiles.ts';

export interface DropZoneProps {
  /** Said over the whole window while something is dragged over it. */
  label: string;
  onFiles: (files: DroppedFile[]) => void;
  /** Files are over the window and will probably be dropped. */
  onOver: () => void;
  /** The browser could not read what was dropped. */
  onFailure: (error: unknown) => void;
  disabled?: boolean;
}

/**
 * Makes the whole window take files and folders, dropped or pasted, that no `DropTarget` in it takes. Renders only while something hovers
 * over it.
 */
export function DropZone({ label, onFiles, onOver, onFailure, disabled }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const handlers = useRef({ onFiles, onOver, onFailure });
  handlers.current = { onFiles, onOver, onFailure };

  useEffect(() => {
    if (disabled) return;
    // Entering a child fires before leaving its parent, so the two are counted.
    let inside = 0;
    const take = (transfer: DataTransfer) => {
      filesOf(transfer).then(
        (files) => files.length > 0 && handlers.current.onFiles(files),
        (error) => handlers.current.onFailure(error),
      );
    };
    const events: { [K in 'dragenter' | 'dragover' | 'dragleave' | 'drop']: (event: DragEvent) => void } = {
      dragenter: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        if (inside === 0) handlers.current.onOver();
        inside += 1;
        setOver(true);
      },
      dragover: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        event.preventDefault();
        event.dataTransfer!.dropEffect = 'copy';
      },
      dragleave: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        inside = Math.max(0, inside - 1);
        if (inside === 0) setOver(false);
      },
      drop: (event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        inside = 0;
        setOver(false);
        if (event.defaultPrevented) return;
        // Without this the browser leaves the page and opens the file.
        event.preventDefault();
        take(event.dataTransfer!);
      },
    };
    const paste = (event: ClipboardEvent) => {
      if (event.defaultPrevented || !event.clipboardData || event.clipboardData.files.length === 0) return;
      event.preventDefault();
      take(event.clipboardData);
    };
    for (const [type, listener] of Object.entries(events)) window.addEventListener(type, listener as EventListener);
    window.addEventListener('paste', paste);
    return () => {
      for (const [type, listener] of Object.entries(events))
        window.removeEventListener(type, listener as EventListener);
      window.removeEventListener('paste', paste);
    };
  }, [disabled]);

  if (!over) return null;
  return (
    <div className="ui-drop">
      <p>{label}</p>
    </div>
  );
}
