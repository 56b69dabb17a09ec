import { type ClipboardEvent, type DragEvent, type ReactNode, useRef, useState } from 'react';
import { carriesFiles, type DroppedFile, filesOf } from './droppedFiles.ts';

export interface DropTargetProps {
  /** What it takes. */
  label: string;
  onFiles: (files: DroppedFile[]) => void;
  /** The browser could not read what was dropped. */
  onFailure: (error: unknown) => void;
  children: ReactNode;
}

/** A place that takes files for itself, dropped on it or pasted while the focus is in it; elsewhere they go to the window (`DropZone`). */
export function DropTarget({ label, onFiles, onFailure, children }: DropTargetProps) {
  const [over, setOver] = useState(false);
  // Entering a child comes before leaving its parent, so the two are counted.
  const inside = useRef(0);
  const hover = (n: number) => {
    inside.current = n;
    setOver(n > 0);
  };
  const take = (event: DragEvent | ClipboardEvent, transfer: DataTransfer) => {
    // Tells the window that someone takes it.
    event.preventDefault();
    filesOf(transfer).then((files) => files.length > 0 && onFiles(files), onFailure);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be a part of a form
    <div
      className="ui-drop-target"
      role="group"
      aria-label={label}
      data-over={over || undefined}
      onDragEnter={(event) => carriesFiles(event.dataTransfer) && hover(inside.current + 1)}
      onDragLeave={(event) => carriesFiles(event.dataTransfer) && hover(Math.max(0, inside.current - 1))}
      onDrop={(event) => {
        if (!carriesFiles(event.dataTransfer)) return;
        hover(0);
        take(event, event.dataTransfer);
      }}
      onPaste={(event) => event.clipboardData.files.length > 0 && take(event, event.clipboardData)}
    >
      {children}
    </div>
  );
}
