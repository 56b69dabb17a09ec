import { useTranslation } from 'react-i18next';
import { Confirm } from '../../ui/Dialog.tsx';
import { modelFileName } from '../current.ts';
import { useStudio } from '../state/store.ts';
import { type View, view } from '../view.ts';

/** The question before something is lost: replacing the model, starting over. */
export default function Asking({ asking }: { asking: NonNullable<View['asking']> }) {
  const { t } = useTranslation();
  const name = useStudio(modelFileName);
  const close = () => view.setState({ asking: undefined });
  return (
    <Confirm
      open
      title={t(`common.${asking.about}.title`)}
      confirmLabel={t(`common.${asking.about}.confirm`)}
      danger
      onCancel={close}
      onConfirm={() => {
        close();
        asking.proceed();
      }}
    >
      {t(`common.${asking.about}.body`, { name })}
    </Confirm>
  );
}
