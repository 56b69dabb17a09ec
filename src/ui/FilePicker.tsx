import { type ReactNode, useRef } from 'react';
import { Button, type ButtonProps } from './Button.tsx';
import { type DroppedFile, pickedFiles } from './droppedFiles.ts';

export interface FilePickerProps extends Pick<ButtonProps, 'kind' | 'icon' | 'wide' | 'isDisabled'> {
  children: ReactNode;
  onFiles: (files: DroppedFile[]) => void;
  /** Endings to offer first: `.onnx,.npz`. A hint, not a check. */
  accept?: string;
  multiple?: boolean;
  /** Picks a folder instead of files. */
  folder?: boolean;
}

/** A button that opens the file picker. */
export function FilePicker({ children, onFiles, accept, multiple = true, folder, ...button }: FilePickerProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button {...button} onPress={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={multiple}
        {...(folder ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          const files = pickedFiles(event.target.files ?? []);
          // The same file may be picked again after an error; without this the second pick says nothing.
          event.target.value = '';
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
