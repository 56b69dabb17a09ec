import './Toast.css';
import {
  UNSTABLE_Toast as AriaToast,
  Text,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from 'react-aria-components/Toast';
import { Button } from './Button.tsx';
import { IconButton } from './IconButton.tsx';
import { useUiText } from './strings.tsx';

export interface ToastMessage {
  text: string;
  action?: { label: string; onSelect: () => void };
}

/** Toasts that are waiting. Make one per page and give it to `<Toasts>`. */
export class Toasts {
  readonly queue = new ToastQueue<ToastMessage>({ maxVisibleToasts: 3 });

  /** Shows a message for a while; hovering or focusing it stops the clock. Faults belong in ErrorNote, beside their cause. */
  show(message: ToastMessage, milliseconds = 6000): void {
    this.queue.add(message, { timeout: milliseconds });
  }
}

export function ToastShelf({ toasts }: { toasts: Toasts }) {
  const text = useUiText();
  return (
    <ToastRegion queue={toasts.queue} className="ui-toasts" aria-label={text('notifications')}>
      {({ toast }) => (
        <AriaToast toast={toast} className="ui-toast">
          <ToastContent>
            <Text slot="title">{toast.content.text}</Text>
          </ToastContent>
          {toast.content.action && (
            <Button
              kind="quiet"
              slot={null}
              onPress={() => {
                toast.content.action!.onSelect();
                toasts.queue.close(toast.key);
              }}
            >
              {toast.content.action.label}
            </Button>
          )}
          <IconButton slot={null} icon="close" label={text('dismiss')} onPress={() => toasts.queue.close(toast.key)} />
        </AriaToast>
      )}
    </ToastRegion>
  );
}
