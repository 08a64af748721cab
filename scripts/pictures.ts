// `npm run pictures` draws docs/images/*.svg from the data in docs/images/*.json. With --check, it writes
// nothing and fails if a picture differs from its data. `--measure rotation` and `--measure doctor` first
// record the data of these pictures with a real Kafka. `npm run bench` records the data of import.svg and
// first-credentials.svg. The data of how-it-works.svg is written by hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imagesFolder } from './pictures/data.ts';
import { drawPicture, findOutdated, pictureNames } from './pictures/gallery.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    measure: { type: 'string', multiple: true, default: [] },
  },
});

if (values.check) {
  const outdated = findOutdated(imagesFolder);
  if (outdated.length > 0) {
    throw new Error(
      `These pictures differ from their data: ${outdated.join(', ')}. Run npm run pictures.`,
    );
  }
} else {
  for (const name of values.measure) {
    // Loaded on demand, because they load the Kafka clients.
    if (name === 'rotation') {
      const { recordRotation } = await import('./pictures/record-rotation.ts');
      await recordRotation();
    } else if (name === 'doctor') {
      const { recordDoctor } = await import('./pictures/record-doctor.ts');
      await recordDoctor();
    } else throw new Error(`--measure ${name} is unknown. Choose rotation or doctor.`);
  }
  for (const name of pictureNames) {
    writeFileSync(join(imagesFolder, `${name}.svg`), drawPicture(name, imagesFolder));
  }
}
