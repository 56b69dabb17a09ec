import './Picture.css';
import { useStudio } from '../state/store.ts';
import { LayerView } from './LayerView.tsx';
import { WholeView } from './WholeView.tsx';

/** The weights as they are and as the recipe leaves them: of the picked tensor, or of the whole model. */
export function WeightsPicture() {
  const layer = useStudio((s) =>
    s.selected === undefined ? undefined : s.model?.layers.find((l) => l.id === s.selected),
  );
  return layer ? <LayerView key={layer.id} layer={layer} /> : <WholeView />;
}
