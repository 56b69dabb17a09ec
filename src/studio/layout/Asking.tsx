import { useTranslation } from 'react-i18next';
import { Confirm } from '../../ui/Dialog.tsx';
import { modelFileName } from '../current.ts';
import { useStudio } from '../state/store.ts';
import { useView, view } from '../view.ts';

/** The question before something is lost: replacing the model, starting over. */
export function Asking() {
  const { t } = useTranslation();
  const asking = useView((v) => v.asking);
  const name = useStudio(modelFileName);
  const close = () => view.setState({ asking: undefined });
  const about = asking?.about ?? 'replace';
  return (
    <Confirm
      open={asking !== undefined}
      title={t(`common.${about}.title`)}
      confirmLabel={t(`common.${about}.confirm`)}
      danger
      onCancel={close}
      onConfirm={() => {
        close();
        asking?.proceed();
      }}
    >
      {t(`common.${about}.body`, { name })}
    </Confirm>
  );
}
