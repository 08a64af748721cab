// `npm run pictures` draws docs/images/*.svg from the data in docs/images/*.json. With --check, it writes
// nothing and fails if a picture differs from its data. `--record rotation` and `--record doctor` first
// record the data of these pictures with a real Kafka. `npm run bench` records the data of import.svg and
// first-credentials.svg. The data of how-it-works.svg is written by hand.
import { parseArgs } from 'node:util';
import { imagesFolder } from './pictures/data.ts';
import { findOutdated, writePictures } from './pictures/draw-picture.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    record: { type: 'string', multiple: true, default: [] },
  },
});

if (values.check) {
  const outdated = findOutdated(imagesFolder);
  if (outdated.length > 0) {
    console.error(`Pictures differ from their data: ${outdated.join(', ')}. Run npm run pictures.`);
    process.exitCode = 1;
  }
} else {
  for (const name of values.record) {
    // Loaded on demand, because they load the Kafka clients.
    if (name === 'rotation') {
      const { recordRotation } = await import('./pictures/record-rotation.ts');
      await recordRotation();
    } else if (name === 'doctor') {
      const { recordDoctor } = await import('./pictures/record-doctor.ts');
      await recordDoctor();
    } else throw new Error(`--record ${name} is unknown. Choose rotation or doctor.`);
  }
  writePictures(imagesFolder);
}
