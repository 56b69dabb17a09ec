import './otherModel.css';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PareError, type PareErrorData } from '../../base/errors.ts';
import type { OtherModelProps } from '../../methods/controls.ts';
import type { ModelReference } from '../../methods/types.ts';
import { Button } from '../../ui/Button.tsx';
import { DropTarget } from '../../ui/DropTarget.tsx';
import type { DroppedFile } from '../../ui/droppedFiles.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FilePicker } from '../../ui/FilePicker.tsx';
import { useErrorText } from '../faults/FaultNotes.tsx';
import { useStudio } from '../state/store.ts';
import { Facts } from './Facts.tsx';

/** Digits of a hash that people compare. */
const DIGITS = 12;

/** A place for another model: what is there, what the recipe asks for, and what is wrong with what was dropped. */
export function OtherModel({ reference, onPick }: OtherModelProps) {
  const { t } = useTranslation();
  const known = useStudio((s) => reference && s.others.get(reference.sha256));
  const open = useStudio((s) => s.openOther);
  const words = useErrorText();
  const [opening, setOpening] = useState(false);
  const [error, setError] = useState<PareErrorData>();
  /** Another one than the recipe asks for. */
  const [offered, setOffered] = useState<ModelReference>();

  // Who turned to another student meanwhile does not want this one any more.
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  const pick = (found: ModelReference) => {
    setOffered(undefined);
    onPick(found);
  };
  const fail = (cause: unknown) => {
    const { code, ...rest } = PareError.from(cause).toJSON();
    if (code !== 'cancelled') setError({ code, ...rest });
  };
  const take = async (files: readonly DroppedFile[]) => {
    setError(undefined);
    setOffered(undefined);
    setOpening(true);
    try {
      const found = await open(files.map(({ path, file }) => ({ path, blob: file })));
      if (!here.current || found.sha256 === reference?.sha256) return;
      if (reference && !known) setOffered(found);
      else pick(found);
    } catch (cause) {
      fail(cause);
    } finally {
      setOpening(false);
    }
  };
  const missing = reference && !known;
  return (
    <>
      <DropTarget label={t('student.target')} onFiles={take} onFailure={fail}>
        <div className="other-model">
          {known && reference && <Facts name={reference.name} other={known} />}
          {missing && (
            <>
              <p>{t('student.missing', { name: reference.name })}</p>
              <p className="ui-field-note ui-mono">SHA-256 {reference.sha256.slice(0, DIGITS)}…</p>
            </>
          )}
          {!reference && <p>{t('student.drop')}</p>}
          <div className="other-model-actions">
            <FilePicker icon="upload" isDisabled={opening} onFiles={take}>
              {t(known ? 'student.chooseOther' : 'student.choose')}
            </FilePicker>
            <span role="status" className="ui-field-note">
              {opening && t('student.opening')}
            </span>
          </div>
        </div>
      </DropTarget>
      {!reference && <p className="ui-field-note">{t('student.pending')}</p>}
      {known?.kept === false && <p className="ui-field-note">{t('student.notKept')}</p>}
      {offered && (
        <div className="other-model-offer" role="status">
          <p>{t('student.another', { name: offered.name })}</p>
          <Button onPress={() => pick(offered)}>{t('student.useIt')}</Button>
        </div>
      )}
      {error && <ErrorNote {...words(error)} onDismiss={() => setError(undefined)} />}
    </>
  );
}
