import { blobSource } from '../src/base/source.ts';
import { fitted } from '../src/methods/distill/fit.ts';
import type { ModelReference } from '../src/methods/types.ts';
import { summarize } from '../src/onnx/info.ts';
import type { Model } from '../src/onnx/model.ts';
import { costsOf } from '../src/recipe/costs.ts';
import { referenceTo } from '../src/recipe/otherModels.ts';
import type { NamedFile, OtherModel } from './contract.ts';
import { modelAmong } from './data.ts';

/** The models that steps ask for beside the open one, by their SHA-256. */
export class OtherModels {
  private readonly models = new Map<string, Model>();

  /** @param original in whose place they are to stand */
  constructor(private readonly original: Model) {}

  /** @throws PareError as `EngineWorker.openOther` */
  async open(files: readonly NamedFile[]): Promise<OtherModel> {
    const { model, source, others } = await modelAmong(files.map((f) => blobSource(f.blob, f.path)));
    // Before it is read: what does not fit need not be.
    fitted(model, this.original);
    const reference = await referenceTo(model, source, others);
    this.models.set(reference.sha256, model);
    return { reference, info: summarize(model), costs: costsOf(model) };
  }

  readonly get = async ({ sha256 }: ModelReference): Promise<Model | undefined> => this.models.get(sha256);
}
