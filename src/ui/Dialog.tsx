import './Dialog.css';
import type { CSSProperties, ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Button } from './Button.tsx';
import { IconButton } from './IconButton.tsx';
import { useUiText } from './strings.tsx';

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Buttons at the foot. */
  actions?: ReactNode;
  /** CSS pixels; the window's width is the limit. */
  width?: number;
  /** A question that must be answered: no close button, no click outside. */
  role?: 'dialog' | 'alertdialog';
}

export function Dialog({ open, onClose, title, children, actions, width, role = 'dialog' }: DialogProps) {
  const text = useUiText();
  const plain = role === 'dialog';
  return (
    <ModalOverlay
      className="ui-scrim"
      isOpen={open}
      onOpenChange={(isOpen) => !isOpen && onClose()}
      isDismissable={plain}
      style={width ? ({ '--dialog-width': `${width}px` } as CSSProperties) : undefined}
    >
      <Modal className="ui-dialog-frame">
        <AriaDialog className="ui-dialog" role={role}>
          <div className="ui-dialog-head">
            <Heading slot="title">{title}</Heading>
            {plain && <IconButton icon="close" label={text('close')} onPress={onClose} />}
          </div>
          <div>{children}</div>
          {actions && <div className="ui-dialog-foot">{actions}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps {
  open: boolean;
  title: string;
  /** What will happen, and what is lost. */
  children: ReactNode;
  confirmLabel: string;
  /** Something is lost by confirming. */
  danger?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
}

/** A question before something that cannot be undone. Cancel has the focus. */
export function Confirm({ open, title, children, confirmLabel, danger, onConfirm, onCancel }: ConfirmProps) {
  const text = useUiText();
  return (
    <Dialog
      open={open}
      onClose={onCancel}
      title={title}
      role="alertdialog"
      actions={
        <>
          <Button onPress={onCancel} autoFocus>
            {text('cancel')}
          </Button>
          <Button kind={danger ? 'danger' : 'primary'} onPress={onConfirm}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
